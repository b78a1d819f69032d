/** A set of at most `capacity` values; at the bound the one added longest ago is forgotten. */
export class BoundedSet<Value> {
  readonly #values = new Set<Value>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  has(value: Value): boolean {
    return this.#values.has(value);
  }

  /** True if the value was not there before. */
  add(value: Value): boolean {
    if (this.#values.has(value)) return false;
    this.#values.add(value);
    if (this.#values.size > this.#capacity) {
      for (const oldest of this.#values) {
        this.#values.delete(oldest);
        break;
      }
    }
    return true;
  }

  delete(value: Value): boolean {
    return this.#values.delete(value);
  }
}
