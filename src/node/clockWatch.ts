import type { NodeClock } from './systemClock.js';

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
