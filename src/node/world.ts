import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Server } from '../http/server.js';
import { httpConnection } from '../peers/client/connection.js';
import type { PeerConnection } from '../peers/ports.js';
import type { LogTail } from './logTail.js';
import type { Tracing } from './tracing.js';
import type { WorkerProcess } from './workers/workerProcess.js';

/** The world that a node lives in. */
export interface World {
  readonly logger: Logger;
  readonly clock: NodeClock;
  readonly transport: Transport;
  /** From 0 to 1. */
  readonly random: () => number;
  /** The last lines of what `logger` wrote, where they are kept. */
  readonly logTail?: Pick<LogTail, 'last'> | undefined;
  /** Only where the operator wants traces. */
  readonly tracing?: Tracing | undefined;
  /** Where requests are answered by processes of their own. */
  readonly workers?: WorkerSource | undefined;
}

/** Starts API workers. */
export interface WorkerSource {
  /** How many; 1 or more. */
  readonly count: number;
  /** How many files each may have open at once; Infinity where nobody knows. */
  readonly openFiles: number;
  readonly fork: () => WorkerProcess;
  /** Takes a line of a worker's log, in JSON. */
  readonly logLine: (line: string) => void;
}

/** Time as a node needs it, in milliseconds. */
export interface NodeClock {
  /** Since 1970. It jumps when the machine's clock is set: for timestamps, for what is stored and for what people are shown. */
  now(): number;
  /** Since some moment, and never set: for every duration, pause and deadline. */
  elapsed(): number;
  /** Resolves after so many milliseconds, or at once when it is aborted; never rejects. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** A signal that is aborted after so many milliseconds. */
  deadline(milliseconds: number): AbortSignal;
  /** Runs the task every so many milliseconds, until the function it returns is called. */
  every(milliseconds: number, task: () => void): () => void;
}

/** The machine's own clock. */
export const systemClock: NodeClock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: (milliseconds, signal) => delay(milliseconds, undefined, { signal }).catch(() => undefined),
  deadline: (milliseconds) => AbortSignal.timeout(milliseconds),
  every: (milliseconds, task) => {
    const timer = setInterval(task, milliseconds);
    return () => clearInterval(timer);
  },
};

export interface ClockWatchModules {
  readonly clock: Pick<NodeClock, 'now' | 'elapsed'>;
  readonly log: { warn(details: object, message: string): void };
}

/** Notices that the date went on otherwise than time did: the clock was set, or the machine slept. One line a step. */
export class ClockWatch {
  readonly #modules: ClockWatchModules;
  /** How far the date is ahead of elapsed time. */
  #ahead: number;

  constructor(modules: ClockWatchModules) {
    this.#modules = modules;
    this.#ahead = this.#difference();
  }

  /** Call it every second or so. A clock that is corrected little by little is followed in silence. */
  tick(): void {
    const { log } = this.#modules;
    const before = this.#ahead;
    this.#ahead = this.#difference();
    const seconds = Math.round(this.#ahead - before) / 1000;
    if (Math.abs(seconds) < STEP_SECONDS) return;
    if (seconds > 0) log.warn({ seconds }, 'the clock went forward: it was set, or the machine slept');
    else log.warn({ seconds }, 'the clock went back: it was set');
  }

  #difference(): number {
    const { clock } = this.#modules;
    return clock.now() - clock.elapsed();
  }
}

const STEP_SECONDS = 2;

/** How a node is reached, and reaches others. */
export interface Transport {
  /** Serves from now on; resolves to the URL of the GraphQL endpoint. */
  listen(server: Pick<Server, 'app' | 'listen'>): Promise<string>;
  /** Opens nothing before the first request. `learned`: the URL came from strangers. */
  connect(url: string, learned: boolean): PeerConnection;
}

/** HTTP over sockets. */
export const httpTransport: Transport = { listen: (server) => server.listen(), connect: httpConnection };
