import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatErrors } from '../../src/graphql/errors.js';
import { rateLimited } from '../../src/graphql/limits.js';
import { STARTING_BALANCE, testAccount, transfer } from '../support/blocks.js';
import { at, testApi } from './testApi.js';

describe('an error', () => {
  it('is told without what it says of the HTTP head, by whatever connection', () => {
    const shortage = { kind: 'cost', message: 'expected less', retryAfter: 2 } as const;
    const [told] = formatErrors([rateLimited(shortage)], { error: () => undefined });
    assert.deepEqual(told, { message: 'expected less', extensions: { code: 'RATE_LIMITED', retryAfter: 2 } });
  });

  it("of the node's own is logged whole and answered as an internal error", async () => {
    const { execute, logged, services } = testApi();
    const bug = new Error('the key of the safe is 1234');
    Object.assign(services.peers, {
      list: () => {
        throw bug;
      },
    });
    const { errors } = await execute('{ peers { url } }');
    assert.equal(errors[0]!.message, 'internal error');
    assert.deepEqual(errors[0]!.extensions, { code: 'INTERNAL_SERVER_ERROR' });
    assert.doesNotMatch(JSON.stringify(errors), /1234/);
    assert.equal(at(logged, 0, 'details', 'err'), bug);
    assert.deepEqual(at(logged, 0, 'details', 'path'), ['peers']);
  });

  it('in a variable is BAD_USER_INPUT, one in a literal is found before anything runs', async () => {
    const { execute, logged, address } = testApi();
    const query = 'query ($a: Address!) { balance(address: $a) { confirmed } }';
    const good = address(testAccount(0).publicKey);
    const wrong = good.slice(0, -1) + (good.endsWith('q') ? 'p' : 'q');
    assert.equal((await execute(query, { a: good })).errors.length, 0);
    const variable = await execute(query, { a: wrong });
    assert.equal(variable.errors[0]?.extensions['code'], 'BAD_USER_INPUT');
    assert.match(variable.errors[0].message, /checksum/);
    const literal = await execute(`{ balance(address: "${wrong}") { confirmed } }`);
    assert.match(literal.errors[0]!.message, /checksum/);
    assert.equal(literal.errors[0]!.extensions['code'], 'BAD_USER_INPUT');
    assert.deepEqual(logged, []);
  });
});

describe('one request', () => {
  const CHAIN = 'chain { height tip { hash } blocks(last: 1) { nodes { hash confirmations } } }';

  it('sees one state of the chain, even where it waits', async () => {
    const { execute, input, mine, network, services, snapshots } = testApi();
    const pay = (amount: bigint) => transfer({ network, from: testAccount(0), to: testAccount(1), amount, nonce: 0 });
    Object.assign(services.admission, {
      check: async () => {
        await mine({ transactions: [pay(500n)] });
        return undefined;
      },
    });
    const query = `query ($t: SignedTransactionInput!) { chain { height }
      checkTransaction(transaction: $t) { ... on TransactionValid { availableAfter } } }`;
    const { data } = await execute(query, { t: input(pay(1n)) });
    assert.equal(at(data, 'chain', 'height'), 0);
    assert.equal(at(data, 'checkTransaction', 'availableAfter'), `${STARTING_BALANCE - 1n}`);
    assert.deepEqual(snapshots, { open: 0, taken: 1 });
    assert.equal(at((await execute(`{ ${CHAIN} }`)).data, 'chain', 'height'), 1);
  });

  it('with several mutations answers each from the state after it', async () => {
    const { ask, mine, services, snapshots } = testApi();
    Object.assign(services.miner, { stop: () => undefined });
    Object.assign(services.sync, {
      resolve: async () => {
        const block = await mine();
        const snapshot = services.chain.snapshot();
        const tip = snapshot.header(block.header.hash);
        snapshot.release();
        return { replaced: true, tip, reorganization: undefined, asked: [] };
      },
    });
    const answer = await ask(
      'mutation { a: resolveConflicts { tip { height confirmations } } b: resolveConflicts { tip { height confirmations } } }',
      {},
      { admin: true },
    );
    assert.deepEqual(answer, {
      a: { tip: { height: 1, confirmations: 1 } },
      b: { tip: { height: 2, confirmations: 1 } },
    });
    assert.equal(snapshots.open, 0);
  });

  it('takes no view of the chain where it reads nothing of it, and gives it back after an error', async () => {
    const { execute, snapshots } = testApi();
    await execute('{ nodeInfo { id } }');
    assert.equal(snapshots.taken, 0);
    await execute('{ chain { height } block { hash } }');
    assert.deepEqual(snapshots, { open: 0, taken: 1 });
  });
});
