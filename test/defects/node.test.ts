import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { toHex } from '../../src/crypto/bytes.js';
import { testAccount, testNetwork, transfer } from '../support/blocks.js';
import type { LogLine } from '../support/logger.js';
import { addressOf, startTestNode, transactionInput } from '../support/node.js';
import { ADD, BALANCE, CHAIN, MINE, type Outcome } from '../support/operations.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const network = testNetwork();
const [alice, bob] = [testAccount(0), testAccount(1)];
const CREATE = `mutation ($passphrase: String!) { outcome: createWallet(passphrase: $passphrase) {
  __typename ... on Wallet { address locked } ... on Rejected { code message } } }`;
const UNLOCK = CREATE.replaceAll('createWallet', 'unlockWallet');
const passphrase = 'correct horse battery staple';

describe('defects of the original: wallet, access, storage', () => {
  it('#21 the private key is served to any web page: it is in no response, log or readable file, and no origin is allowed', async () => {
    const log: LogLine[] = [];
    const node = await startTestNode({ network, log });
    const created = await node.admin(CREATE, { passphrase });
    const unlocked = await node.admin(UNLOCK, { passphrase });
    const payment = { recipient: addressOf(network, bob), amount: '1' };
    const sent = await node.admin<{ outcome: Outcome }>(ADD, { t: payment });
    assert.equal(sent.outcome.code, 'INSUFFICIENT_FUNDS');
    const schema = await node.ask('{ __schema { types { name fields { name } } } }');
    assert.doesNotMatch(JSON.stringify(schema), /private|secret|seed|passphrase/i);
    assert.doesNotMatch(inspect([created, unlocked, log], { depth: null }), new RegExp(passphrase));
    const response = await fetch(node.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'http://evil.example' },
      body: JSON.stringify({ query: '{ nodeInfo { id } }' }),
    });
    assert.equal(response.headers.get('access-control-allow-origin'), null);
    const rebound = await fetch(node.url.replace('/graphql', '/health'));
    assert.equal(rebound.status, 200);
  });

  it('#22 making a wallet overwrites the old one: WALLET_EXISTS, and the file is the same', async () => {
    const node = await startTestNode({ network });
    await node.admin(CREATE, { passphrase });
    const before = readFileSync(join(node.data, 'wallet.json'));
    const { outcome } = await node.admin<{ outcome: Outcome }>(CREATE, { passphrase: 'another one' });
    assert.equal(outcome.code, 'WALLET_EXISTS');
    assert.deepEqual(readFileSync(join(node.data, 'wallet.json')), before);
  });

  it('#23 keys in clear text: encrypted, in files that only the owner reads', async () => {
    const node = await startTestNode({ network });
    await node.admin(CREATE, { passphrase });
    const text = readFileSync(join(node.data, 'wallet.json'), 'utf8');
    assert.doesNotMatch(text, /seed|secret/i);
    for (const name of ['wallet.json', 'admin.token', 'node.key']) {
      assert.equal(statSync(join(node.data, name)).mode & 0o077, 0, name);
    }
    assert.equal(statSync(node.data).mode & 0o077, 0);
  });

  it('#25 no authentication: admin operations need the token, and the node listens on loopback', async () => {
    const node = await startTestNode({ network });
    for (const operation of [
      '{ wallet { address } }',
      'mutation { mineBlocks { __typename } }',
      'mutation { startMining { id } }',
      'mutation { stopMining { id } }',
      'mutation { resolveConflicts { replaced } }',
      'mutation { addPeer(url: "http://127.0.0.1:1/graphql") { url } }',
      'mutation { removePeer(url: "http://127.0.0.1:1/graphql") }',
      'mutation { createWallet(passphrase: "x") { __typename } }',
      'mutation { unlockWallet(passphrase: "x") { __typename } }',
      'mutation { lockWallet { __typename } }',
      `mutation { addTransaction(transaction: { recipient: "${addressOf(network, bob)}", amount: "1" }) { __typename } }`,
    ]) {
      await assert.rejects(node.ask(operation), /UNAUTHENTICATED/, operation);
      await node
        .admin(operation)
        .catch((error: unknown) => assert.doesNotMatch(String(error), /UNAUTHENTICATED/, operation));
    }
    assert.equal(new URL(node.url).hostname, '127.0.0.1');
  });

  it('#27 the whole chain in every answer: pages, with a hard limit', async () => {
    const node = await startTestNode({ network });
    await node.admin(MINE, { count: 5 });
    const page = (args: string) =>
      `{ chain { blocks(${args}) { nodes { height } totalCount pageInfo { hasNextPage endCursor } } } }`;
    interface Page {
      chain: {
        blocks: {
          nodes: { height: number }[];
          totalCount: number;
          pageInfo: { hasNextPage: boolean; endCursor: string };
        };
      };
    }
    const first = (await node.ask<Page>(page('first: 2'))).chain.blocks;
    assert.deepEqual(
      [first.nodes.map(({ height }) => height), first.totalCount, first.pageInfo.hasNextPage],
      [[0, 1], 6, true],
    );
    const next = (await node.ask<Page>(page(`first: 2, after: "${first.pageInfo.endCursor}"`))).chain.blocks;
    assert.deepEqual(
      next.nodes.map(({ height }) => height),
      [2, 3],
    );
    await assert.rejects(node.ask(page('first: 101')), /BAD_USER_INPUT/);
  });

  it('#28 state is rewritten whole and lost silently: a restart has the same chain and mempool', async () => {
    const data = temporaryFolder();
    const node = await startTestNode({ network, data });
    const t = (nonce: number) =>
      transactionInput(network, transfer({ network, from: alice, to: bob, amount: 2n, nonce }));
    await node.ask(ADD, { t: t(0) });
    await node.admin(MINE);
    await node.ask(ADD, { t: t(1) });
    const before = await node.ask(CHAIN);
    await node.close();
    const again = await startTestNode({ network, data });
    assert.deepEqual(await again.ask(CHAIN), before);
    const { balance } = await again.ask<{ balance: Record<string, unknown> }>(BALANCE, {
      address: addressOf(network, alice),
    });
    assert.deepEqual([balance.nonce, balance.nextNonce], ['1', '2']);
  });

  it('#31 status codes as meaning: expected failures are typed data, never an HTTP error', async () => {
    const node = await startTestNode({ network });
    const unfunded = transfer({ network, from: testAccount(61), to: bob, amount: 1n, nonce: 0 });
    const response = await fetch(node.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: ADD, variables: { t: transactionInput(network, unfunded) } }),
    });
    assert.equal(response.status, 200);
    const { data, errors } = (await response.json()) as { data: { outcome: Outcome }; errors?: unknown };
    assert.deepEqual(
      [data.outcome.__typename, data.outcome.code, errors],
      ['Rejected', 'INSUFFICIENT_FUNDS', undefined],
    );
  });

  it('#32 no limits: a sender’s transactions, a batch, a memo and a query are bounded', async () => {
    const node = await startTestNode({ network });
    const [ahead] = [17].map((nonce) =>
      transactionInput(network, transfer({ network, from: alice, to: bob, amount: 1n, nonce })),
    );
    assert.equal((await node.ask<{ outcome: Outcome }>(ADD, { t: ahead })).outcome.code, 'NONCE_TOO_HIGH');
    const t = transactionInput(network, transfer({ network, from: alice, to: bob, amount: 1n, nonce: 0 }));
    assert.equal(
      (await node.ask<{ outcome: Outcome }>(ADD, { t: { ...t, memo: 'ü'.repeat(33) } })).outcome.code,
      'MALFORMED',
    );
    const many = 'mutation ($t: [SignedTransactionInput!]!) { addTransactions(transactions: $t) { __typename } }';
    await assert.rejects(node.ask(many, { t: Array.from({ length: 1001 }, () => t) }), /BAD_USER_INPUT/);
    const deep = `{ chain { tip ${'{ transactions { nodes { status { ... on TransactionConfirmed { block '.repeat(6)}{ hash }${' } } } } }'.repeat(6)} } }`;
    await assert.rejects(node.ask(deep), /depth|complex|cost/i);
  });

  it('no key of the node itself is in an answer or a log', async () => {
    const log: LogLine[] = [];
    const node = await startTestNode({ network, log });
    const seed = readFileSync(join(node.data, 'node.key'), 'utf8').trim();
    const token = readFileSync(join(node.data, 'admin.token'), 'utf8').trim();
    const info = await node.ask('{ nodeInfo { id version chainId } peers { url } mempool { size } }');
    for (const secret of [seed, token, toHex(alice.seed)]) {
      assert.ok(!JSON.stringify([info, log]).includes(secret));
    }
    assert.ok(existsSync(node.data) && readdirSync(node.data).length > 0);
  });
});
