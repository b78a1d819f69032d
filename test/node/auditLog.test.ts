import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { GraphQLClient } from 'graphql-request';
import { toHex } from '../../src/crypto/bytes.js';
import { LoggedAudit } from '../../src/node/monitor.js';
import { testAccount, transfer } from '../support/blocks.js';
import { silentLogger, type LogLine } from '../support/logger.js';
import { addressOf, startTestNode, transactionInput } from '../support/node.js';

const ADD =
  'mutation ($transaction: AddTransactionInput!) { addTransaction(transaction: $transaction) { __typename ... on Rejected { code } } }';

describe('the audit in the log', () => {
  it('has a line for each admin operation, with the outcome, and for each that had no token', async () => {
    const log: LogLine[] = [];
    const node = await startTestNode({ log });
    const recipient = addressOf(node.network, testAccount(2));
    await node.admin('mutation { mineBlocks(count: 2) { __typename } }');
    await node.admin('mutation { unlockWallet(passphrase: "open sesame") { __typename } }');
    await node.admin(ADD, { transaction: { recipient, amount: '5', memo: 'for your eyes' } });
    await assert.rejects(node.admin('mutation { addPeer(url: "' + node.url + '") { url } }'));
    await assert.rejects(node.ask('mutation { stopMining { mining } }'), /admin\.token/);
    await assert.rejects(node.ask('{ wallet { locked } }'), /admin\.token/);
    // Whatever else is wrong with it: a request without the token writes no line of the operator's.
    await assert.rejects(node.ask(ADD, { transaction: { recipient, amount: '5', requestKey: '' } }), /admin\.token/);
    await node.admin('{ wallet { locked } }');
    const told = (text: string) =>
      log
        .filter(({ msg }) => msg === text)
        .map(({ operation, from, arguments: args, outcome }) => [operation, from, args, outcome]);
    const from = '127.0.0.1';
    assert.deepEqual(told('admin operation'), [
      ['mineBlocks', from, { count: 2 }, 'done'],
      ['unlockWallet', from, {}, 'WALLET_UNAVAILABLE'],
      ['addTransaction', from, { recipient, amount: '5', fee: '0' }, 'WALLET_UNAVAILABLE'],
      ['addPeer', from, { url: node.url }, 'PEER_REFUSED'],
    ]);
    assert.deepEqual(told('refused without the admin token'), [
      ['stopMining', from, undefined, undefined],
      ['wallet', from, undefined, undefined],
      ['addTransaction', from, undefined, undefined],
    ]);
  });

  it('holds no passphrase, token, memo or key, whatever was asked at level debug', async () => {
    const log: LogLine[] = [];
    const node = await startTestNode({ log });
    const wrong = 'ab'.repeat(32);
    const recipient = addressOf(node.network, testAccount(2));
    await node.admin('mutation { createWallet(passphrase: "correct horse") { __typename } }');
    await node.admin('mutation { lockWallet { __typename } }');
    await node.admin('mutation { unlockWallet(passphrase: "wrong horse") { __typename } }');
    await node.admin('mutation { unlockWallet(passphrase: "correct horse") { __typename } }');
    await node.admin(ADD, { transaction: { recipient, amount: '5', memo: 'for your eyes' } });
    const stranger = new GraphQLClient(node.url, { headers: { authorization: `Bearer ${wrong}` } });
    await assert.rejects(stranger.request('mutation { createWallet(passphrase: "stranger\'s") { __typename } }'));
    await assert.rejects(node.admin('mutation { createWallet(passphrase: "") { __typename } }'));
    const text = JSON.stringify(log);
    const token = readFileSync(join(node.data, 'admin.token'), 'utf8').trim();
    const key = readFileSync(join(node.data, 'node.key'), 'utf8').trim();
    for (const secret of ['horse', 'stranger', 'for your eyes', wrong, token, key])
      assert.ok(!text.includes(secret), secret);
    assert.equal(log.filter(({ msg }) => msg === 'admin operation').length, 6);
  });

  it('bounds the lines that strangers can write into it, and counts the rest', () => {
    const log: LogLine[] = [];
    let now = 0;
    let counted = 0;
    const metrics = {
      operated: () => undefined,
      refused: () => {
        counted++;
      },
    };
    const audit = new LoggedAudit({ log: silentLogger(log), clock: { elapsed: () => now }, metrics });
    for (let i = 0; i < 1_000; i++) audit.refused({ operation: 'mineBlocks', from: '203.0.113.9', token: undefined });
    assert.deepEqual([log.length, counted], [10, 1_000]);
    now = 60_000;
    audit.refused({ operation: 'mineBlocks', from: '203.0.113.9', token: undefined });
    assert.deepEqual(
      log.slice(10).map(({ msg, count }) => [msg, count]),
      [
        ['more without the admin token', 990],
        ['refused without the admin token', undefined],
      ],
    );
  });
});

describe('the log at level debug', () => {
  it('has a line for each transfer: id, and the code if it was rejected', async () => {
    const log: LogLine[] = [];
    const node = await startTestNode({ log });
    const { network } = node;
    const good = transfer({ network, from: testAccount(0), to: testAccount(1), amount: 1n, nonce: 0 });
    const poor = transfer({ network, from: testAccount(8), to: testAccount(1), amount: 1n, nonce: 0 });
    for (const transaction of [good, poor])
      await node.ask(ADD, { transaction: transactionInput(network, transaction) });
    const lines = log.filter(({ msg }) => msg?.startsWith('transaction '));
    assert.deepEqual(
      lines.map(({ msg, id, code }) => [msg, id, code]),
      [
        ['transaction accepted', toHex(good.id), undefined],
        ['transaction rejected', toHex(poor.id), 'INSUFFICIENT_FUNDS'],
      ],
    );
  });
});
