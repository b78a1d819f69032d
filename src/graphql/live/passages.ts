import { GraphQLSchema, parse, type ExecutionArgs, type FormattedExecutionResult } from 'graphql';
import type { Outcome, Responses } from './operations.js';

/**
 * Two libraries stand between a WebSocket and the answer to its subscription, and neither passes on what the other side needs. So two
 * things travel in a context value. The second passage is in this file, the first in src/graphql/execution/executor.ts:
 *
 *   webSocket.ts          Operations                  Executor, Apollo Server             graphql-js
 *       │                     │                         │                                   │
 *       │── run(request) ────▶│── execute ─────────────▶│ parse, validate, every limit      │
 *       │                     │◀═ 1. context.stream.subscribe(document) ══╝ not executed    │
 *       │                     │── createSourceEventStream(document) ───────────────────────▶│
 *       │◀── outcome ─────────│◀────────────────────────────────────────────── event stream ┘
 *       │
 *       │                                           graphql-ws
 *       │══ 2. { contextValue: outcome } = carry(outcome) ═▶│ from its hook onSubscribe
 *       │◀═════════════════════ carried(args) ═════════════│ to its hook subscribe
 *       │── responses ─────────────────────────────────────▶│ sends each to the client
 */

const NO_SCHEMA = new GraphQLSchema({});
const NO_DOCUMENT = parse('subscription { outcome }');

/** Inwards: graphql-ws asks what to execute, when the outcome is there already. */
export function carry(outcome: Outcome): ExecutionArgs {
  return { schema: NO_SCHEMA, document: NO_DOCUMENT, contextValue: outcome };
}

/** Outwards: the outcome that `carry` put in. A refused operation never gets here: its errors end it before. */
export function carried({ contextValue }: Pick<ExecutionArgs, 'contextValue'>): Responses | FormattedExecutionResult {
  const outcome = contextValue as Outcome;
  if (outcome.kind === 'refused') throw new Error('expected an operation that was begun, got a refused one');
  return outcome.kind === 'stream' ? outcome.responses : outcome.result;
}
