/** A typed event with synchronous listeners, called in the order they were added. */
export class Event<Payload> {
  readonly #listeners = new Set<(payload: Payload) => void>();

  /** Adds a listener; the function returned removes it. */
  on(listener: (payload: Payload) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls every listener. A listener that throws is a bug of its own: the others are still called, then it is thrown. */
  emit(payload: Payload): void {
    const failures: unknown[] = [];
    for (const listener of this.#listeners) {
      try {
        listener(payload);
      } catch (failure) {
        failures.push(failure);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
