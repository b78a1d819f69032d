import { SingleBar } from 'cli-progress';

/** Progress of a long command on standard error: a bar with speed and time left in a terminal, nothing elsewhere. */
export class Progress {
  readonly #bar: SingleBar;
  readonly #started = performance.now();
  readonly #from: number;

  /** `from` is where this run goes on. */
  constructor(what: string, total: number, from = 0, unit = 'blocks') {
    this.#from = from;
    this.#bar = new SingleBar({
      format: `${what} {bar} {percentage} %  {value}/{total} ${unit}  {pace}`,
      stream: process.stderr,
      noTTYOutput: false,
      hideCursor: true,
    });
    this.#bar.start(total, from, { pace: '' });
  }

  update(value: number): void {
    const seconds = (performance.now() - this.#started) / 1000;
    const speed = seconds > 0 ? (value - this.#from) / seconds : 0;
    const left = Math.ceil((this.#bar.getTotal() - value) / speed);
    const time = left < 120 ? `${left} s` : `${Math.ceil(left / 60)} min`;
    this.#bar.update(value, { pace: speed > 0 ? `${Math.round(speed)}/s  ${time} left` : '' });
  }

  setTotal(total: number): void {
    this.#bar.setTotal(total);
  }

  stop(): void {
    this.#bar.stop();
  }
}
