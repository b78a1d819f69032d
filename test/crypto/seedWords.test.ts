import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex } from '../../src/crypto/bytes.js';
import { seedOfWords, wordsOfSeed } from '../../src/crypto/seedWords.js';
import { packageFolder } from '../support/packageFolder.js';

const seed = fromHex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');
const first = 'output assault guess that stick core tube matter virus number arctic mass';
const second = 'duty tired planet green harbor slide auction fix crack fire work arrive';
const words = `${first} ${second}`;

describe('the words of a seed', () => {
  it('are those of docs/protocol.md and of BIP 39, both ways', () => {
    assert.equal(wordsOfSeed(seed), words);
    assert.equal(toHex(seedOfWords(words)), toHex(seed));
    assert.ok(readFileSync(join(packageFolder(), 'docs/protocol.md'), 'utf8').includes(`${first}\n${second}`));
    // BIP 39's own vector of 256 bits of zeros.
    assert.equal(wordsOfSeed(new Uint8Array(32)), `${'abandon '.repeat(23)}art`);
  });

  it('are read as people write them', () => {
    assert.equal(toHex(seedOfWords(`  ${first.toUpperCase()}\r\n${second.replaceAll(' ', '\t')}\n`)), toHex(seed));
  });

  it('are refused with expected and got, and never shown', () => {
    const swapped = words.replace('output assault', 'assault output');
    for (const [text, message] of [
      [first, /expected 24 words, got 12/],
      ['', /expected 24 words, got 1/],
      [words.replace('tube', 'tubes'), /^word 7: expected one of the English list of BIP 39, got another$/],
      [swapped, /valid checksum: at least one is wrong or not in its place/],
    ] as const) {
      assert.throws(
        () => seedOfWords(text),
        (error: Error) =>
          error instanceof RangeError && message.test(error.message) && !/output|assault|tube/.test(error.message),
        text,
      );
    }
    assert.throws(() => wordsOfSeed(seed.subarray(1)), { name: 'RangeError', message: /32 bytes, got 31/ });
  });

  it('are there for every seed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (any) => {
        assert.deepEqual(seedOfWords(wordsOfSeed(any)), any);
      }),
    );
  });
});
