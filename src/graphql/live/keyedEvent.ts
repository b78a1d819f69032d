import { toHex } from '../../crypto/bytes.js';

/** A typed event about something with a key, told only to who listens to that key: the others cost nothing. */
export class KeyedEvent<Payload> {
  readonly #listeners = new Map<string, Set<(payload: Payload) => void>>();

  /** Adds a listener; the function returned removes it. */
  on(key: Uint8Array, listener: (payload: Payload) => void): () => void {
    const name = toHex(key);
    let listeners = this.#listeners.get(name);
    if (!listeners) this.#listeners.set(name, (listeners = new Set()));
    const own = listeners.add(listener);
    return () => {
      own.delete(listener);
      if (own.size === 0) this.#listeners.delete(name);
    };
  }

  /** Calls every listener of the key, in the order they were added. */
  emit(key: Uint8Array, payload: Payload): void {
    if (this.#listeners.size === 0) return;
    for (const listener of this.#listeners.get(toHex(key)) ?? []) listener(payload);
  }
}
