import type { WebSocket } from '@fastify/websocket';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { Slots, type Operations } from '../graphql/live/operations.js';
import type { Authorize } from './adminToken.js';
import type { Budgets } from './callers/budgets.js';
import { addressKey, type Callers } from './callers/callers.js';
import type { Shedding } from './load/shedding.js';
import type { Unsent } from './load/unsent.js';
import { refuse } from './refusal.js';

/** What WebSockets and event streams have in common: bounds, and an end when the node stops. */

/** Bounds of the connections that stay open. */
export interface StreamLimits {
  /** WebSockets at once; one more is refused with 503. */
  readonly maxConnections: number;
  /** The same, of one public address as addressKey has it: behind a proxy, the bound of connections does not see who asks. */
  readonly maxConnectionsPerAddress: number;
  /** Operations at once over WebSockets and event streams; one more is refused with TOO_MANY_SUBSCRIPTIONS. */
  readonly maxOperations: number;
  /** The same, of one public address as addressKey has it. */
  readonly maxOperationsPerAddress: number;
  /** The same, of one WebSocket. */
  readonly maxOperationsPerConnection: number;
  /** Pause between signs of life; a client that has not read one when the next is due is cut off. */
  readonly keepAliveMs: number;
  /** How long a WebSocket may take to send its first message. */
  readonly initialisationMs: number;
}

export const STREAM_LIMITS: StreamLimits = {
  maxConnections: 1_000,
  maxConnectionsPerAddress: 64,
  maxOperations: 1_000,
  maxOperationsPerAddress: 200,
  maxOperationsPerConnection: 100,
  keepAliveMs: 12_000,
  initialisationMs: 3_000,
};

export interface StreamOptions {
  readonly limits: StreamLimits;
}

export interface StreamModules {
  readonly operations: Operations;
  readonly authorize: Authorize;
  readonly logger: FastifyBaseLogger;
  /** Of operations. */
  readonly shares: Shares;
  readonly socketShares: Shares;
  readonly budgets: Pick<Budgets, 'ofAddress'>;
  readonly shedding: Pick<Shedding, 'turnOf'>;
  readonly unsent: Pick<Unsent, 'hold'>;
}

/** Room for operations, or WebSockets, of all together, of which no address may take all. */
export class Shares {
  readonly #callers: Pick<Callers, 'mayStandForMany'>;
  readonly #whole: Slots;
  readonly #perAddress: number;
  readonly #byAddress = new Map<string, Slots>();

  /** Of `whole`, an address may take `perAddress`. */
  constructor(whole: number, perAddress: number, callers: Pick<Callers, 'mayStandForMany'>) {
    this.#callers = callers;
    this.#whole = new Slots(whole);
    this.#perAddress = perAddress;
  }

  /** Room of this address. */
  of(address: string): Slots {
    if (this.#callers.mayStandForMany(address)) return this.#whole;
    const key = addressKey(address);
    const known = this.#byAddress.get(key);
    if (known) return known;
    if (this.#byAddress.size >= MAX_IDLE_SHARES) {
      for (const [idle, { taken }] of this.#byAddress) if (taken === 0) this.#byAddress.delete(idle);
    }
    const slots = new Slots(this.#perAddress, this.#whole);
    this.#byAddress.set(key, slots);
    return slots;
  }
}

/** The room of WebSockets and of their operations. */
export function sharesOf(limits: StreamLimits, callers: Callers): Pick<StreamModules, 'shares' | 'socketShares'> {
  const { maxConnections, maxConnectionsPerAddress, maxOperations, maxOperationsPerAddress } = limits;
  return {
    shares: new Shares(maxOperations, maxOperationsPerAddress, callers),
    socketShares: new Shares(maxConnections, maxConnectionsPerAddress, callers),
  };
}

/** Addresses that are remembered though they have nothing open. */
const MAX_IDLE_SHARES = 1_024;

/** What is open now. */
export interface OpenStreams {
  readonly operations: Operations;
  readonly sockets: ReadonlySet<WebSocket>;
  readonly endEventStreams: () => void;
}

/** Once close has begun, new requests are answered 503; those in flight get `timeoutMs` to end, and streams are closed. */
export function drainOnClose(app: FastifyInstance, timeoutMs: number, streams: OpenStreams): void {
  let inFlight = 0;
  let drained: (() => void) | undefined;
  let closing = false;
  app.addHook('onRequest', (_request, reply, done) => {
    if (closing) return refuse(reply.header('connection', 'close'), 'STOPPING', 'this node is being stopped');
    inFlight++;
    // 'close' comes once in every case: answered, failed, or given up by the client.
    reply.raw.once('close', () => {
      inFlight--;
      if (inFlight === 0) drained?.();
    });
    done();
  });
  app.addHook('preClose', async () => {
    closing = true;
    if (inFlight === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      drained = () => {
        clearTimeout(timer);
        resolve();
      };
      void end(streams);
    });
    for (const socket of streams.sockets) socket.terminate();
  });
}

/** Lets queries and mutations finish, then closes every WebSocket with 1001, going away. */
async function end({ operations, sockets, endEventStreams }: OpenStreams): Promise<void> {
  endEventStreams();
  await operations.idle();
  // Their results are handed on from promise to promise before they are sent.
  await new Promise((resolve) => setImmediate(resolve));
  for (const socket of sockets) socket.close(1001, 'Going away');
}
