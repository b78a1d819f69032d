import type { FastifyBaseLogger } from 'fastify';
import type { Budgets } from './budgets.js';
import { addressKey, type Callers } from './callers.js';

/** Bounds of the connections that are open at once, WebSockets among them. */
export interface ConnectionLimits {
  /** Of everybody. */
  readonly maxConnections: number;
  /** Of one IPv4 address or one IPv6 network of 64 bits, if it is public. */
  readonly maxConnectionsPerAddress: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = { maxConnections: 4_000, maxConnectionsPerAddress: 64 };

export interface ConnectionsModules {
  readonly callers: Callers;
  readonly budgets: Pick<Budgets, 'ofAddress'>;
  readonly logger: Pick<FastifyBaseLogger, 'warn'>;
}

/** Decides which connections are served: not those of an address that has too many, or owes a whole burst of new ones. */
export class ConnectionBounds {
  readonly #limits: ConnectionLimits;
  readonly #modules: ConnectionsModules;
  readonly #open = new Map<string, number>();
  readonly #told: (message: string) => void;

  constructor(limits: ConnectionLimits, modules: ConnectionsModules) {
    this.#limits = limits;
    this.#modules = modules;
    this.#told = onceAMinute(modules.logger);
  }

  /** What to call when the connection is closed; undefined for one that has to be closed now. The log says so once a minute. */
  admit(remoteAddress: string | undefined): (() => void) | undefined {
    const { callers, budgets } = this.#modules;
    if (remoteAddress === undefined || callers.maySendForMany(remoteAddress)) return () => undefined;
    const { maxConnectionsPerAddress } = this.#limits;
    const key = addressKey(remoteAddress);
    const count = (this.#open.get(key) ?? 0) + 1;
    this.#open.set(key, count);
    const end = () => {
      const left = this.#open.get(key)! - 1;
      if (left > 0) this.#open.set(key, left);
      else this.#open.delete(key);
    };
    const budget = budgets.ofAddress(remoteAddress);
    budget?.spend('connections', 1);
    const isFlood = budget !== undefined && budget.left('connections') <= -budget.rates.connections.burst;
    if (count <= maxConnectionsPerAddress && !isFlood) return end;
    const most = isFlood
      ? `${budget.rates.connections.perSecond} new connections a second`
      : `${maxConnectionsPerAddress} connections`;
    this.#told(`expected at most ${most} of ${key}, got more: they are closed`);
    end();
    return undefined;
  }

  /** One was closed since there is no room for any. */
  dropped(): void {
    this.#told(`expected at most ${this.#limits.maxConnections} connections, got more: they are closed`);
  }
}

/** Logs a warning at most once a minute, with how many there were since. */
export function onceAMinute(logger: Pick<FastifyBaseLogger, 'warn'>): (message: string) => void {
  let quietUntil = 0;
  let kept = 0;
  return (message) => {
    kept++;
    const now = performance.now();
    if (now < quietUntil) return;
    quietUntil = now + 60_000;
    logger.warn({ refused: kept }, message);
    kept = 0;
  };
}
