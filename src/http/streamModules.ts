import type { FastifyBaseLogger } from 'fastify';
import type { Operations, Slots } from '../graphql/live/operations.js';

export interface StreamOptions {
  readonly limits: StreamLimits;
}

export interface StreamModules {
  readonly operations: Operations;
  /** True for an Authorization header that carries the admin token. */
  readonly isAdmin: (authorization: string | undefined) => boolean;
  readonly logger: FastifyBaseLogger;
  /** Of all connections together. */
  readonly slots: Slots;
}

/** Bounds of the connections that stay open. */
export interface StreamLimits {
  /** WebSockets at once; one more is refused with 503. */
  readonly maxConnections: number;
  /** Operations at once over WebSockets and event streams; one more is refused with TOO_MANY_SUBSCRIPTIONS. */
  readonly maxOperations: number;
  /** The same, of one WebSocket. */
  readonly maxOperationsPerConnection: number;
  /** Pause between signs of life; who has not read one when the next is due is cut off. */
  readonly keepAliveMs: number;
  /** How long a WebSocket may take to introduce itself. */
  readonly initialisationMs: number;
}

export const STREAM_LIMITS: StreamLimits = {
  maxConnections: 1_000,
  maxOperations: 1_000,
  maxOperationsPerConnection: 100,
  keepAliveMs: 12_000,
  initialisationMs: 3_000,
};
