import { useSyncExternalStore } from 'react';
import {
  developmentAccount,
  fromHex,
  generateKeyPair,
  keyPairFromSeed,
  toHex,
  type KeyPair,
} from '../../src/client/client.js';

/** The key that this page signs with. It is in the memory of this page, and in the browser's storage only if its user says so. */
export interface BrowserKey {
  readonly keyPair: KeyPair;
  /** Of the development network, whose keys everybody knows: its number. */
  readonly development: number | undefined;
  /** It is in the browser's storage too. */
  readonly stored: boolean;
}

/** The key of this page; undefined while there is none. */
export function useBrowserKey(): BrowserKey | undefined {
  return useSyncExternalStore(subscribe, () => current);
}

/** Makes a new key. */
export function createKey(): void {
  change({ keyPair: generateKeyPair(), development: undefined, stored: false });
}

/** Takes a key by its seed in hexadecimal; throws RangeError. */
export function importKey(seed: string): void {
  if (!/^[0-9a-fA-F]{64}$/.test(seed)) throw new RangeError(`expected 64 hexadecimal characters, got ${seed.length}`);
  change({ keyPair: keyPairFromSeed(fromHex(seed)), development: undefined, stored: false });
}

/** Takes a funded account of the development network, 0 to 9. */
export function takeDevelopmentAccount(index: number): void {
  change({ keyPair: developmentAccount(index), development: index, stored: false });
}

/** Writes the key to the browser's storage, or deletes it there. Throws DOMException where the browser keeps nothing. */
export function storeKey(stored: boolean): void {
  if (!current) return;
  if (stored) localStorage.setItem(STORED_SEED, toHex(current.keyPair.seed));
  change({ ...current, stored });
}

/** Forgets the key, also where it is stored. */
export function forgetKey(): void {
  change(undefined);
}

const STORED_SEED = 'corrente.seed';
const listeners = new Set<() => void>();
let current = storedKey();

function change(key: BrowserKey | undefined): void {
  current = key;
  if (!key?.stored) localStorage.removeItem(STORED_SEED);
  for (const listener of listeners) listener();
}

function storedKey(): BrowserKey | undefined {
  const seed = localStorage.getItem(STORED_SEED);
  return seed !== null && /^[0-9a-f]{64}$/.test(seed)
    ? { keyPair: keyPairFromSeed(fromHex(seed)), development: undefined, stored: true }
    : undefined;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
