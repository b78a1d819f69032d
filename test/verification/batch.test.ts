import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { packBatch, verifyBatch } from '../../src/verification/batch.js';
import { testAccount, testNetwork, transfer } from '../support/blocks.js';

const network = testNetwork();
const transactions = ['', 'x'.repeat(64), 'rent'].map((memo, nonce) =>
  transfer({ network, from: testAccount(nonce), to: testAccount(1), amount: 1n, nonce, memo }),
);

describe('a batch', () => {
  it('gives the verifier each key, payload and signature as they were packed, and each verdict at its place', () => {
    const asked: Uint8Array[][] = [];
    const verdicts = verifyBatch(packBatch(transactions), (...parts) => {
      asked.push(parts.map((part) => Uint8Array.from(part)));
      return asked.length === 2;
    });
    assert.deepEqual(
      asked,
      transactions.map(({ sender, payload, signature }) => [sender, payload, signature]),
    );
    assert.deepEqual(verdicts, Uint8Array.of(0, 1, 0));
  });

  it('of nothing has no verdicts', () => {
    assert.deepEqual(
      verifyBatch(packBatch([]), () => true),
      new Uint8Array(0),
    );
  });
});
