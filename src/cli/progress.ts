import { SingleBar } from 'cli-progress';

/** Progress of a long command on standard error: a bar with speed and time left in a terminal, a line now and then elsewhere. */
export class Progress {
  readonly #bar: SingleBar;
  readonly #started = performance.now();
  readonly #from: number;
  readonly #what: string;
  readonly #unit: string;
  readonly #timeLeft: ((left: number) => string) | undefined;
  /** Kept here, too: without a terminal the bar has no total. */
  #total: number;
  #saidAt = performance.now();

  /** `from` is where this run goes on. `timeLeft` tells for how many are left what to expect, where speed does not. */
  constructor(what: string, total: number, from = 0, unit = 'blocks', timeLeft?: (left: number) => string) {
    this.#from = from;
    this.#total = total;
    this.#what = what;
    this.#unit = unit;
    this.#timeLeft = timeLeft;
    this.#bar = new SingleBar({
      format: `${what} {bar} {percentage} %  {value}/{total} ${unit}  {pace}`,
      stream: process.stderr,
      noTTYOutput: false,
      hideCursor: true,
    });
    this.#bar.start(total, from, { pace: '' });
  }

  update(value: number): void {
    const total = this.#total;
    this.#bar.update(value, { pace: this.#timeLeft?.(total - value) ?? this.#pace(value, total) });
    if (process.stderr.isTTY || performance.now() - this.#saidAt < SAID_EVERY_MS) return;
    this.#saidAt = performance.now();
    process.stderr.write(`${this.#what} ${value}/${total} ${this.#unit}\n`);
  }

  setTotal(total: number): void {
    this.#total = total;
    this.#bar.setTotal(total);
  }

  stop(): void {
    this.#bar.stop();
  }

  #pace(value: number, total: number): string {
    const seconds = (performance.now() - this.#started) / 1000;
    const speed = seconds > 0 ? (value - this.#from) / seconds : 0;
    const left = Math.ceil((total - value) / speed);
    const time = left < 120 ? `${left} s` : `${Math.ceil(left / 60)} min`;
    return speed > 0 ? `${Math.round(speed)}/s  ${time} left` : '';
  }
}

/** Where there is no terminal to draw in. */
const SAID_EVERY_MS = 10_000;
