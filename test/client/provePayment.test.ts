import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CorrenteClient, type NodeConnection } from '../../src/client/correnteClient.js';
import { HeaderChain, syncHeaders } from '../../src/client/headers.js';
import { TransactionProofDocument, type TransactionProofQuery } from '../../src/client/operations/public.js';
import { type ProvenTransaction, provePayment, verifyProof } from '../../src/client/proof.js';
import { readHeader } from '../../src/client/codec.js';
import { createTransaction } from '../../src/consensus/transaction.js';
import { toHex } from '../../src/crypto/bytes.js';
import { mineBlock, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { startTestNode, transactionInput } from '../support/node.js';

const network = testNetwork();
const transfers = Array.from({ length: 5 }, (_, nonce) =>
  transfer({ network, from: testAccount(0), to: testAccount(1), amount: 7n, nonce, memo: `bill ${nonce}` }),
);
const id = toHex(transfers[3]!.id);
const now = Date.now();
const SEND =
  'mutation ($transaction: AddTransactionInput!) { addTransaction(transaction: $transaction) { __typename } }';
const MINE = 'mutation { mineBlocks { __typename } }';

const node = await startTestNode({ network });
const honest = new CorrenteClient({ url: node.url });
for (const transaction of transfers) await node.ask(SEND, { transaction: transactionInput(network, transaction) });
const pending = await provePayment({ node: honest }, { network, id, now });
for (let block = 0; block < 3; block++) await node.admin(MINE);
const told = (await honest.request(TransactionProofDocument, { id })).transaction!;

/** The node, with answers that `change` alters. */
function liar<Answer>(change: (answer: Answer) => Answer): NodeConnection {
  return {
    request: async (document, variables) => {
      const answer = await honest.request(document, variables);
      return change(answer as never) as typeof answer;
    },
  };
}

describe('a payment', () => {
  it('is proved from the genesis block alone, with the work behind it', async () => {
    const proof = await provePayment({ node: honest }, { network, id, now });
    assert.equal(proof.status, 'proved');
    assert.deepEqual([proof.header.height, proof.confirmations, proof.transaction.memo], [1, 3, 'bill 3']);
    const { chain } = await node.ask<{ chain: { work: string } }>('{ chain { work } }');
    assert.equal(`${proof.work}`, chain.work);
  });

  it('is not proved before it is in a block', () => {
    assert.deepEqual(pending, { status: 'unconfirmed' });
  });

  it('is not proved where the node knows no such transaction', async () => {
    assert.deepEqual(await provePayment({ node: honest }, { network, id: '0'.repeat(64), now }), {
      status: 'unconfirmed',
    });
  });

  it('is not proved by the proof of another payment', async () => {
    const other = await honest.request(TransactionProofDocument, { id: toHex(transfers[2]!.id) });
    const node = liar((answer: object) => ('transaction' in answer ? other : answer));
    assert.deepEqual(await provePayment({ node }, { network, id, now }), { status: 'invalidProof', fault: 'id' });
  });

  it('is not proved by a path to a block that the node’s own headers do not hold', async () => {
    const hash = (await node.ask<{ chain: { tip: { hash: string } } }>('{ chain { tip { hash } } }')).chain.tip.hash;
    const elsewhere = (block: object): object => ({ ...block, hash });
    const node2 = liar((answer: TransactionProofQuery) => {
      const proof = 'transaction' in answer ? answer.transaction?.proof : undefined;
      if (!proof) return answer;
      return { transaction: { ...answer.transaction!, proof: { ...proof, block: elsewhere(proof.block) as never } } };
    });
    assert.deepEqual(await provePayment({ node: node2 }, { network, id, now }), {
      status: 'invalidProof',
      fault: 'path',
    });
  });

  it('is not proved on another network’s chain', async () => {
    const other = testNetwork({ name: 'other' });
    const proof = await provePayment({ node: honest }, { network: other, id, now });
    assert.deepEqual([proof.status, 'rejection' in proof && proof.rejection.code], ['invalidChain', 'UNKNOWN_PARENT']);
  });
});

describe('a proof', () => {
  const check = (change: (transaction: ProvenTransaction) => object) => {
    const header = readHeader(network, told.proof!.block);
    const changed = { ...told, ...change(told) };
    return verifyProof({ network, header }, changed, changed.proof!);
  };
  const inProof = (change: object) => (transaction: ProvenTransaction) => ({
    proof: { ...transaction.proof!, ...change },
  });

  it('is good as the node gives it', () => {
    assert.equal(
      check(() => ({})),
      undefined,
    );
    assert.equal(told.proof!.path.length, 3);
  });

  it('is refused when one character of any hash of the path is changed', () => {
    for (const [at, hash] of told.proof!.path.entries()) {
      for (let i = 0; i < 64; i++) {
        const path = told.proof!.path.with(at, flip(hash, i));
        assert.equal(check(inProof({ path })), 'path', `hash ${at}, character ${i}`);
      }
    }
  });

  it('is refused when one character of the leaf, the id, or the signature is changed', () => {
    for (let i = 0; i < 64; i++) {
      assert.equal(check(inProof({ leaf: flip(told.proof!.leaf, i) })), 'leaf');
      assert.equal(
        check(({ id }) => ({ id: flip(id, i) })),
        'id',
      );
    }
    for (let i = 0; i < 128; i++)
      assert.equal(
        check(({ signature }) => ({ signature: flip(signature, i) })),
        'leaf',
      );
  });

  for (const [field, wrong, fault] of [
    ['amount', '8', 'id'],
    ['fee', '1', 'id'],
    ['nonce', '4', 'id'],
    ['memo', 'bill 4', 'id'],
    ['sender', transactionInput(network, transfers[0]!)['recipient'], 'id'],
    ['amount', '0x7', 'fields'],
    ['recipient', 'cortest1nonsense', 'fields'],
    ['signature', 'ff', 'fields'],
  ] as const) {
    it(`is refused with ${field} ${JSON.stringify(wrong)}: ${fault}`, () => {
      assert.equal(
        check(() => ({ [field]: wrong })),
        fault,
      );
    });
  }

  it('is refused when a miner put a transaction into a block that its sender did not sign', () => {
    const { signature } = transfers[1]!;
    const forged = createTransaction(network.chainId, transfers[0]!, signature);
    const { header } = mineBlock({ network, parent: network.genesis.header, transactions: [forged] });
    const block = { ...told.proof!.block, hash: toHex(header.hash) };
    const fields = { ...told, ...transactionInput(network, forged), id: toHex(forged.id) };
    const proof = { block, index: 0, path: [], leaf: toHex(forged.leaf) };
    assert.equal(verifyProof({ network, header }, fields, proof), 'signature');
  });

  it('is refused with another index, a shorter or a longer path, a path of no hashes, or another block', () => {
    const { path } = told.proof!;
    for (const index of [0, 2, 4, 5, -1, 1.5]) assert.equal(check(inProof({ index })), 'path');
    assert.equal(check(inProof({ path: path.slice(1) })), 'path');
    assert.equal(check(inProof({ path: [...path, path[0]] })), 'path');
    assert.equal(check(inProof({ path: path.with(0, 'zz') })), 'fields');
    assert.equal(check(inProof({ block: { ...told.proof!.block, hash: flip(id, 0) } })), 'header');
  });
});

describe('the headers of a node', () => {
  it('are followed page by page, and go on where they ended', async () => {
    const chain = new HeaderChain(network);
    const heights: number[] = [];
    const sync = () =>
      syncHeaders({ node: honest }, { chain, network, now, found: ({ height }) => heights.push(height) });
    assert.equal(await sync(), undefined);
    await node.admin(MINE);
    assert.equal(await sync(), undefined);
    assert.deepEqual(heights, [1, 2, 3, 4]);
  });
});

/** The text with one hexadecimal character changed. */
function flip(text: string, at: number): string {
  return text.slice(0, at) + (Number.parseInt(text[at]!, 16) ^ 1).toString(16) + text.slice(at + 1);
}
