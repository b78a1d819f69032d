import { packFailure, type PackedFailure, unpackFailure } from './failures.js';

/** What a process can be asked to do, by name. Arguments and results travel as structured clones. */
export type Tasks<Names> = { readonly [Name in keyof Names]: (...args: never[]) => unknown };

/** One thing that is said to the other process. */
type Frame =
  | {
      readonly kind: 'call';
      readonly id: number;
      readonly name: string;
      readonly args: readonly unknown[];
      readonly trace: Record<string, string> | undefined;
    }
  | { readonly kind: 'tell'; readonly name: string; readonly args: readonly unknown[] }
  | { readonly kind: 'answer'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: PackedFailure };

/** Frames in the order in which they are to be heard. */
export type Message = readonly Frame[];

/** Takes the trace that a call belongs to with it. */
export interface CarriedTraces {
  /** Of what runs now; undefined if it belongs to none. */
  carried(): Record<string, string> | undefined;
  /** Runs the work in it. */
  within<Result>(carried: Record<string, string>, work: () => Result): Result;
}

export interface CallsModules<Ours extends Tasks<Ours>> {
  /** What this process does when it is asked to. */
  readonly tasks: Ours;
  /** Sends to the other process, in order. */
  readonly send: (message: Message) => void;
  /** Answers leave once this has resolved; at once where it is undefined. */
  readonly beforeAnswer?: () => Promise<void> | undefined;
  /** A task that nobody waits for failed. */
  readonly failed: (failure: unknown, name: string) => void;
  /** Where calls are traced. */
  readonly traces?: CarriedTraces | undefined;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (failure: Error) => void;
}

/**
 * Calls between two processes. What is said in one turn of the event loop travels in one message, since a message costs as much as many
 * calls; what is said first is heard first.
 */
export class Calls<Theirs extends Tasks<Theirs>, Ours extends Tasks<Ours>> {
  readonly #modules: CallsModules<Ours>;
  readonly #waiting = new Map<number, Waiting>();
  #frames: Frame[] = [];
  #nextId = 0;
  #closed: Error | undefined;

  constructor(modules: CallsModules<Ours>) {
    this.#modules = modules;
  }

  /** Resolves to what the other process answers. Rejects with its failure, or with that of `close`. */
  call<Name extends keyof Theirs & string>(
    name: Name,
    ...args: Parameters<Theirs[Name]>
  ): Promise<Awaited<ReturnType<Theirs[Name]>>> {
    if (this.#closed) return Promise.reject(this.#closed);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      this.#say({ kind: 'call', id, name, args, trace: this.#modules.traces?.carried() });
    });
  }

  /** The same where nobody waits for an answer. */
  tell<Name extends keyof Theirs & string>(name: Name, ...args: Parameters<Theirs[Name]>): void {
    this.#say({ kind: 'tell', name, args });
  }

  /** Takes a message of the other process. */
  receive(message: Message): void {
    for (const frame of message) this.#hear(frame);
  }

  /** Ends it: what waits for an answer, and what is called later, rejects with `reason`. */
  close(reason: Error): void {
    this.#closed ??= reason;
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
    this.#frames = [];
  }

  #say(frame: Frame): void {
    if (this.#closed) return;
    if (this.#frames.length === 0) setImmediate(() => this.#flush());
    this.#frames.push(frame);
  }

  #flush(): void {
    const frames = this.#frames;
    this.#frames = [];
    if (frames.length > 0 && !this.#closed) this.#modules.send(frames);
  }

  #hear(frame: Frame): void {
    switch (frame.kind) {
      case 'call':
        if (frame.trace) this.#modules.traces?.within(frame.trace, () => void this.#answer(frame));
        else void this.#answer(frame);
        return;
      case 'tell':
        void this.#do(frame.name, frame.args);
        return;
      case 'answer':
        this.#waiting.get(frame.id)?.resolve(frame.result);
        break;
      case 'failure':
        this.#waiting.get(frame.id)?.reject(unpackFailure(frame.failure));
        break;
    }
    this.#waiting.delete(frame.id);
  }

  async #answer({ id, name, args }: Extract<Frame, { kind: 'call' }>): Promise<void> {
    let frame: Frame;
    try {
      frame = { kind: 'answer', id, result: await this.#run(name, args) };
    } catch (failure) {
      frame = { kind: 'failure', id, failure: packFailure(failure) };
    }
    const ready = this.#modules.beforeAnswer?.();
    if (ready) await ready;
    this.#say(frame);
  }

  async #do(name: string, args: readonly unknown[]): Promise<void> {
    try {
      await this.#run(name, args);
    } catch (failure) {
      this.#modules.failed(failure, name);
    }
  }

  #run(name: string, args: readonly unknown[]): unknown {
    const tasks = this.#modules.tasks as unknown as Readonly<Record<string, (...given: readonly unknown[]) => unknown>>;
    const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
    if (!task) throw new Error(`expected a task of this process, got ${name}`);
    return task(...args);
  }
}
