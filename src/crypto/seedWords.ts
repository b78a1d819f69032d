import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';

/** The 24 English words of BIP 39 whose entropy is this 32-byte seed: another spelling of it, nothing is derived. */
export function wordsOfSeed(seed: Uint8Array): string {
  if (seed.length !== 32) throw new RangeError(`expected a seed of 32 bytes, got ${seed.length}`);
  return entropyToMnemonic(seed, wordlist);
}

/** The seed that 24 words spell, in any case, with any blanks between. Throws RangeError that shows no word. */
export function seedOfWords(text: string): Uint8Array {
  const words = text.trim().toLowerCase().split(/\s+/u);
  if (words.length !== 24) throw new RangeError(`expected 24 words, got ${words.length}`);
  const unknown = words.findIndex((word) => !wordlist.includes(word));
  if (unknown >= 0)
    throw new RangeError(`word ${unknown + 1}: expected one of the English list of BIP 39, got another`);
  try {
    return mnemonicToEntropy(words.join(' '), wordlist);
  } catch (error) {
    throw new RangeError('expected 24 words with a valid checksum: at least one is wrong or not in its place', {
      cause: error,
    });
  }
}
