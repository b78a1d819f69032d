/** Room for a number of operations at once, in this connection and in what it is part of. */
export class Slots {
  readonly #capacity: number;
  readonly #whole: Slots | undefined;
  #taken = 0;

  constructor(capacity: number, whole?: Slots) {
    this.#capacity = capacity;
    this.#whole = whole;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Takes one; the function returned gives it back, once. Undefined if there is none. */
  take(): (() => void) | undefined {
    if (this.#taken >= this.#capacity) return undefined;
    const giveBack = this.#whole ? this.#whole.take() : () => undefined;
    if (!giveBack) return undefined;
    this.#taken++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#taken--;
      giveBack();
    };
  }
}
