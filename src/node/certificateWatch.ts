import type { Logger } from 'pino';
import type { NodeClock } from './world.js';

const DAY_MS = 86_400_000;
/** Days before the end of a certificate from which on the log warns of it. */
const WARNED_DAYS = 14;

export interface CertificateWatchModules {
  /** Has the server read its certificate again; resolves to the last moment of it, undefined without TLS. */
  readonly renew: () => Promise<Date | undefined>;
  readonly clock: Pick<NodeClock, 'now' | 'elapsed'>;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
}

/** Renews the certificate of a node when it is told to, and warns once a day from two weeks before the certificate ends. */
export class CertificateWatch {
  readonly #modules: CertificateWatchModules;
  #validUntil: Date | undefined;
  #warned = -Infinity;

  constructor(modules: CertificateWatchModules) {
    this.#modules = modules;
  }

  /** Learns until when the certificate is valid that the server was started with. */
  async start(): Promise<void> {
    this.#validUntil = await this.#modules.renew();
  }

  /** The last moment of the certificate; undefined without TLS. */
  get validUntil(): Date | undefined {
    return this.#validUntil;
  }

  /** Never rejects: what cannot be used changes nothing, and the log says why. */
  async reload(): Promise<void> {
    const { renew, log } = this.#modules;
    try {
      this.#validUntil = await renew();
      this.#warned = -Infinity;
      if (this.#validUntil) log.info({ validUntil: this.#validUntil }, 'the TLS certificate was read again');
    } catch (error) {
      log.error({ reason: (error as Error).message }, 'the TLS certificate stays as it was');
    }
  }

  /** Call it every second or so. */
  tick(): void {
    const { clock, log } = this.#modules;
    const validUntil = this.#validUntil;
    if (!validUntil || clock.elapsed() - this.#warned < DAY_MS) return;
    const days = Math.floor((validUntil.getTime() - clock.now()) / DAY_MS);
    if (days >= WARNED_DAYS) return;
    this.#warned = clock.elapsed();
    if (days >= 0) log.warn({ validUntil, days }, 'the TLS certificate ends soon: renew it, then send SIGHUP');
    else log.warn({ validUntil }, 'the TLS certificate has ended: clients and peers refuse this node');
  }
}
