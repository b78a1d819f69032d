import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeText } from '../../src/cli/textFile.js';

describe('decodeText', () => {
  it('leaves out a byte order mark, and keeps everything else', () => {
    assert.equal(decodeText(Buffer.from('\ufeffMüller, 日本\r\n')), 'Müller, 日本\r\n');
    assert.equal(decodeText(Buffer.alloc(0)), '');
  });

  it('refuses text that is not UTF-8 and names its line', () => {
    for (const bytes of [
      Buffer.from('a\nb\nM\xfcller\n', 'latin1'),
      Buffer.from([0x61, 0x0a, 0x0a, 0xc3]),
      Buffer.from([0x0a, 0x0a, 0xed, 0xa0, 0x80, 0x0a]),
    ]) {
      assert.throws(() => decodeText(bytes), {
        name: 'RangeError',
        message: /expected text in UTF-8, .* line 3: save/,
      });
    }
  });

  it('names UTF-16 where its mark is there', () => {
    const little = Buffer.from('\ufeffa,1', 'utf16le');
    for (const bytes of [little, Buffer.from(little).swap16()]) {
      assert.throws(() => decodeText(bytes), { name: 'RangeError', message: /expected text in UTF-8, got UTF-16/ });
    }
  });
});
