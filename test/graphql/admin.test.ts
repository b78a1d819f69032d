import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StorageFullError } from '../../src/chain/chainStore.js';
import { PeerRefusedError } from '../../src/peers/peer.js';
import { encodeAddress } from '../../src/crypto/address.js';
import { SCOPES, type Scope } from '../../src/graphql/access.js';
import { createSchema } from '../../src/graphql/schema.js';
import type { Services } from '../../src/graphql/services.js';
import { testAccount, testNetwork } from '../support/blocks.js';
import { at, testApi } from './testApi.js';

const RECIPIENT = encodeAddress(testNetwork().addressPrefix, testAccount(1).publicKey);

/** Every admin operation, and the scope that it needs. */
const OPERATIONS: readonly (readonly [operation: string, scope: Scope])[] = [
  ['query { wallet { locked } }', 'read-private'],
  ['query { vitals { memoryBytes } }', 'read-private'],
  ['query { log { message } }', 'read-private'],
  ['query { spenders { user } }', 'read-private'],
  ['mutation { mineBlocks { __typename } }', 'mine'],
  ['mutation { startMining { mining } }', 'mine'],
  ['mutation { stopMining { mining } }', 'mine'],
  ['mutation { resolveConflicts { replaced } }', 'peers'],
  ['mutation { addPeer(url: "http://peer.example/graphql") { url } }', 'peers'],
  ['mutation { removePeer(url: "http://peer.example/graphql") }', 'peers'],
  ['mutation { createWallet(passphrase: "a") { __typename } }', 'send'],
  ['mutation { unlockWallet(passphrase: "a") { __typename } }', 'send'],
  ['mutation { lockWallet { __typename } }', 'send'],
  [`mutation { addTransaction(transaction: { recipient: "${RECIPIENT}", amount: "1" }) { __typename } }`, 'send'],
];

describe('an admin operation', () => {
  for (const [operation, scope] of OPERATIONS) {
    it(`${operation} needs the token`, async () => {
      const { ask, execute } = testApi();
      await ask(operation, {}, { admin: true });
      const { errors } = await execute(operation);
      assert.equal(errors[0]?.extensions['code'], 'UNAUTHENTICATED');
      assert.match(errors[0].message, /admin\.token/);
    });

    it(`${operation} needs a token with the scope ${scope}`, async () => {
      const { ask, execute } = testApi();
      await ask(operation, {}, { admin: [scope] });
      const others = SCOPES.filter((other) => ![scope, 'all'].includes(other));
      const { errors } = await execute(operation, {}, { admin: others });
      assert.equal(errors[0]?.extensions['code'], 'FORBIDDEN');
      assert.equal(
        errors[0].message,
        `expected an admin token with the scope ${scope}, got admin with ${others.join(', ')}`,
      );
    });
  }

  it('threat token-out-of-scope: a token permits its scopes alone, in every operation that the schema calls Admin', () => {
    const schema = createSchema(testNetwork());
    const fields = [schema.getQueryType()!, schema.getMutationType()!].flatMap((type) =>
      Object.values(type.getFields()),
    );
    const scopes = fields.flatMap(({ name, description }) => {
      const [, scope] = /^Admin, with the scope `([\w-]+)`/.exec(description ?? '') ?? [];
      return scope === undefined ? [] : [`${name} ${scope}`];
    });
    const tested = OPERATIONS.map(([operation, scope]) => `${/\{ (\w+)/.exec(operation)![1]!} ${scope}`);
    assert.deepEqual(scopes.sort(), tested.filter((text) => !text.startsWith('addTransaction')).sort());
  });
});

describe('mineBlocks', () => {
  const MINE =
    'mutation ($count: Int! = 1) { mineBlocks(count: $count) { __typename ... on BlockAccepted { onBestChain block { height confirmations } } ... on Rejected { code } } }';
  const admin = { admin: true };

  it('gives one result a block, as of the last one', async () => {
    const { ask, mine, chain, services } = testApi();
    const mineBlocks: Services['miner']['mineBlocks'] = async (count) => {
      for (let i = 0; i < count; i++) await mine();
      return chain.read((reader) => reader.headersFrom(1, count)).map((block) => ({ status: 'connected', block }));
    };
    Object.assign(services.miner, { mineBlocks });
    const results = at(await ask(MINE, { count: 2 }, admin), 'mineBlocks');
    const accepted = { __typename: 'BlockAccepted', onBestChain: true };
    assert.deepEqual(results, [
      { ...accepted, block: { height: 1, confirmations: 2 } },
      { ...accepted, block: { height: 2, confirmations: 1 } },
    ]);
  });

  it('ends with the first rejection, or with a full disk', async () => {
    const { ask, services } = testApi();
    const rejection = { code: 'CANCELLED', reason: 'a new tip came first' } as const;
    Object.assign(services.miner, { mineBlocks: () => Promise.resolve([{ status: 'rejected', rejection }]) });
    assert.deepEqual(await ask(MINE, {}, admin), { mineBlocks: [{ __typename: 'Rejected', code: 'CANCELLED' }] });
    Object.assign(services.miner, { mineBlocks: () => Promise.reject(new StorageFullError('no space')) });
    assert.deepEqual(await ask(MINE, {}, admin), { mineBlocks: [{ __typename: 'Rejected', code: 'STORAGE_FULL' }] });
  });

  it('mines 1 to 1,000', async () => {
    const { ask, execute } = testApi();
    await ask(MINE, { count: 1_000 }, admin);
    for (const count of [0, 1_001]) {
      const { errors } = await execute(MINE, { count }, admin);
      assert.match(errors[0]!.message, new RegExp(`count: expected 1 to 1000, got ${count}`));
    }
  });

  it('startMining without an account to pay is an error with the code of the rejection', async () => {
    const { execute, services } = testApi();
    Object.assign(services.miner, { start: () => ({ code: 'WALLET_UNAVAILABLE' }) });
    const { errors } = await execute('mutation { startMining { mining } }', {}, admin);
    assert.equal(errors[0]?.extensions['code'], 'WALLET_UNAVAILABLE');
  });
});

describe('what the operator looks at', () => {
  it('is answered in numbers, also of a terabyte', async () => {
    const { ask } = testApi();
    const query =
      '{ vitals { hindrances { code message } loopHoldsMs memoryBytes heapLimitBytes queues { name items } databases { name fileBytes usedBytes liveBytes views } diskFreeBytes diskTotalBytes } }';
    assert.deepEqual(await ask(query, {}, { admin: true }), {
      vitals: {
        hindrances: [],
        loopHoldsMs: [0.5, 12],
        memoryBytes: 2 ** 33,
        heapLimitBytes: 2 ** 34,
        queues: [{ name: 'relay', items: 3 }],
        databases: [{ name: 'chain', fileBytes: 2 ** 40, usedBytes: 7, liveBytes: 5, views: 1 }],
        diskFreeBytes: null,
        diskTotalBytes: null,
      },
    });
  });

  it('names who spent most of which budget, in whole numbers', async () => {
    const { ask, services } = testApi();
    const spent = { user: '198.51.100.7', burst: 2_500, refused: 3 };
    Object.assign(services.operator, { spenders: () => [{ ...spent, kind: 'requests', left: -0.5 }] });
    assert.deepEqual(await ask('{ spenders { user kind left burst refused } }', {}, { admin: true }), {
      spenders: [{ ...spent, kind: 'REQUESTS', left: -1 }],
    });
  });

  it('in the log are 1 to 500 lines', async () => {
    const { ask, execute, services } = testApi();
    const asked: number[] = [];
    const log = (last: number) => {
      asked.push(last);
      return [{ at: 0, level: 'info', message: 'synced', details: '{"height":7}' }];
    };
    Object.assign(services.operator, { log });
    const query = 'query ($last: Int! = 100) { log(last: $last) { at level message details } }';
    const line = { at: '1970-01-01T00:00:00.000Z', level: 'info', message: 'synced', details: '{"height":7}' };
    assert.deepEqual(await ask(query, { last: 500 }, { admin: true }), { log: [line] });
    await ask(query, {}, { admin: true });
    assert.deepEqual(asked, [500, 100]);
    for (const last of [0, 501]) {
      const { errors } = await execute(query, { last }, { admin: true });
      assert.match(errors[0]!.message, new RegExp(`last: expected 1 to 500, got ${last}`));
    }
  });
});

describe('peers', () => {
  it('addPeer says why it refuses', async () => {
    const { execute, services, logged } = testApi();
    Object.assign(services.peers, {
      add: () => Promise.reject(new PeerRefusedError('SELF', 'expected another node, got this one')),
    });
    const { errors } = await execute(
      'mutation { addPeer(url: "http://127.0.0.1:1/graphql") { url } }',
      {},
      { admin: true },
    );
    assert.equal(errors[0]?.message, 'expected another node, got this one');
    assert.deepEqual(errors[0].extensions, { code: 'PEER_REFUSED', reason: 'SELF' });
    assert.deepEqual(logged, []);
  });

  it('are listed with all known facts', async () => {
    const { ask, services } = testApi();
    const peer = {
      url: 'http://a.example/graphql',
      status: 'BANNED',
      consecutiveFailures: 2,
      standing: -100,
      queued: 1,
    } as const;
    Object.assign(services.peers, { list: () => [{ ...peer, bannedUntil: 0, latencyMs: 3 }] });
    assert.deepEqual(
      await ask(
        '{ peers { url status height version lastSeen latencyMs consecutiveFailures standing bannedUntil queued } }',
      ),
      {
        peers: [
          {
            ...peer,
            height: null,
            version: null,
            lastSeen: null,
            latencyMs: 3,
            bannedUntil: '1970-01-01T00:00:00.000Z',
          },
        ],
      },
    );
  });
});

describe('the wallet', () => {
  const admin = { admin: true };

  it('shows its account and never its key', async () => {
    const { ask, address, services } = testApi();
    const state = { publicKey: testAccount(0).publicKey, locked: false };
    Object.assign(services.wallet, { state: () => state, create: () => Promise.resolve(state) });
    const wallet = { address: address(state.publicKey), locked: false, balance: { confirmed: '100000000000' } };
    assert.deepEqual(await ask('{ wallet { address locked balance { confirmed } } }', {}, admin), { wallet });
    const created = await ask(
      'mutation { createWallet(passphrase: "a") { ... on Wallet { address locked balance { confirmed } } } }',
      {},
      admin,
    );
    assert.deepEqual(created, { createWallet: wallet });
  });

  it('answers with a code: exists, unavailable', async () => {
    const { ask } = testApi();
    const answer = await ask(
      'mutation { createWallet(passphrase: "a") { ... on Rejected { code message } } unlockWallet(passphrase: "a") { ... on Rejected { code } } }',
      {},
      admin,
    );
    assert.equal(at(answer, 'createWallet', 'code'), 'WALLET_EXISTS');
    assert.equal(at(answer, 'unlockWallet', 'code'), 'WALLET_UNAVAILABLE');
  });

  it('wants a passphrase of 1 to 1,024 characters, and repeats none in an error', async () => {
    const { ask, execute } = testApi();
    const CREATE = 'mutation ($passphrase: String!) { createWallet(passphrase: $passphrase) { __typename } }';
    await ask(CREATE, { passphrase: 'x'.repeat(1_024) }, admin);
    const { errors } = await execute(CREATE, { passphrase: 'secret'.repeat(200) }, admin);
    assert.match(errors[0]!.message, /passphrase: expected 1 to 1024 characters, got 1200/);
    assert.doesNotMatch(JSON.stringify(errors), /secret/);
    assert.equal((await execute(CREATE, { passphrase: '' }, admin)).errors.length, 1);
  });
});
