import { execute, type ExecutionArgs, type FormattedExecutionResult } from 'graphql';
import type { Context } from '../context.js';
import { formatErrors, type ErrorLog } from '../errors.js';
import type { Feed } from './feed.js';

export interface ResponsesModules {
  readonly execution: ExecutionArgs;
  readonly context: Context;
  readonly feed: Feed<unknown>;
  /** Called once, when the subscription is over in whatever way. */
  readonly ended: () => void;
  readonly logger: ErrorLog;
}

/**
 * The answers of a subscription: each event is executed when the client is ready for it, on the view it is an event of, which
 * is released before the answer is sent. An object and not a generator function: `return` must not wait for the next event.
 */
export class Responses implements AsyncGenerator<FormattedExecutionResult, undefined> {
  readonly #modules: ResponsesModules;
  #isOver = false;

  constructor(modules: ResponsesModules) {
    this.#modules = modules;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Rejects with SLOW_CONSUMER, or with a fault of this node, and is over then. */
  async next(): Promise<IteratorResult<FormattedExecutionResult, undefined>> {
    const { feed } = this.#modules;
    let item: Awaited<ReturnType<typeof feed.next>>;
    try {
      item = await feed.next();
    } catch (failure) {
      this.#end();
      throw failure;
    }
    if (item.done) {
      this.#end();
      return item;
    }
    const { value, view } = item.value;
    const { execution, context, logger } = this.#modules;
    try {
      const contextValue: Context = { ...context, view };
      const { errors, ...result } = await execute({ ...execution, rootValue: value, contextValue });
      return { done: false, value: { ...result, ...(errors && { errors: formatErrors(errors, logger) }) } };
    } finally {
      item.value.end();
    }
  }

  async return(): Promise<IteratorResult<FormattedExecutionResult, undefined>> {
    this.#end();
    await this.#modules.feed.return();
    return { done: true, value: undefined };
  }

  async throw(failure: unknown): Promise<IteratorResult<FormattedExecutionResult, undefined>> {
    await this.return();
    throw failure;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #end(): void {
    this.#isOver = true;
    this.#modules.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
