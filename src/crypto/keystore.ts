import { scryptAsync } from '@noble/hashes/scrypt.js';
import nacl from 'tweetnacl';
import { equalBytes, fromHex, toHex } from './bytes.js';
import { keyPairFromSeed, randomBytes, type KeyPair } from './ed25519.js';

/** An encrypted key as it lies in a file (docs/protocol.md, "Key file"): scrypt (RFC 7914) makes the key of a NaCl secretbox that holds the seed. */
export interface KeyFile {
  readonly version: 1;
  /** Hexadecimal, like everything below: whose key it is, readable without the passphrase. */
  readonly publicKey: string;
  readonly salt: string;
  readonly nonce: string;
  readonly box: string;
}

/** Characters that a new passphrase must have at least. */
export const MIN_PASSPHRASE = 8;

/** Why a new passphrase is refused; undefined if it is long enough. */
export function passphraseFault({ length }: string): string | undefined {
  if (length >= MIN_PASSPHRASE) return undefined;
  return `expected a passphrase of at least ${MIN_PASSPHRASE} characters, got ${length}`;
}

/** Encrypts a key pair, in Node and in browsers. Takes about 0.3 s and 32 MiB, so that guessing takes that for each guess. */
export async function sealKey(keyPair: KeyPair, passphrase: string): Promise<KeyFile> {
  const salt = randomBytes(16);
  const nonce = randomBytes(nacl.secretbox.nonceLength);
  return sealKeyWith(keyPair, passphrase, { salt, nonce });
}

/** The same with a given salt (16 bytes) and nonce (24 bytes), which must never be used again. */
export async function sealKeyWith(
  keyPair: KeyPair,
  passphrase: string,
  { salt, nonce }: { readonly salt: Uint8Array; readonly nonce: Uint8Array },
): Promise<KeyFile> {
  const box = nacl.secretbox(keyPair.seed, nonce, await derive(passphrase, salt));
  return {
    version: 1,
    publicKey: toHex(keyPair.publicKey),
    salt: toHex(salt),
    nonce: toHex(nonce),
    box: toHex(box),
  };
}

/** The key pair, or undefined if the passphrase is wrong. Rejects with RangeError if the file names another public key. */
export async function openKey(file: KeyFile, passphrase: string): Promise<KeyPair | undefined> {
  const seed = nacl.secretbox.open(
    fromHex(file.box),
    fromHex(file.nonce),
    await derive(passphrase, fromHex(file.salt)),
  );
  if (!seed) return undefined;
  const keyPair = keyPairFromSeed(seed);
  if (equalBytes(keyPair.publicKey, fromHex(file.publicKey))) return keyPair;
  // The box is authenticated, and the name on it is not: coins for that name would be lost.
  throw new RangeError(
    `key file, publicKey: expected that of its key, ${toHex(keyPair.publicKey)}, got ${file.publicKey}`,
  );
}

/** Reads the text of a key file; throws RangeError with expected and got, never with the text itself. */
export function parseKeyFile(text: string): KeyFile {
  let file: unknown;
  try {
    file = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    throw new RangeError('expected a key file (JSON), got something else');
  }
  return checkKeyFile(file);
}

/** What JSON.parse made of a key file, checked; throws RangeError with expected and got, never with a secret. */
export function checkKeyFile(value: unknown): KeyFile {
  const file = value as Partial<Record<keyof KeyFile, unknown>> | null | undefined;
  if (file?.version !== 1) {
    throw new RangeError(`expected a key file of version 1, got ${String(file?.version).slice(0, 20)}`);
  }
  const lengths = { publicKey: 64, salt: 32, nonce: 48, box: 96 } as const;
  for (const [field, length] of Object.entries(lengths) as [keyof typeof lengths, number][]) {
    const text = file[field];
    if (typeof text !== 'string' || text.length !== length || !/^[0-9a-f]*$/.test(text)) {
      throw new RangeError(`key file, ${field}: expected ${length} hexadecimal characters, got something else`);
    }
  }
  return file as KeyFile;
}

/** Text of a key file that parseKeyFile reads back. */
export function formatKeyFile(file: KeyFile): string {
  return `${JSON.stringify(file, null, 2)}\n`;
}

function derive(passphrase: string, salt: Uint8Array): Promise<Uint8Array> {
  // One passphrase, whatever keyboard it is typed on.
  return scryptAsync(passphrase.normalize('NFKC'), salt, { N: 2 ** 15, r: 8, p: 1, dkLen: 32 });
}
