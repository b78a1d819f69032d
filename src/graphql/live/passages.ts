import type { ApolloServerPlugin } from '@apollo/server';
import {
  GraphQLSchema,
  Kind,
  OperationTypeNode,
  parse,
  type DocumentNode,
  type ExecutionArgs,
  type FormattedExecutionResult,
  type GraphQLError,
} from 'graphql';
import type { Context } from '../context.js';
import { badRequestInput, refusedRequest } from '../errors.js';
import type { Outcome, Responses } from './operations.js';

/**
 * Two libraries stand between a WebSocket and the answer to its subscription, and neither passes on what the other side needs. So two
 * things travel in a context value, and both passages are in this file:
 *
 *   webSocket.ts          Operations                Apollo Server                       graphql-js
 *       │                     │                         │                                   │
 *       │── run(request) ────▶│── executeOperation ────▶│ parse, validate, every limit      │
 *       │                     │                         │── streamGate() ─┐                 │
 *       │                     │◀═ 1. context.stream.subscribe(document) ══┘ not executed    │
 *       │                     │── createSourceEventStream(document) ───────────────────────▶│
 *       │◀── outcome ─────────│◀────────────────────────────────────────────── event stream ┘
 *       │
 *       │                                           graphql-ws
 *       │══ 2. { contextValue: outcome } = carry(outcome) ═▶│ from its hook onSubscribe
 *       │◀═════════════════════ carried(args) ═════════════│ to its hook subscribe
 *       │── responses ─────────────────────────────────────▶│ sends each to the client
 */

const PLAIN = [OperationTypeNode.QUERY, OperationTypeNode.MUTATION];
const SUBSCRIBE_ELSEWHERE =
  'expected a query or a mutation, got a subscription: subscribe over a WebSocket at /graphql or an event stream at /graphql/stream';
const ASK_ELSEWHERE = 'expected a subscription: queries and mutations go to POST /graphql';
const NO_SCHEMA = new GraphQLSchema({});
const NO_DOCUMENT = parse('subscription { outcome }');

/**
 * Passage 1: hands a subscription to the connection that can carry it, after every check that other operations pass as well. So there is
 * one set of limits, and no second place where one could be forgotten. What a connection does not carry is refused.
 */
export function streamGate(): ApolloServerPlugin<Context> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation: async ({ document, request, operation, contextValue: { carries } }) => {
          if (!operation) throw unknownOperation(document, request.operationName);
          const type = operation.operation;
          if (!(carries ?? PLAIN).includes(type)) throw elsewhere(type, carries ?? PLAIN);
        },
        responseForOperation: async ({ operation, document, contextValue: { stream }, response }) => {
          if (operation.operation !== OperationTypeNode.SUBSCRIPTION) return null;
          if (!stream) throw new Error('expected a connection that carries subscriptions to take them');
          stream.subscribe(document);
          return { http: response.http, body: { kind: 'single', singleResult: {} } };
        },
      }),
  };
}

/** Passage 2, inwards: graphql-ws asks what to execute, when the outcome is there already. */
export function carry(outcome: Outcome): ExecutionArgs {
  return { schema: NO_SCHEMA, document: NO_DOCUMENT, contextValue: outcome };
}

/** Passage 2, outwards: the outcome that `carry` put in. A refused operation never gets here: its errors end it before. */
export function carried({ contextValue }: Pick<ExecutionArgs, 'contextValue'>): Responses | FormattedExecutionResult {
  const outcome = contextValue as Outcome;
  if (outcome.kind === 'refused') throw new Error('expected an operation that was begun, got a refused one');
  return outcome.kind === 'stream' ? outcome.responses : outcome.result;
}

function elsewhere(type: OperationTypeNode, carries: readonly OperationTypeNode[]): GraphQLError {
  if (type === OperationTypeNode.SUBSCRIPTION) return badRequestInput(SUBSCRIBE_ELSEWHERE);
  return carries.includes(OperationTypeNode.QUERY)
    ? refusedRequest('METHOD_NOT_ALLOWED', 'expected a query, got a mutation by GET: send it by POST')
    : badRequestInput(ASK_ELSEWHERE);
}

function unknownOperation({ definitions }: DocumentNode, asked: string | undefined): GraphQLError {
  const names = definitions.map((node) => (node.kind === Kind.OPERATION_DEFINITION ? node.name?.value : undefined));
  const known = names.filter((name) => name !== undefined).join(', ') || 'none, since no operation has a name';
  const got = asked ? JSON.stringify(asked.slice(0, 80)) : 'none';
  return refusedRequest('OPERATION_RESOLUTION_FAILURE', `operationName: expected ${known}, got ${got}`);
}
