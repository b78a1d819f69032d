import { mnemonicToSeedSync } from '@scure/bip39';
import { HDKey } from 'micro-key-producer/slip10.js';
import { seedOfWords, wordsOfSeed } from './seedWords.js';

/** Accounts of one set of words: 0 to this, since Ed25519 has hardened children only. */
export const MAX_ACCOUNT = 2 ** 31 - 1;
/** In place of a registered coin type: the text "COR" as a number. */
const COIN_TYPE = 0x434f52;

/**
 * Seed of an account of 24 words: SLIP-10 for Ed25519 on the BIP-39 seed of the words without a passphrase, at m/44'/4411218'/account'. Throws
 * RangeError, which shows no word.
 */
export function accountOfWords(words: string, account: number): Uint8Array {
  const isAccount = Number.isInteger(account) && account >= 0 && account <= MAX_ACCOUNT;
  if (!isAccount) throw new RangeError(`expected an account from 0 to ${MAX_ACCOUNT}, got ${account}`);
  // As BIP 39 writes them: lower case, one blank between.
  const master = mnemonicToSeedSync(wordsOfSeed(seedOfWords(words)));
  return HDKey.fromMasterSeed(master).derive(`m/44'/${COIN_TYPE}'/${account}'`).privateKey;
}
