import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  blockHash,
  blockSize,
  createHeader,
  decodeBody,
  decodeHeader,
  encodeBody,
  encodeHeader,
  sealHash,
  transactionsRoot,
  type BlockTemplateHeader,
} from '../../src/consensus/block.js';
import { createTransaction } from '../../src/consensus/transaction.js';
import { toHex } from '../../src/crypto/bytes.js';
import { mineBlock, testAccount, testNetwork, transfer } from '../support/blocks.js';

const network = testNetwork();
const [alice, bob] = [testAccount(0), testAccount(1)];
const transactions = [0, 1, 2].map((nonce) =>
  transfer({ network, from: alice, to: bob, amount: 1n, nonce, memo: 'x'.repeat(nonce) }),
);
const { header } = mineBlock({ network, parent: network.genesis.header, transactions });

describe('a header', () => {
  it('has a hash that commits to every field', () => {
    const changes: Partial<BlockTemplateHeader>[] = [
      {},
      { height: 2 },
      { previousHash: new Uint8Array(32) },
      { transactionsRoot: new Uint8Array(32) },
      { transactionCount: 4 },
      { timestamp: header.timestamp + 1 },
      { target: header.target - 1 },
      { miner: alice.publicKey },
    ];
    const hashes = changes.map((change) => createHeader({ ...header, ...change }, header.nonce).hash);
    hashes.push(createHeader(header, header.nonce + 1n).hash);
    assert.equal(new Set(hashes.map(toHex)).size, changes.length + 1);
    assert.deepEqual(hashes[0], header.hash);
    assert.deepEqual(header.hash, blockHash(sealHash(header), header.nonce));
  });

  it('is not hashed with a field out of range: two headers would share a hash', () => {
    assert.ok(sealHash(header));
    for (const change of [
      { height: -1 },
      { height: 1.5 },
      { timestamp: -1 },
      { timestamp: Number.NaN },
      { target: -1 },
      { target: 2 ** 32 + header.target },
      { transactionCount: 2 ** 32 + 3 },
      { previousHash: new Uint8Array(31), transactionsRoot: new Uint8Array(33) },
      { miner: new Uint8Array(31) },
    ]) {
      assert.throws(() => sealHash({ ...header, ...change }), RangeError, JSON.stringify(change));
    }
    assert.throws(() => blockHash(sealHash(header), 2n ** 64n), RangeError);
  });

  it('is not decoded from bytes of another length or tag, or with a number that a double rounds', () => {
    const bytes = encodeHeader(header);
    assert.deepEqual(decodeHeader(bytes), header);
    assert.throws(() => decodeHeader(bytes.subarray(1)), RangeError);
    assert.throws(() => decodeHeader(Uint8Array.from([...bytes, 0])), RangeError);
    assert.throws(() => decodeHeader(bytes.with(0, 0)), /expected the bytes of a header/);
    // Height 2^56 + 1 would come back as 2^56.
    assert.throws(() => decodeHeader(bytes.with(24, 1)), /expected the bytes of a header/);
  });
});

describe('a body', () => {
  it('comes back as the transactions it was made of, whatever their lengths', () => {
    assert.deepEqual(decodeBody(network.chainId, encodeBody(transactions)), transactions);
    assert.deepEqual(decodeBody(network.chainId, new Uint8Array(0)), []);
    assert.equal(blockSize(transactions), encodeHeader(header).length + encodeBody(transactions).length);
  });

  it('that is cut off is refused', () => {
    const body = encodeBody(transactions);
    assert.throws(() => decodeBody(network.chainId, body.subarray(0, -1)), RangeError);
    assert.throws(() => decodeBody(network.chainId, body.subarray(1)), RangeError);
  });

  it('has a root that commits to order, number and signatures', () => {
    const [a, b, c] = transactions as [(typeof transactions)[0], (typeof transactions)[0], (typeof transactions)[0]];
    const resigned = createTransaction(network.chainId, c, b.signature);
    const roots = [[], [a], [a, b], [b, a], [a, b, c], [a, b, resigned], [a, b, c, c]].map(transactionsRoot);
    assert.equal(new Set(roots.map(toHex)).size, roots.length);
  });
});
