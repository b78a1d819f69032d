import type { Logger } from 'pino';
import type { AdminRequest, Audit } from '../graphql/services.js';
import type { NodeClock } from './world.js';

export interface AuditModules {
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly clock: Pick<NodeClock, 'elapsed'>;
  /** Counts what is logged, and what is too much for the log. */
  readonly metrics: { operated(operation: string, outcome: string): void; refused(): void };
}

/** The audit in the log: a line for each admin operation, and at most MAX_REFUSED a minute for refused ones, which anybody can cause. */
export class LoggedAudit implements Audit {
  readonly #modules: AuditModules;
  #minute = -Infinity;
  #refused = 0;

  constructor(modules: AuditModules) {
    this.#modules = modules;
  }

  performed(request: Parameters<Audit['performed']>[0]): void {
    this.#modules.metrics.operated(request.operation, request.outcome);
    this.#modules.log.info(request, 'admin operation');
  }

  refused(request: AdminRequest): void {
    const { log, clock, metrics } = this.#modules;
    metrics.refused();
    if (clock.elapsed() - this.#minute >= MINUTE_MS) {
      if (this.#refused > MAX_REFUSED) log.warn({ count: this.#refused - MAX_REFUSED }, 'more without the admin token');
      this.#minute = clock.elapsed();
      this.#refused = 0;
    }
    if (++this.#refused <= MAX_REFUSED) log.warn(request, 'refused without the admin token');
  }
}

const MAX_REFUSED = 10;
const MINUTE_MS = 60_000;
