import type { FastifyBaseLogger } from 'fastify';
import type { Operations } from '../graphql/live/operations.js';
import type { Slots } from '../graphql/live/slots.js';
import type { StreamLimits } from './streamLimits.js';

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
