import { fromHex, toHex } from '../crypto/bytes.js';
import { generateKeyPair, keyPairFromSeed, type KeyPair } from '../crypto/ed25519.js';
import { createSecretFile, readSecretFile } from './secretFile.js';

/** Key pair that names this node to others, from the file, which is made with a new one the first time. Throws RangeError. */
export async function loadIdentity(path: string): Promise<KeyPair> {
  const text = await readSecretFile(path);
  if (text === undefined) {
    const keyPair = generateKeyPair();
    if (await createSecretFile(path, `${toHex(keyPair.seed)}\n`)) return keyPair;
    return loadIdentity(path);
  }
  if (!/^[0-9a-f]{64}\s*$/.test(text)) {
    throw new RangeError(`${path}: expected 64 hexadecimal characters, got something else`);
  }
  return keyPairFromSeed(fromHex(text.trim()));
}
