import type { ApolloServer } from '@apollo/server';
import {
  createSourceEventStream,
  type DocumentNode,
  type FormattedExecutionResult,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationTypeNode,
} from 'graphql';
import { RequestView, type Context } from '../context.js';
import { formatErrors, tooManySubscriptions, type ErrorLog } from '../errors.js';
import type { Services } from '../services.js';
import type { Feed } from './feed.js';
import { Responses } from './responses.js';
import type { Slots } from './slots.js';

/** An operation as a client sends it. */
export interface OperationRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
}

/** The connection that an operation came by. */
export interface Caller {
  /** Address that it comes from. */
  readonly from: string;
  readonly admin: boolean;
  /** What it carries. */
  readonly operations: readonly OperationTypeNode[];
  readonly slots: Slots;
}

/** `refused` was never begun: a limit, a mistake in the document, or a subscription's arguments. */
export type Outcome =
  | { readonly kind: 'refused'; readonly errors: readonly GraphQLFormattedError[] }
  | { readonly kind: 'single'; readonly result: FormattedExecutionResult }
  | { readonly kind: 'stream'; readonly responses: Responses };

export interface OperationsModules {
  readonly apollo: ApolloServer<Context>;
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

  /** An operation holds one of the caller's slots as long as it lasts; where none is left it is refused. */
  run(request: OperationRequest, caller: Caller): Promise<Outcome> {
    const running = this.#run(request, caller).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }

  /** Resolves when every query and mutation that was begun has its result. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  async #run(request: OperationRequest, { from, admin, operations, slots }: Caller): Promise<Outcome> {
    const { apollo, services, logger } = this.#modules;
    const giveBack = slots.take();
    if (!giveBack) return { kind: 'refused', errors: formatErrors([tooManySubscriptions()], logger) };
    const view = new RequestView(services.chain);
    let document: DocumentNode | undefined;
    const stream = { subscribe: (accepted: DocumentNode) => void (document = accepted) };
    const context: Context = { services, view, giver: undefined, from, admin, carries: operations, stream };
    let outcome: Outcome | undefined;
    try {
      const { body } = await apollo.executeOperation(withoutNulls(request), { contextValue: context });
      if (body.kind !== 'single') throw new Error('expected one result: nothing here is incremental');
      const { data, errors = [] } = body.singleResult;
      if (document) outcome = await this.#subscribe(request, document, context, giveBack);
      else if (data === undefined) outcome = { kind: 'refused', errors };
      else outcome = { kind: 'single', result: body.singleResult };
      return outcome;
    } finally {
      view.release();
      if (outcome?.kind !== 'stream') giveBack();
    }
  }

  async #subscribe(
    { operationName, variables }: OperationRequest,
    document: DocumentNode,
    context: Context,
    giveBack: () => void,
  ): Promise<Outcome> {
    const { schema, logger } = this.#modules;
    const execution = { schema, document, operationName, variableValues: variables, contextValue: context };
    const feed = (await createSourceEventStream(execution)) as Feed<unknown> | { errors: readonly Error[] };
    if ('errors' in feed) return { kind: 'refused', errors: formatErrors(feed.errors, logger) };
    return { kind: 'stream', responses: new Responses({ execution, context, feed, ended: giveBack, logger }) };
  }
}

function withoutNulls({ query, operationName, variables }: OperationRequest) {
  return { query, ...(operationName != null && { operationName }), ...(variables != null && { variables }) };
}
