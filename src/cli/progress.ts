import { SingleBar } from 'cli-progress';

/** Progress of a long command on standard error: a bar with speed and time left in a terminal, nothing elsewhere. */
export class Progress {
  readonly #bar: SingleBar;

  constructor(what: string, total: number) {
    this.#bar = new SingleBar({
      format: `${what} {bar} {percentage} %  {value}/{total} blocks  {speed}/s  {eta_formatted} left`,
      stream: process.stderr,
      noTTYOutput: false,
      hideCursor: true,
      etaBuffer: 200,
    });
    this.#started = Date.now();
    this.#bar.start(total, 0, { speed: '-' });
  }

  readonly #started: number;

  update(value: number): void {
    const seconds = (Date.now() - this.#started) / 1000;
    this.#bar.update(value, { speed: seconds > 0 ? Math.round(value / seconds) : '-' });
  }

  setTotal(total: number): void {
    this.#bar.setTotal(total);
  }

  stop(): void {
    this.#bar.stop();
  }
}
