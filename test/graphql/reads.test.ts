import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '../../src/crypto/bytes.js';
import { verifyAuditPath } from '../../src/crypto/merkle.js';
import { COIN } from '../../src/consensus/network.js';
import { testAccount, transfer } from '../support/blocks.js';
import { at, testApi } from './testApi.js';

const alice = testAccount(0);
const bob = testAccount(1);

describe('chain', () => {
  it('gives tip, work, difficulty, subsidy and supply of one state', async () => {
    const { ask, mine, network } = testApi();
    const block = await mine();
    const { chain } = (await ask(
      '{ chain { id network height work difficulty subsidy supply tip { hash confirmations reward } genesis { hash height } } }',
    )) as { chain: Record<string, unknown> };
    assert.deepEqual(chain, {
      id: toHex(network.chainId),
      network: 'test',
      height: 1,
      work: '4',
      difficulty: '2',
      subsidy: (10n * COIN).toString(),
      supply: (4n * 1_000n * COIN + 10n * COIN).toString(),
      tip: { hash: toHex(block.header.hash), confirmations: 1, reward: (10n * COIN).toString() },
      genesis: { hash: toHex(network.chainId), height: 0 },
    });
  });

  it('pages through its blocks while new ones arrive', async () => {
    const { ask, mine } = testApi();
    for (let i = 0; i < 3; i++) await mine();
    const query =
      '($after: String) { chain { blocks(first: 2, after: $after) { nodes { height } totalCount pageInfo { endCursor hasNextPage } } } }';
    const first = at(await ask(`query ${query}`), 'chain', 'blocks');
    assert.deepEqual(at(first, 'nodes'), [{ height: 0 }, { height: 1 }]);
    await mine();
    const second = at(await ask(`query ${query}`, { after: at(first, 'pageInfo', 'endCursor') }), 'chain', 'blocks');
    assert.deepEqual(at(second, 'nodes'), [{ height: 2 }, { height: 3 }]);
    assert.equal(at(second, 'totalCount'), 5);
    assert.equal(at(second, 'pageInfo', 'hasNextPage'), true);
  });

  it('gives the headers after the first locator hash it knows, else after genesis', async () => {
    const { ask, execute, mine } = testApi();
    const [one, two] = [await mine(), await mine(), await mine()];
    const query =
      'query ($locator: [Hash!]!, $first: Int! = 2000) { chain { headersAfter(locator: $locator, first: $first) { height } } }';
    const heights = async (locator: string[], first?: number) =>
      at(await ask(query, { locator, ...(first !== undefined && { first }) }), 'chain', 'headersAfter');
    const unknown = 'ee'.repeat(32);
    assert.deepEqual(await heights([unknown, toHex(one.header.hash)]), [{ height: 2 }, { height: 3 }]);
    assert.deepEqual(await heights([toHex(two.header.hash), toHex(one.header.hash)]), [{ height: 3 }]);
    assert.deepEqual(await heights([], 1), [{ height: 1 }]);
    assert.deepEqual(await heights([], 0), []);
    const tooMany = await execute(query, { locator: Array.from({ length: 102 }, () => unknown) });
    assert.match(tooMany.errors[0]!.message, /locator: expected at most 101, got 102/);
    const tooHigh = await execute(query, { locator: [], first: 2001 });
    assert.match(tooHigh.errors[0]!.message, /first: expected 0 to 2000, got 2001/);
  });

  // genesis ── a1 ── a2      a2 is the tip
  //        └── b1            b1 is a side branch
  it('shows the tips of side branches, most work first', async () => {
    const { ask, mine, network } = testApi();
    await mine();
    const a2 = await mine();
    const b1 = await mine({ parent: network.genesis.header, miner: bob });
    const tips = at(
      await ask('{ chain { tips { block { hash confirmations } forkHeight branchLength status } } }'),
      'chain',
      'tips',
    );
    assert.deepEqual(tips, [
      { block: { hash: toHex(a2.header.hash), confirmations: 1 }, forkHeight: 2, branchLength: 0, status: 'ACTIVE' },
      {
        block: { hash: toHex(b1.header.hash), confirmations: 0 },
        forkHeight: 0,
        branchLength: 1,
        status: 'VALID_FORK',
      },
    ]);
  });
});

describe('block', () => {
  it('is found by height on the best chain and by hash on any branch', async () => {
    const { ask, mine, network } = testApi();
    await mine();
    const side = await mine({ parent: network.genesis.header, miner: bob });
    const answer = await ask(
      'query ($hash: Hash!) { a: block(height: 1) { height } b: block(hash: $hash) { confirmations } c: block(height: 2) { height } }',
      {
        hash: toHex(side.header.hash),
      },
    );
    assert.deepEqual(answer, { a: { height: 1 }, b: { confirmations: 0 }, c: null });
  });

  it('wants exactly one of height and hash', async () => {
    const { execute, network } = testApi();
    const both = `block(height: 0, hash: "${toHex(network.chainId)}")`;
    for (const [field, message] of [
      ['block', /expected exactly one of height and hash, got none/],
      [both, /expected exactly one of height and hash, got both/],
      ['block(height: -1)', /height: expected 0 or above, got -1/],
    ] as const) {
      const { errors } = await execute(`{ ${field} { hash } }`);
      assert.match(errors[0]!.message, message);
      assert.equal(errors[0]!.extensions['code'], 'BAD_USER_INPUT');
    }
  });

  it('bodies come by hash, unknown ones as null, at most 128', async () => {
    const { ask, execute, mine } = testApi();
    const block = await mine();
    const query = 'query ($hashes: [Hash!]!) { blocks(hashes: $hashes) { height } }';
    const unknown = 'ee'.repeat(32);
    assert.deepEqual(await ask(query, { hashes: [unknown, toHex(block.header.hash)] }), {
      blocks: [null, { height: 1 }],
    });
    const { errors } = await execute(query, { hashes: Array.from({ length: 129 }, () => unknown) });
    assert.match(errors[0]!.message, /hashes: expected at most 128, got 129/);
  });
});

describe('transaction', () => {
  const query = `query ($id: Hash!) { transaction(id: $id) { amount fee memo nonce
    status { __typename ... on TransactionPending { since } ... on TransactionQueued { missingNonce }
      ... on TransactionConfirmed { index confirmations block { height } } ... on TransactionDropped { at reason { code message } } }
    proof { index leaf path block { transactionCount transactionsRoot } } } }`;

  it('is pending, then confirmed with a proof that holds', async () => {
    const { ask, mine, network, services } = testApi();
    const transactions = [0, 1, 2].map((nonce) =>
      transfer({ network, from: alice, to: bob, amount: 5n, fee: 2n, nonce, memo: 'tea' }),
    );
    await services.relay.receiveTransactions(transactions, undefined);
    const id = toHex(transactions[1]!.id);
    assert.deepEqual(at(await ask(query, { id }), 'transaction'), {
      amount: '5',
      fee: '2',
      memo: 'tea',
      nonce: '1',
      status: { __typename: 'TransactionPending', since: new Date(network.timestamp + 60_000).toISOString() },
      proof: null,
    });
    const block = await mine({ transactions });
    const confirmed = at(await ask(query, { id }), 'transaction');
    assert.deepEqual(at(confirmed, 'status'), {
      __typename: 'TransactionConfirmed',
      index: 1,
      confirmations: 1,
      block: { height: 1 },
    });
    const path = (at(confirmed, 'proof', 'path') as string[]).map((hash) => Buffer.from(hash, 'hex'));
    assert.equal(at(confirmed, 'proof', 'leaf'), toHex(transactions[1]!.leaf));
    assert.ok(verifyAuditPath(transactions[1]!.leaf, 1, 3, path, block.header.transactionsRoot));
    assert.deepEqual(
      at(
        await ask('{ chain { tip { reward transactions(last: 1) { nodes { nonce } totalCount } } } }'),
        'chain',
        'tip',
      ),
      {
        reward: (10n * COIN + 6n).toString(),
        transactions: { nodes: [{ nonce: '2' }], totalCount: 3 },
      },
    );
  });

  it('is queued while an earlier nonce is missing, dropped when another takes its place, null when unknown', async () => {
    const { ask, network, services } = testApi();
    const queued = transfer({ network, from: alice, to: bob, amount: 1n, nonce: 2 });
    const replaced = transfer({ network, from: alice, to: bob, amount: 1n, nonce: 0 });
    const better = transfer({ network, from: alice, to: bob, amount: 1n, nonce: 0, fee: 100n });
    for (const transaction of [queued, replaced, better])
      await services.relay.receiveTransactions([transaction], undefined);
    const status = async (id: Uint8Array) => at(await ask(query, { id: toHex(id) }), 'transaction', 'status');
    assert.deepEqual(await status(queued.id), { __typename: 'TransactionQueued', missingNonce: '1' });
    assert.equal(at(await status(replaced.id), '__typename'), 'TransactionDropped');
    assert.equal(at(await status(replaced.id), 'reason', 'code'), 'NONCE_CONFLICT');
    assert.deepEqual(await ask(query, { id: 'ee'.repeat(32) }), { transaction: null });
  });

  it('of a block off the best chain is dropped, with the best chain’s reason', async () => {
    const { ask, mine, network } = testApi();
    const ours = transfer({ network, from: alice, to: bob, amount: 1n, nonce: 0 });
    const theirs = transfer({ network, from: alice, to: bob, amount: 2n, nonce: 0 });
    await mine({ transactions: [ours] });
    const side = await mine({ parent: network.genesis.header, transactions: [theirs] });
    const answer = await ask(
      'query ($hash: Hash!) { block(hash: $hash) { transactions { nodes { amount status { ... on TransactionDropped { at reason { code } } } } } } }',
      { hash: toHex(side.header.hash) },
    );
    assert.deepEqual(at(answer, 'block', 'transactions', 'nodes'), [
      { amount: '2', status: { at: null, reason: { code: 'NONCE_TOO_LOW' } } },
    ]);
  });
});

describe('balance', () => {
  it('counts pending transactions in and out', async () => {
    const { ask, address, mine, network, services } = testApi();
    await mine({ transactions: [transfer({ network, from: alice, to: bob, amount: 7n, fee: 3n, nonce: 0 })] });
    await services.relay.receiveTransactions(
      [transfer({ network, from: alice, to: bob, amount: 100n, fee: 1n, nonce: 1 })],
      undefined,
    );
    const query =
      'query ($address: Address!) { balance(address: $address) { address confirmed available incoming nonce nextNonce asOf { height } transactions { nodes { amount } totalCount } } }';
    const of = async (publicKey: Uint8Array) => at(await ask(query, { address: address(publicKey) }), 'balance');
    const start = 1_000n * COIN;
    const transactions = { nodes: [{ amount: '7' }], totalCount: 1 };
    assert.deepEqual(await of(alice.publicKey), {
      address: address(alice.publicKey),
      confirmed: `${start - 10n}`,
      available: `${start - 111n}`,
      incoming: '0',
      nonce: '1',
      nextNonce: '2',
      asOf: { height: 1 },
      transactions,
    });
    assert.deepEqual(await of(bob.publicKey), {
      address: address(bob.publicKey),
      confirmed: `${start + 7n}`,
      available: `${start + 7n}`,
      incoming: '100',
      nonce: '0',
      nextNonce: '0',
      asOf: { height: 1 },
      transactions,
    });
    const nobody = await of(testAccount(50).publicKey);
    assert.equal(at(nobody, 'confirmed'), '0');
  });

  it('lists every account, richest first, or those that are named', async () => {
    const { ask, address, execute, mine, network } = testApi();
    await mine({
      transactions: [transfer({ network, from: alice, to: bob, amount: COIN, nonce: 0 })],
      miner: testAccount(2),
    });
    const query =
      'query ($addresses: [Address!], $first: Int, $after: String) { balances(addresses: $addresses, first: $first, after: $after) { nodes { address confirmed } totalCount pageInfo { endCursor hasNextPage } } }';
    const rich = at(await ask(query, { first: 2 }), 'balances');
    assert.deepEqual(at(rich, 'nodes'), [
      { address: address(testAccount(2).publicKey), confirmed: `${1_010n * COIN}` },
      { address: address(bob.publicKey), confirmed: `${1_001n * COIN}` },
    ]);
    const rest = at(await ask(query, { after: at(rich, 'pageInfo', 'endCursor') }), 'balances');
    assert.equal((at(rest, 'nodes') as unknown[]).length, 2);
    assert.equal(at(rest, 'totalCount'), 4);
    assert.equal(at(rest, 'pageInfo', 'hasNextPage'), false);
    const addresses = [alice, testAccount(60)].map(({ publicKey }) => address(publicKey));
    assert.deepEqual(at(await ask(query, { addresses }), 'balances', 'nodes'), [
      { address: addresses[0], confirmed: `${999n * COIN}` },
      { address: addresses[1], confirmed: '0' },
    ]);
    const tooMany = await execute(query, { addresses: Array.from({ length: 101 }, () => addresses[0]) });
    assert.match(tooMany.errors[0]!.message, /addresses: expected at most 100, got 101/);
  });
});
