import { scrypt } from 'node:crypto';
import nacl from 'tweetnacl';
import { fromHex, toHex } from './bytes.js';
import { keyPairFromSeed, type KeyPair } from './ed25519.js';

/** An encrypted key, as it lies in a file: scrypt (RFC 7914) makes the key of a NaCl secretbox that holds the seed. */
export interface KeyFile {
  readonly version: 1;
  /** Hexadecimal, like everything below: whose key it is, readable without the passphrase. */
  readonly publicKey: string;
  readonly salt: string;
  readonly nonce: string;
  readonly box: string;
}

/** Encrypts a key pair. Takes about 0.1 s and 32 MiB, off the main thread, so that guessing takes that for each guess. */
export async function sealKey(keyPair: KeyPair, passphrase: string): Promise<KeyFile> {
  const salt = nacl.randomBytes(16);
  const nonce = nacl.randomBytes(nacl.secretbox.nonceLength);
  const box = nacl.secretbox(keyPair.seed, nonce, await derive(passphrase, salt));
  return {
    version: 1,
    publicKey: toHex(keyPair.publicKey),
    salt: toHex(salt),
    nonce: toHex(nonce),
    box: toHex(box),
  };
}

/** The key pair, or undefined if the passphrase is wrong. */
export async function openKey(file: KeyFile, passphrase: string): Promise<KeyPair | undefined> {
  const seed = nacl.secretbox.open(
    fromHex(file.box),
    fromHex(file.nonce),
    await derive(passphrase, fromHex(file.salt)),
  );
  return seed ? keyPairFromSeed(seed) : undefined;
}

/** Reads the text of a key file; throws RangeError with expected and got, never with the text itself. */
export function parseKeyFile(text: string): KeyFile {
  let file: Partial<Record<keyof KeyFile, unknown>> | null;
  try {
    file = JSON.parse(text) as typeof file;
  } catch {
    throw new RangeError('expected a key file (JSON), got something else');
  }
  if (file?.version !== 1) throw new RangeError(`expected a key file of version 1, got ${String(file?.version)}`);
  const lengths = { publicKey: 64, salt: 32, nonce: 48, box: 96 } as const;
  for (const [field, length] of Object.entries(lengths) as [keyof typeof lengths, number][]) {
    const value = file[field];
    if (typeof value !== 'string' || value.length !== length || !/^[0-9a-f]*$/.test(value)) {
      throw new RangeError(`key file, ${field}: expected ${length} hexadecimal characters, got something else`);
    }
  }
  return file as KeyFile;
}

function derive(passphrase: string, salt: Uint8Array): Promise<Uint8Array> {
  const password = passphrase.normalize('NFKC');
  return new Promise((resolve, reject) => {
    scrypt(password, salt, 32, { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 }, (error, key) => {
      if (error) reject(error);
      else resolve(new Uint8Array(key));
    });
  });
}
