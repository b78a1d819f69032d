import { type ApolloServer, type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache';
import {
  type DocumentNode,
  execute,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  OperationTypeNode,
} from 'graphql';
import type { Context } from '../context.js';
import { type ErrorLog, few, formatErrors } from '../errors.js';
import { rateLimited } from '../limits.js';
import { type ApolloModules, createApollo } from './apollo.js';
import { type CheckBounds, inputBounds } from './bounds.js';
import { costLimit, type LimitCost } from './cost.js';
import { mustBeCarried, operationNamed } from './gate.js';

/** An operation as a client sends it. */
export interface OperationRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
  readonly extensions?: Record<string, unknown> | null | undefined;
}

/** The answer to an operation, and the head that it has over HTTP. */
export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** Without data if nothing was executed. */
  readonly result: FormattedExecutionResult;
}

/** Text of all documents that are kept, four times what this project's own programs ask: parsed, each takes some ninety times as much memory. */
export const MAX_KEPT_CHARACTERS = 64 * 1024;

/** Documents that were parsed and found valid, by their text; the one used longest ago makes room. */
export function keptDocuments(): InMemoryLRUCache<DocumentNode> {
  return new InMemoryLRUCache<DocumentNode>({
    maxSize: MAX_KEPT_CHARACTERS,
    sizeCalculation: ({ loc }) => loc!.source.body.length,
  });
}

/**
 * Executes operations. Apollo admits a document: it parses it and finds it valid. From then on its operations are executed without passing
 * Apollo again, for as long as it is kept; the first time, Apollo asks here for the answer. So there is one way to it, with every
 * limit that depends on the operation, its variables and its sender.
 */
export class Executor {
  /** Takes documents that are not admitted yet. The caller starts and stops it. */
  readonly apollo: ApolloServer<Context>;
  readonly #schema: GraphQLSchema;
  readonly #logger: ErrorLog;
  readonly #checkBounds: CheckBounds;
  readonly #limitCost: LimitCost;
  readonly #admitted = keptDocuments();

  constructor({ schema, logger }: ApolloModules) {
    this.#schema = schema;
    this.#logger = logger;
    this.#checkBounds = inputBounds(schema);
    this.#limitCost = costLimit(schema);
    this.apollo = createApollo({ schema, logger }, this.#admission());
  }

  /** The answer to an operation of a document that is admitted; undefined for any other, of which nothing is done. */
  async answer(request: OperationRequest, context: Context): Promise<Answer | undefined> {
    // It names a document by its hash, which Apollo refuses.
    const document = request.extensions?.['persistedQuery'] ? undefined : await this.#admitted.get(request.query);
    if (!document) return undefined;
    const { status, headers, result } = await this.#run(document, request, context);
    return { status, headers, result: finished(result, context) };
  }

  /** The result of an operation that came by a connection without answers of HTTP. */
  async execute(request: OperationRequest, context: Context): Promise<FormattedExecutionResult> {
    const answer = await this.answer(request, context);
    if (answer) return answer.result;
    const { query, operationName, variables } = request;
    const { body } = await this.apollo.executeOperation(
      { query, ...(operationName != null && { operationName }), ...(variables != null && { variables }) },
      { contextValue: context },
    );
    if (body.kind !== 'single') throw new Error('expected one result: nothing here is incremental');
    return body.singleResult;
  }

  #admission(): ApolloServerPlugin<Context> {
    return {
      requestDidStart: async () => ({
        didResolveOperation: ({ source, document }) => this.#admitted.set(source, document),
        responseForOperation: async ({ document, request, contextValue }) => {
          const { status, headers, result } = await this.#run(document, request, contextValue);
          return { http: { status, headers: new HeaderMap(headers) }, body: { kind: 'single', singleResult: result } };
        },
        // Also of what Apollo refuses itself.
        willSendResponse: async ({ response: { body }, contextValue }) => {
          if (body.kind === 'single') body.singleResult = finished(body.singleResult, contextValue);
        },
      }),
    };
  }

  /**
   * Refuses an operation that breaks a limit, or whose sender has spent a budget; charges what the others cost, and executes them. Of
   * operations that came together, each sees what those before it have spent.
   */
  async #run(document: DocumentNode, request: Omit<OperationRequest, 'query'>, context: Context): Promise<Answer> {
    const { view, budget, carries, stream } = context;
    const { operationName, variables } = request;
    try {
      const operation = operationNamed(document, operationName);
      const asked = { document, operation, variables: variables ?? {} };
      this.#checkBounds(asked);
      view.begin(this.#limitCost(asked, view.limits));
      const shortage = budget?.shortage();
      if (shortage) throw rateLimited(shortage);
      const price = view.cost;
      budget?.spend('cost', price);
      mustBeCarried(operation, carries);
      if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
        if (!stream) throw new Error('expected a connection that carries subscriptions to take them');
        stream.subscribe(document);
        return { status: 200, headers: NO_HEADERS, result: {} };
      }
      const result = await execute({
        schema: this.#schema,
        document,
        operationName,
        variableValues: variables,
        contextValue: context,
        options: { maxCoercionErrors: 1 },
      });
      // Reading whole blocks costs what only execution can tell.
      if (view.cost > price) budget?.spend('cost', view.cost - price);
      const { data, errors } = result;
      return {
        // Without data, a variable was no value of its type.
        status: data === undefined ? 400 : 200,
        headers: NO_HEADERS,
        result: errors ? { ...result, errors: formatErrors(errors, this.#logger) } : { data: data ?? null },
      };
    } catch (error) {
      return refusal(error, this.#logger);
    }
  }
}

const NO_HEADERS: ReadonlyMap<string, string> = new Map();

/** The answer to an operation that was not executed. */
function refusal(error: unknown, log: ErrorLog): Answer {
  const http = error instanceof GraphQLError ? (error.extensions['http'] as Partial<Answer> | undefined) : undefined;
  return {
    status: http?.status ?? 500,
    headers: http?.headers ?? NO_HEADERS,
    result: { errors: formatErrors([error], log) },
  };
}

/** A result as it is sent: a document or an answer can have an error for each of its fields. */
function finished(result: FormattedExecutionResult, { view, showsCost }: Context): FormattedExecutionResult {
  if (!result.errors && !showsCost) return result;
  return {
    ...result,
    ...(result.errors && { errors: few(result.errors) }),
    ...(showsCost && { extensions: { ...result.extensions, cost: view.cost } }),
  };
}
