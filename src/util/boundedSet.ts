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
    forgetOldest(this.#values, this.#capacity);
    return true;
  }

  delete(value: Value): boolean {
    return this.#values.delete(value);
  }
}

/** A map of at most `capacity` keys; at the bound the one set longest ago is forgotten, however lately it was read. */
export class BoundedMap<Key, Value> {
  readonly #values = new Map<Key, Value>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: Key): Value | undefined {
    return this.#values.get(key);
  }

  set(key: Key, value: Value): void {
    // A key that is set again is the newest.
    this.#values.delete(key);
    this.#values.set(key, value);
    forgetOldest(this.#values, this.#capacity);
  }

  delete(key: Key): boolean {
    return this.#values.delete(key);
  }

  /** The one set longest ago first. */
  values(): MapIterator<Value> {
    return this.#values.values();
  }
}

/** Both collections keep the order of insertion. */
function forgetOldest<Key>(values: Set<Key> | Map<Key, unknown>, capacity: number): void {
  if (values.size <= capacity) return;
  for (const oldest of values.keys()) {
    values.delete(oldest);
    return;
  }
}
