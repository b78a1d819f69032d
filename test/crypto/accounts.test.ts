import assert from 'node:assert/strict';
import { createHmac, pbkdf2Sync } from 'node:crypto';
import { describe, it } from 'node:test';
import { accountOfWords, MAX_ACCOUNT } from '../../src/crypto/accounts.js';
import { toHex } from '../../src/crypto/bytes.js';
import { wordsOfSeed } from '../../src/crypto/seedWords.js';

const words = wordsOfSeed(new Uint8Array(32).fill(1));

/** BIP 39 and SLIP-10 as their texts have them. */
function derived(mnemonic: string, account: number): string {
  const master = pbkdf2Sync(mnemonic, 'mnemonic', 2048, 64, 'sha512');
  let node = createHmac('sha512', 'ed25519 seed').update(master).digest();
  for (const index of [44, 0x434f52, account]) {
    const child = Buffer.alloc(4);
    child.writeUInt32BE(2 ** 31 + index);
    const data = Buffer.concat([Buffer.of(0), node.subarray(0, 32), child]);
    node = createHmac('sha512', node.subarray(32)).update(data).digest();
  }
  return node.subarray(0, 32).toString('hex');
}

describe('an account of words', () => {
  it('is derived as SLIP-10 says, so that other software can', () => {
    for (const account of [0, 1, 7, MAX_ACCOUNT])
      assert.equal(toHex(accountOfWords(words, account)), derived(words, account));
    assert.equal(toHex(accountOfWords(words, 0)), '3c3c2e00d76efe0d2bec96d5ac1b51f267d16861b9b5eb3f140c6f5b85c6054c');
  });

  it('is the same however the words are written', () => {
    const written = `  ${words.toUpperCase().replaceAll(' ', '\t\n')} `;
    assert.deepEqual(accountOfWords(written, 3), accountOfWords(words, 3));
  });

  it('is refused for other numbers and other words, which are not shown', () => {
    for (const account of [-1, 0.5, MAX_ACCOUNT + 1, Number.NaN])
      assert.throws(() => accountOfWords(words, account), /expected an account from 0 to 2147483647, got /);
    const wrong = words.replace(/\w+$/, 'abandon');
    assert.throws(
      () => accountOfWords(wrong, 0),
      (error: Error) => /checksum/.test(error.message) && !/abandon/.test(error.message),
    );
  });
});
