import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bech32, bech32m } from '@scure/base';
import { decodeAddress, encodeAddress } from '../../src/crypto/address.js';

const key = Uint8Array.from({ length: 32 }, (_, index) => index * 7);
const text = encodeAddress('cor', key);
const refused = (address: string, message: RegExp) => {
  assert.throws(() => decodeAddress('cor', address), { name: 'RangeError', message });
};

describe('an address', () => {
  it('is text that begins with the prefix of its network and comes back as the key', () => {
    assert.match(text, /^cor1[02-9ac-hj-np-z]{58}$/);
    assert.deepEqual(decodeAddress('cor', text), key);
  });

  it('with any one character changed says checksum: a typing error loses no payment', () => {
    for (let position = 4; position < text.length; position++) {
      const other = text[position] === 'q' ? 'p' : 'q';
      refused(text.slice(0, position) + other + text.slice(position + 1), /checksum/);
    }
  });

  it('with two neighbours swapped says checksum', () => {
    for (let position = 4; position < text.length - 1; position++) {
      const [a, b] = [text[position]!, text[position + 1]!];
      if (a !== b) refused(text.slice(0, position) + b + a + text.slice(position + 2), /checksum/);
    }
  });

  it('of another network is refused and names the prefix that came', () => {
    refused(encodeAddress('cordev', key), /expected an address that starts with cor1, got the prefix "cordev"/);
  });

  it('in upper case is the same account, in both cases it is refused, as BIP 350 has it', () => {
    assert.deepEqual(decodeAddress('cor', text.toUpperCase()), key);
    refused(`cor1${text.slice(4).toUpperCase()}`, /in lower or in upper case, got both/);
    refused(`Cor1${text.slice(4)}`, /in lower or in upper case, got both/);
    refused(
      text.toUpperCase().replace(/.$/, (last) => (last === 'Q' ? 'P' : 'Q')),
      /checksum/,
    );
  });

  it('with an invisible or foreign character is refused, and the error shows it', () => {
    refused(`${text.slice(0, 9)}\u200b${text.slice(9)}`, /checksum.*\\u200b/);
    refused(`\u00a0${text}`, /got "\\u00a0cor1/);
    refused(`c\u043er1${text.slice(4)}`, /got "c\\u043er1/);
  });

  it('speaks of another network only where the beginning could be a prefix', () => {
    for (const junk of ['foo', `1${text.slice(4)}`, `c1${text.slice(4)}`, `co-r1${text.slice(4)}`, '12.5']) {
      assert.throws(
        () => decodeAddress('cor', junk),
        (error: Error) => error.message.includes('got "') && !error.message.includes('network'),
        junk,
      );
    }
  });

  it('with bech32 (BIP 173) in place of bech32m is refused', () => {
    refused(bech32.encode('cor', bech32.toWords(key)), /checksum/);
  });

  it('of another length than 32 bytes, or with padding that is not zero, is refused', () => {
    for (const length of [0, 20, 31, 33]) refused(encodeAddress('cor', new Uint8Array(length)), /32 bytes/);
    const words = bech32m.toWords(key);
    refused(bech32m.encode('cor', [...words.slice(0, -1), words.at(-1)! | 1]), /32 bytes/);
  });

  it('that is malformed is refused and shown, cut to a readable length', () => {
    for (const junk of ['', 'cor', '1', 'cor1', '1qqqqqq']) refused(junk, /got /);
    refused('cor1' + 'q'.repeat(10_000), /checksum.{0,200}$/);
  });
});
