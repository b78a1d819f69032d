import { useSyncExternalStore } from 'react';
import {
  developmentAccount,
  fromHex,
  generateKeyPair,
  keyPairFromSeed,
  openKeyFile,
  sealKeyFile,
  toHex,
  type KeyPair,
} from '../../src/client/client.js';

/** The key that this page signs with. It is in the memory of this page, and in the tab's storage if the user asks for it. */
export interface BrowserKey {
  readonly keyPair: KeyPair;
  /** Number of a development account, whose key everybody knows. */
  readonly development: number | undefined;
  /** In the tab's storage: a reload of this tab finds it again. */
  readonly stored: boolean;
  /** It is also somewhere else: the user brought it, saved it, or says so. */
  readonly saved: boolean;
}

/** The key of this page; undefined while it has no key. */
export function useBrowserKey(): BrowserKey | undefined {
  return useSyncExternalStore(subscribe, () => current);
}

/** Makes a new key. */
export function createKey(): void {
  change({ keyPair: generateKeyPair(), development: undefined, stored: false, saved: false });
}

/** Uses the key of a seed in hexadecimal; throws RangeError. */
export function importSeed(seed: string): void {
  if (!/^[0-9a-fA-F]{64}$/.test(seed)) throw new RangeError(`expected 64 hexadecimal characters, got ${seed.length}`);
  change({ keyPair: keyPairFromSeed(fromHex(seed)), development: undefined, stored: false, saved: true });
}

/** Uses the key of a key file, as `corrente keys new` makes them. Rejects with RangeError. */
export async function importKeyFile(text: string, passphrase: string): Promise<void> {
  const keyPair = await openKeyFile(text, passphrase);
  change({ keyPair, development: undefined, stored: false, saved: true });
}

/** Text of a key file of the key, for this page and for the command line. Rejects with RangeError on a short passphrase. */
export function exportKeyFile({ keyPair }: BrowserKey, passphrase: string): Promise<string> {
  return sealKeyFile(keyPair, passphrase);
}

/** Uses a funded account of the development network, 0 to 9. */
export function takeDevelopmentAccount(index: number): void {
  change({ keyPair: developmentAccount(index), development: index, stored: false, saved: true });
}

/** Notes that the key is also somewhere else. */
export function markSaved(): void {
  if (!current) return;
  change({ ...current, saved: true });
  deleteOldCopy(current);
}

/** Writes the key to the tab's storage, or deletes it there. Throws DOMException if the browser stores nothing. */
export function storeKey(stored: boolean): void {
  if (current) change({ ...current, stored });
}

/** Forgets the key, also in the storage. */
export function forgetKey(): void {
  if (!current) return;
  deleteOldCopy(current);
  change(undefined);
}

/** Storage key of the seed, in hexadecimal; ` saved` after it means that the key is saved. */
const STORED_SEED = 'corrente.seed';
const listeners = new Set<() => void>();
let current = storedKey();

function change(key: BrowserKey | undefined): void {
  if (key?.stored) sessionStorage.setItem(STORED_SEED, `${toHex(key.keyPair.seed)}${key.saved ? ' saved' : ''}`);
  else sessionStorage.removeItem(STORED_SEED);
  current = key;
  for (const listener of listeners) listener();
}

function storedKey(): BrowserKey | undefined {
  // An earlier version kept the seed in localStorage, unencrypted and for good.
  const text = sessionStorage.getItem(STORED_SEED) ?? localStorage.getItem(STORED_SEED);
  const [, seed, saved] = /^([0-9a-f]{64})( saved)?$/.exec(text ?? '') ?? [];
  if (text === null || seed === undefined) return undefined;
  sessionStorage.setItem(STORED_SEED, text);
  const keyPair = keyPairFromSeed(fromHex(seed));
  return { keyPair, development: undefined, stored: true, saved: saved !== undefined };
}

/** Deletes the seed that an earlier version kept. Call it only when the key is saved or given up: that may be its only copy. */
function deleteOldCopy({ keyPair }: BrowserKey): void {
  if (localStorage.getItem(STORED_SEED) === toHex(keyPair.seed)) localStorage.removeItem(STORED_SEED);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
