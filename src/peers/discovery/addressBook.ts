import { BoundedMap } from '../../util/boundedSet.js';
import { hostOf } from '../address.js';

export const BOOK_ADDRESSES = 1_000;
export const ADDRESSES_A_TELLER = 64;
/** How long an address that did not answer, or was removed, is not tried again. */
export const AVOID_MS = 10 * 60 * 1000;
const AVOIDED_ADDRESSES = 1_000;

/**
 * Addresses of nodes that this node has learned and not tried, by the host of their teller. Bounded three ways, so that no
 * teller can fill it: BOOK_ADDRESSES in all, where the host that told most loses its oldest; ADDRESSES_A_TELLER, where a teller's
 * own oldest makes room; one address a host and teller, so that a list of ports or paths of one victim is one request to it.
 */
export class AddressBook {
  /** Teller's host → host → URL, the newest last. */
  readonly #tellers = new Map<string, Map<string, string>>();
  /** URL → until when, by the clock that never jumps. */
  readonly #avoided = new BoundedMap<string, number>(AVOIDED_ADDRESSES);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Keeps addresses that `teller` named; `urls` and `teller` are normalised. */
  add(teller: string, urls: readonly string[]): void {
    const source = hostOf(teller);
    const addresses = this.#tellers.get(source) ?? new Map<string, string>();
    this.#tellers.set(source, addresses);
    for (const url of urls) {
      this.#remove(source, hostOf(url));
      addresses.set(hostOf(url), url);
      this.#size++;
      if (addresses.size > ADDRESSES_A_TELLER) this.#removeOldest(source);
      else if (this.#size > BOOK_ADDRESSES) this.#removeOldest(this.#largest());
    }
    if (addresses.size === 0) this.#tellers.delete(source);
  }

  /**
   * A random address that is `wanted`: first a teller is drawn, then one of its addresses, so that a teller of many is not drawn
   * more often. `random` gives 0 up to 1.
   */
  pick(wanted: (url: string) => boolean, random: () => number): string | undefined {
    const tellers = [...this.#tellers.values()];
    while (tellers.length > 0) {
      const [addresses] = tellers.splice(Math.floor(random() * tellers.length), 1);
      const urls = [...addresses!.values()].filter(wanted);
      if (urls.length > 0) return urls[Math.floor(random() * urls.length)];
    }
    return undefined;
  }

  /** Forgets an address of any teller, and keeps it out for AVOID_MS. Beyond AVOIDED_ADDRESSES the oldest may come back sooner. */
  avoid(url: string, now: number): void {
    for (const [source, addresses] of [...this.#tellers]) {
      if (addresses.get(hostOf(url)) === url) this.#remove(source, hostOf(url));
      if (addresses.size === 0) this.#tellers.delete(source);
    }
    this.#avoided.set(url, now + AVOID_MS);
  }

  isAvoided(url: string, now: number): boolean {
    return (this.#avoided.get(url) ?? -Infinity) > now;
  }

  #remove(source: string, host: string): void {
    if (this.#tellers.get(source)?.delete(host)) this.#size--;
  }

  #removeOldest(source: string): void {
    const oldest = this.#tellers.get(source)?.keys().next().value;
    if (oldest !== undefined) this.#remove(source, oldest);
  }

  #largest(): string {
    return [...this.#tellers].reduce((most, next) => (next[1].size > most[1].size ? next : most))[0];
  }
}
