import { setTimeout as delay } from 'node:timers/promises';

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
