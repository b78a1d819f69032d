import type { Socket } from 'node:net';
import { Calls, type CarriedTraces } from './calls.js';
import type { Beginning, LedgerDuties, WorkerDuties } from './duties.js';
import type { SharedDuties } from './ledgerTasks.js';
import type { News, Publication, Reader } from './publication.js';
import type { WorkerProcess } from './workerProcess.js';

export interface WorkerModules {
  readonly child: WorkerProcess;
  readonly publication: Publication;
  readonly tasks: SharedDuties;
  readonly own: Pick<LedgerDuties, 'logged' | 'metrics' | 'tracesLost'> & {
    spent(from: Worker, ...args: Parameters<LedgerDuties['spent']>): void;
  };
  readonly log: { error(details: object, message: string): void };
  readonly traces: CarriedTraces | undefined;
}

/** An API worker, as the ledger process has it: its calls, its place among the readers, and its connections. */
export class Worker implements Reader {
  /** Resolves once it can begin. Rejects if it ends before. */
  readonly ready: Promise<void>;
  /** Resolves with the reason when the process has ended. */
  readonly ended: Promise<string>;
  readonly #modules: WorkerModules;
  readonly #calls: Calls<WorkerDuties, LedgerDuties>;
  /** What to call at the end of each. */
  readonly #connections = new Map<number, () => void>();
  #isServing = false;
  #hasEnded = false;
  #hasServed = false;

  constructor(modules: WorkerModules) {
    const { child, publication, tasks, own, log, traces } = modules;
    this.#modules = modules;
    let isReady!: () => void;
    let failed!: (failure: Error) => void;
    this.ready = new Promise((resolve, reject) => ([isReady, failed] = [resolve, reject]));
    this.ready.catch(() => undefined);
    this.#calls = new Calls<WorkerDuties, LedgerDuties>({
      tasks: {
        ...tasks,
        ready: isReady,
        applied: (number) => publication.applied(this, number),
        ended: (connection) => this.#end(connection),
        logged: own.logged,
        tracesLost: own.tracesLost,
        spent: (spendings) => own.spent(this, spendings),
        metrics: own.metrics,
      },
      send: (message) => child.send(message),
      beforeAnswer: () => publication.everywhere(),
      traces,
      failed: (failure, name) => log.error({ err: failure, name }, 'a call of an API worker failed'),
    });
    this.ended = new Promise((resolve) =>
      child.onExit((reason) => {
        const error = new Error(`an API worker ended: ${reason}`);
        this.#isServing = false;
        this.#hasEnded = true;
        publication.leave(this);
        this.#calls.close(error);
        for (const connection of [...this.#connections.keys()]) this.#end(connection);
        failed(error);
        resolve(reason);
      }),
    );
    child.onMessage((message) => this.#calls.receive(message));
  }

  get pid(): number | undefined {
    return this.#modules.child.pid;
  }

  /** It takes connections. */
  get isServing(): boolean {
    return this.#isServing;
  }

  /** Its process has ended. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** It took connections at some time. */
  get hasServed(): boolean {
    return this.#hasServed;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Resolves when it serves. */
  async begin(beginning: Beginning): Promise<void> {
    await this.#calls.call('begin', beginning);
    this.#isServing = this.#hasServed = true;
  }

  news(number: number, news: News): void {
    this.#calls.tell('news', number, news);
  }

  visible(number: number): void {
    this.#calls.tell('visible', number);
  }

  /** Tells what was spent elsewhere. */
  charge(spendings: Parameters<WorkerDuties['spent']>[0]): void {
    this.#calls.tell('spent', spendings);
  }

  metrics(): Promise<unknown[]> {
    return this.#calls.call('metrics');
  }

  renewTls(): Promise<Date | undefined> {
    return this.#calls.call('renewTls');
  }

  /** Hands over a connection; `end` is called when it is closed. */
  give(connection: number, socket: Socket, end: () => void): void {
    this.#connections.set(connection, end);
    this.#modules.child.give(connection, socket);
  }

  /** Lets it finish what is under way, then ends it; after `patienceMs` it is ended all the same. */
  async close(patienceMs: number): Promise<void> {
    const { child } = this.#modules;
    const timer = setTimeout(() => child.end('now'), patienceMs);
    try {
      await Promise.race([this.#calls.call('close'), this.ended]);
    } catch {
      // It has ended, which is what was wanted.
    }
    child.end('softly');
    await this.ended;
    clearTimeout(timer);
  }

  /** Ends it at once. */
  kill(): void {
    this.#modules.child.end('now');
  }

  #end(connection: number): void {
    this.#connections.get(connection)?.();
    this.#connections.delete(connection);
  }
}
