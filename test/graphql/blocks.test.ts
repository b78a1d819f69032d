import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Block } from '../../src/consensus/block.js';
import { toHex } from '../../src/crypto/bytes.js';
import type { Services } from '../../src/graphql/services.js';
import { QueueFullError } from '../../src/util/serialQueue.js';
import { mineBlock, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { at, testApi } from './testApi.js';
import { testServices } from './testServices.js';

const network = testNetwork();
const transactions = [transfer({ network, from: testAccount(0), to: testAccount(1), amount: 5n, nonce: 0 })];
const block = mineBlock({ network, parent: network.genesis.header, transactions });

const RESULT = `{ __typename ... on Rejected { code message } ... on BlockAccepted { alreadyKnown onBestChain block { hash height confirmations }
  reorganization { disconnected connected returned commonAncestor { height } oldTip { hash } newTip { hash } } } }`;
const RECEIVE = `mutation ($block: BlockInput!) { receiveBroadcastBlock(block: $block) ${RESULT} }`;

function blockInput(
  { header, transactions: list }: Block,
  input: ReturnType<typeof testApi>['input'],
  address: ReturnType<typeof testApi>['address'],
) {
  return {
    height: header.height,
    previousHash: toHex(header.previousHash),
    transactionsRoot: toHex(header.transactionsRoot),
    timestamp: new Date(header.timestamp).toISOString(),
    target: header.target,
    miner: address(header.miner),
    nonce: header.nonce.toString(),
    transactions: list.map(input),
  };
}

function receiver(overrides?: Partial<Services>) {
  const api = testApi(overrides);
  const encode = (given: Block) => blockInput(given, api.input, api.address);
  const receive = async (given: object) => at(await api.ask(RECEIVE, { block: given }), 'receiveBroadcastBlock');
  return { ...api, encode, receive };
}

describe('receiveBroadcastBlock', () => {
  it('connects a block, answers from the state after it, and knows it the next time', async () => {
    const { receive, encode } = receiver();
    const accepted = {
      __typename: 'BlockAccepted',
      onBestChain: true,
      block: { hash: toHex(block.header.hash), height: 1, confirmations: 1 },
      reorganization: null,
    };
    assert.deepEqual(await receive(encode(block)), { ...accepted, alreadyKnown: false });
    assert.deepEqual(await receive(encode(block)), { ...accepted, alreadyKnown: true });
  });

  // genesis ── block
  //        └── b1 ── b2      b2 has more work
  it('reports a side branch and the reorganization to it', async () => {
    const { receive, encode } = receiver();
    const b1 = mineBlock({ network, parent: network.genesis.header, miner: testAccount(3) });
    const b2 = mineBlock({ network, parent: b1.header });
    await receive(encode(block));
    assert.equal(at(await receive(encode(b1)), 'onBestChain'), false);
    assert.deepEqual(at(await receive(encode(b2)), 'reorganization'), {
      disconnected: 1,
      connected: 2,
      returned: 1,
      commonAncestor: { height: 0 },
      oldTip: { hash: toHex(block.header.hash) },
      newTip: { hash: toHex(b2.header.hash) },
    });
  });

  it('answers a refusal by the rules with a code', async () => {
    const { receive, encode, input } = receiver();
    const good = encode(block);
    const code = async (change: object) => at(await receive({ ...good, ...change }), 'code');
    assert.equal(
      await code({ transactionsRoot: 'ee'.repeat(32), nonce: '0', target: 0x1d00ffff }),
      'INVALID_PROOF_OF_WORK',
    );
    assert.equal(await code({ height: -1 }), 'MALFORMED');
    assert.equal(await code({ target: -1 }), 'MALFORMED');
    const other = transfer({ network, from: testAccount(0), to: testAccount(1), amount: 6n, nonce: 0 });
    assert.equal(await code({ transactions: [input(other)] }), 'INVALID_TRANSACTIONS_ROOT');
    assert.deepEqual(await receive({ ...good, transactions: [{ ...good.transactions[0], memo: 'x'.repeat(65) }] }), {
      __typename: 'Rejected',
      code: 'INVALID_TRANSACTION',
      message: 'transaction 0 of the block: MALFORMED: memo: expected at most 64 bytes of UTF-8, got 65',
    });
    const orphan = mineBlock({ network, parent: mineBlock({ network, parent: block.header }).header });
    assert.equal(at(await receive(encode(orphan)), 'code'), 'UNKNOWN_PARENT');
    assert.equal(at(await receive(good), '__typename'), 'BlockAccepted');
  });

  it('threat body-without-work: looks at no transaction of a block without proof of work', async () => {
    const { receive, encode } = receiver();
    const good = encode(block);
    const transactions = [{ ...good.transactions[0], memo: 'x'.repeat(65) }];
    assert.equal(at(await receive({ ...good, transactions }), 'code'), 'INVALID_TRANSACTION');
    const withoutWork = { ...good, transactions, target: 0x1d00ffff };
    assert.equal(at(await receive(withoutWork), 'code'), 'INVALID_PROOF_OF_WORK');
  });

  it('passes the sender on', async () => {
    const givers: (string | undefined)[] = [];
    const { ask, encode } = receiver({
      relay: {
        ...testServices().services.relay,
        receiveBlock: (_block, giver) => {
          givers.push(giver);
          return Promise.resolve({
            status: 'rejected',
            rejection: { code: 'CANCELLED', reason: 'stopped' },
            invalid: false,
          });
        },
      },
    });
    await ask(RECEIVE, { block: encode(block) }, { giver: 'cd'.repeat(32) });
    assert.deepEqual(givers, ['cd'.repeat(32)]);
  });

  it('is BUSY when too many blocks are under way', async () => {
    const { execute, encode, logged } = receiver({
      relay: { ...testServices().services.relay, receiveBlock: () => Promise.reject(new QueueFullError(256)) },
    });
    const { errors } = await execute(RECEIVE, { block: encode(block) });
    assert.equal(errors[0]?.extensions['code'], 'BUSY');
    assert.match(errors[0].message, /at most 256 waiting tasks/);
    assert.deepEqual(logged, []);
  });
});
