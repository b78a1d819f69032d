import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { atOnce } from '../../src/util/turns.js';
import { encodeBody } from '../../src/consensus/block.js';
import { Wire } from '../../src/peers/client/wire.js';
import { developmentNetwork } from '../../src/consensus/network.js';
import { mineBlock, testAccount, transfer } from '../support/blocks.js';
import { network } from './fakeClient.js';

const transactions = [0, 1].map((nonce) =>
  transfer({ network, from: testAccount(0), to: testAccount(1), amount: 5n, fee: 1n, nonce, memo: 'für "dich"\n' }),
);
const block = mineBlock({ network, parent: network.genesis.header, transactions });
const wire = new Wire(network);

/** As a peer answers it: the text of the API. */
function headerAnswer(): Record<string, unknown> {
  return { ...wire.blockInput(block), transactionCount: 2, hash: Buffer.from(block.header.hash).toString('hex') };
}

describe('domain values on the wire', () => {
  it('a header and a body come back as they went', () => {
    assert.deepEqual(wire.header(headerAnswer()), block.header);
    assert.deepEqual(atOnce(wire.body(Buffer.from(encodeBody(transactions)).toString('base64'))), transactions);
  });

  it('a transaction is encoded once for all peers', () => {
    const input = wire.transactionInput(transactions[0]!);
    assert.equal(wire.transactionInput(transactions[0]!), input);
    assert.equal(wire.blockInput(block).transactions[0], input);
  });

  for (const [name, change] of [
    ['of another hash', { hash: '0'.repeat(64) }],
    ['whose fields are not those of its hash', { nonce: '18446744073709551615' }],
    ['with a nonce of 2^64', { nonce: '18446744073709551616' }],
    ['with a height that is text', { height: '1' }],
    ['with a negative target', { target: -1 }],
    ['with a malformed time', { timestamp: 'yesterday' }],
    ['without a miner', { miner: undefined }],
    ['whose miner is an address of another network', { miner: new Wire(developmentNetwork()).blockInput(block).miner }],
  ] as const) {
    it(`a header ${name} is refused`, () => {
      wire.header(headerAnswer());
      assert.throws(() => wire.header({ ...headerAnswer(), ...change }));
    });
  }

  it('a header that is no object is refused', () => {
    for (const answer of [null, undefined, 5, 'x', []]) assert.throws(() => wire.header(answer));
  });
});
