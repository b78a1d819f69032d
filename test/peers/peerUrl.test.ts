import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { normalizePeerUrl } from '../../src/peers/peerUrl.js';

describe('the name of a peer', () => {
  for (const [given, expected] of [
    ['http://node.example:4000', 'http://node.example:4000/graphql'],
    ['http://node.example:4000/', 'http://node.example:4000/graphql'],
    ['HTTP://Node.Example:80/graphql', 'http://node.example/graphql'],
    ['https://node.example:443', 'https://node.example/graphql'],
    ['https://node.example/corrente/graphql', 'https://node.example/corrente/graphql'],
    ['http://node.example/graphql?query=1#here', 'http://node.example/graphql'],
    ['http://[::1]:4000', 'http://[::1]:4000/graphql'],
    ['http://[0:0:0:0:0:0:0:1]:4000/graphql', 'http://[::1]:4000/graphql'],
  ] as const) {
    it(`${given} is ${expected}, which names itself`, () => {
      assert.equal(normalizePeerUrl(given), expected);
      assert.equal(normalizePeerUrl(expected), expected);
    });
  }

  for (const given of [
    '',
    'node.example:4000',
    'ftp://node.example',
    'file:///etc/passwd',
    'http://',
    '//node.example',
  ]) {
    it(`${JSON.stringify(given)} is refused`, () => {
      assert.throws(() => normalizePeerUrl(given), {
        name: 'RangeError',
        message: /expected an http or https URL.* got/,
      });
    });
  }

  it('credentials are refused, and not repeated in the error', () => {
    assert.equal(normalizePeerUrl('http://node.example'), 'http://node.example/graphql');
    assert.throws(
      () => normalizePeerUrl('http://user:secret@node.example'),
      (error: Error) => error instanceof RangeError && !error.message.includes('secret'),
    );
  });
});
