import {
  createSourceEventStream,
  type DocumentNode,
  execute,
  type ExecutionArgs,
  type FormattedExecutionResult,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationTypeNode,
} from 'graphql';
import type { Context } from '../context.js';
import { codedError, type ErrorLog, few, formatErrors } from '../errors.js';
import type { Executor, OperationRequest } from '../execution/executor.js';
import { RequestView, STRANGER_WORK, TRUSTED_WORK } from '../requestView.js';
import type { Services } from '../services.js';
import type { Access } from '../access.js';
import { type Budget, FAULTS, rateLimited } from '../limits.js';
import type { Feed } from './feed.js';

/** The connection that an operation came by. */
export interface Caller {
  /** Address that it comes from. */
  readonly from: string;
  readonly admin: Access | undefined;
  readonly budget: Budget | undefined;
  /** The operations that it carries. */
  readonly operations: readonly OperationTypeNode[];
  readonly slots: Slots;
}

/** `refused` was never begun: a limit, a mistake in the document, or a subscription's arguments. */
export type Outcome =
  | { readonly kind: 'refused'; readonly errors: readonly GraphQLFormattedError[] }
  | { readonly kind: 'single'; readonly result: FormattedExecutionResult }
  | { readonly kind: 'stream'; readonly responses: Responses };

export interface OperationsModules {
  readonly executor: Pick<Executor, 'execute'>;
  readonly schema: GraphQLSchema;
  readonly services: Services;
  readonly logger: ErrorLog;
}

/** Runs what comes over connections that stay open, under the same limits as single requests. */
export class Operations {
  readonly #modules: OperationsModules;
  readonly #running = new Set<Promise<Outcome>>();

  constructor(modules: OperationsModules) {
    this.#modules = modules;
  }

  /** An operation holds one of the caller's slots as long as it lasts; if no slot is left it is refused. */
  run(request: OperationRequest, caller: Caller): Promise<Outcome> {
    const running = this.#run(request, caller).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }

  /** Resolves when every query and mutation that was begun has its result. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  async #run(request: OperationRequest, { from, admin, budget, operations, slots }: Caller): Promise<Outcome> {
    const { executor, services, logger } = this.#modules;
    const giveBack = slots.take();
    if (!giveBack) {
      const message = 'as many subscriptions are open as this node or this connection has room for';
      return { kind: 'refused', errors: formatErrors([codedError('TOO_MANY_SUBSCRIPTIONS', message)], logger) };
    }
    const shortage = budget?.shortage();
    if (shortage) {
      giveBack();
      return { kind: 'refused', errors: formatErrors([rateLimited(shortage)], logger) };
    }
    const view = new RequestView(services, admin ? TRUSTED_WORK : STRANGER_WORK);
    let document: DocumentNode | undefined;
    const stream = { subscribe: (accepted: DocumentNode) => void (document = accepted) };
    const context: Context = { services, view, giver: undefined, from, admin, budget, carries: operations, stream };
    let outcome: Outcome | undefined;
    try {
      const result = await executor.execute(request, context);
      if (document) outcome = await this.#subscribe(request, document, context, giveBack);
      else if (result.data === undefined) outcome = { kind: 'refused', errors: result.errors ?? [] };
      else outcome = { kind: 'single', result };
      return outcome;
    } finally {
      view.release();
      if (outcome?.kind !== 'stream') giveBack();
      if (outcome?.kind === 'refused') budget?.spend('faults', FAULTS.request);
    }
  }

  async #subscribe(
    { operationName, variables }: OperationRequest,
    document: DocumentNode,
    context: Context,
    giveBack: () => void,
  ): Promise<Outcome> {
    const { schema, logger } = this.#modules;
    const execution = {
      schema,
      document,
      operationName,
      variableValues: variables,
      contextValue: context,
      options: { maxCoercionErrors: 1 },
    };
    const price = context.view.cost;
    const feed = (await createSourceEventStream(execution)) as Feed<unknown> | { errors: readonly Error[] };
    if ('errors' in feed) return { kind: 'refused', errors: few(formatErrors(feed.errors, logger)) };
    return { kind: 'stream', responses: new Responses({ execution, context, feed, price, ended: giveBack, logger }) };
  }
}

export interface ResponsesModules {
  readonly execution: ExecutionArgs;
  readonly context: Context;
  readonly feed: Feed<unknown>;
  /** Of each event, as the price of the operation says. */
  readonly price: number;
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
  /** The first event is paid with the subscription. */
  #owed = 0;

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
    const { execution, context, price, logger } = this.#modules;
    context.budget?.spend('cost', this.#owed);
    this.#owed = price;
    try {
      const contextValue: Context = { ...context, view };
      const { errors, ...result } = await execute({ ...execution, rootValue: value, contextValue });
      return { done: false, value: { ...result, ...(errors && { errors: formatErrors(errors, logger) }) } };
    } finally {
      // What it read of whole blocks.
      context.budget?.spend('cost', view.cost);
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

/** Room for a number of operations at once, in a connection and in the whole node. */
export class Slots {
  readonly #capacity: number;
  readonly #whole: Slots | undefined;
  #taken = 0;

  constructor(capacity: number, whole?: Slots) {
    this.#capacity = capacity;
    this.#whole = whole;
  }

  get taken(): number {
    return this.#taken;
  }

  get hasRoom(): boolean {
    return this.#taken < this.#capacity && (this.#whole?.hasRoom ?? true);
  }

  /** Takes a slot; the function returned gives it back, once. Undefined if no slot is left. */
  take(): (() => void) | undefined {
    if (this.#taken >= this.#capacity) return undefined;
    const giveBack = this.#whole ? this.#whole.take() : () => undefined;
    if (!giveBack) return undefined;
    this.#taken++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#taken--;
      giveBack();
    };
  }
}
