import type { ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { onceAMinute } from '../callers/connectionBounds.js';
import { senderOf } from '../callers/callers.js';

/** Bounds of the answers that were handed over, and that the connection has not taken yet. */
export interface UnsentLimits {
  /** Bytes of all of them. */
  readonly maxBytes: number;
  /** How long one may move no byte. */
  readonly idleMs: number;
}

const MAX_UNSENT_BYTES = 64 * 1024 * 1024;
const MAX_UNSENT_IDLE_MS = 10_000;

export const UNSENT_LIMITS: UnsentLimits = { maxBytes: MAX_UNSENT_BYTES, idleMs: MAX_UNSENT_IDLE_MS };

/** Why the connection of an answer was ended: it moved no byte, or there was no room. */
export type CutReason = (typeof CUT_REASONS)[number];
export const CUT_REASONS = ['unread', 'room'] as const;

export interface UnsentModules {
  readonly logger: FastifyBaseLogger;
  readonly metrics: {
    /** The connection of an answer was ended before all of it was sent. */
    cut(reason: CutReason): void;
  };
}

interface Answer {
  readonly bytes: number;
  /** Ends its connection. */
  readonly end: () => void;
}

interface Sender {
  bytes: number;
  /** The oldest is the first. */
  readonly answers: Set<Answer>;
}

/**
 * Answers that were handed over, and that wait for who asked to read them. Above the bound of all together, the connection of the oldest
 * one is ended, of the sender that holds the most.
 */
export class Unsent {
  readonly #limits: UnsentLimits;
  readonly #modules: UnsentModules;
  readonly #told: (message: string) => void;
  readonly #senders = new Map<string, Sender>();
  #bytes = 0;

  constructor(limits: Partial<UnsentLimits>, modules: UnsentModules) {
    this.#limits = { ...UNSENT_LIMITS, ...limits };
    this.#modules = modules;
    this.#told = onceAMinute(modules.logger);
  }

  /** Bytes of all that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Counts an answer for this sender until the function that is returned is called; `end` ends its connection. */
  hold(from: string, bytes: number, end: () => void): () => void {
    const answer = { bytes, end };
    const sender = this.#senders.get(from) ?? { bytes: 0, answers: new Set() };
    this.#senders.set(from, sender);
    sender.answers.add(answer);
    sender.bytes += bytes;
    this.#bytes += bytes;
    while (this.#bytes > this.#limits.maxBytes) this.#makeRoom();
    return () => this.#forget(from, sender, answer);
  }

  /** Counts the answer of each request, and ends connections that take none of it for too long. Call it after other hooks that answer. */
  guard(app: FastifyInstance): void {
    const { idleMs } = this.#limits;
    let fresh: ServerResponse[] = [];
    const watch = (): void => {
      // Most are sent and closed by then: they need no clock.
      const unsent = fresh.filter(({ destroyed }) => !destroyed);
      fresh = [];
      for (const raw of unsent) {
        // Node looks at it while bytes wait to be written, and sets another one once the answer is sent.
        raw.setTimeout(idleMs, () => {
          this.#cut('unread', `expected answers to be read, but one moved no byte for ${idleMs / 1_000} s`);
          raw.req.socket.destroy();
        });
      }
    };
    app.addHook('onSend', (request, { raw }, payload, done) => {
      const { socket } = request.raw;
      // Who asked is gone, and the response has closed already.
      if (socket.destroyed || raw.destroyed) {
        done();
        return;
      }
      const bytes = typeof payload === 'string' || Buffer.isBuffer(payload) ? payload.length : 0;
      const forget = this.hold(senderOf(request), bytes, () => socket.destroy());
      if (fresh.push(raw) === 1) setImmediate(watch);
      raw.once('close', () => {
        forget();
        // Where the next request is here already, it sets none.
        if (socket.timeout === idleMs) socket.setTimeout(0);
      });
      done();
    });
  }

  #makeRoom(): void {
    let [from, most] = this.#senders.entries().next().value!;
    for (const [other, sender] of this.#senders) if (sender.bytes > most.bytes) [from, most] = [other, sender];
    const [oldest] = most.answers;
    this.#forget(from, most, oldest!);
    this.#cut('room', `expected at most ${this.#limits.maxBytes} bytes of unread answers, got more, most of ${from}`);
    oldest!.end();
  }

  #forget(from: string, sender: Sender, answer: Answer): void {
    if (!sender.answers.delete(answer)) return;
    this.#bytes -= answer.bytes;
    sender.bytes -= answer.bytes;
    if (sender.answers.size === 0) this.#senders.delete(from);
  }

  #cut(reason: CutReason, message: string): void {
    this.#modules.metrics.cut(reason);
    this.#told(`${message}: its connection is ended`);
  }
}
