import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { startLocalNode, type LocalNode } from '../../examples/localNode.js';
import { developmentAccount, developmentNetwork } from '../../src/consensus/network.js';
import { transfer } from '../support/blocks.js';
import { transactionInput } from '../support/node.js';
import { STATUS } from '../support/operations.js';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { assertRefused } from './assertRefused.js';
import { answer, corrente } from './corrente.js';

const network = developmentNetwork();
const home = temporaryFolder();
const inHome = (name: string) => join(home, name);

const ADD =
  'mutation ($transactions: [SignedTransactionInput!]!) { addTransactions(transactions: $transactions) { ... on TransactionAccepted { transaction { id } } ... on Rejected { message } } }';

/** A node that is ended with the test that started it, however that ends. */
async function started(data: string, ...args: string[]): Promise<LocalNode> {
  const node = await startLocalNode({ data: inHome(data), args });
  after(() => node.stop('SIGKILL'));
  return node;
}

/** Sends transfers of every account, one after another, until it is stopped; `acknowledged` has the ids as they come. */
function load(node: LocalNode) {
  const acknowledged: string[] = [];
  let stopped = false;
  const senders = Array.from({ length: 8 }, async (_, index) => {
    for (let nonce = 0; !stopped; nonce++) {
      const payment = { network, from: developmentAccount(index), to: developmentAccount(9), amount: 1n, nonce };
      const transactions = [transactionInput(network, transfer(payment))];
      const { addTransactions } = await node.ask<{ addTransactions: [{ transaction?: { id: string } }] }>(ADD, {
        transactions,
      });
      const id = addTransactions[0].transaction?.id;
      // As many as one account may have pending: a block makes room.
      if (id === undefined) nonce--;
      else acknowledged.push(id);
    }
  });
  const stop = async () => {
    stopped = true;
    await Promise.all(senders);
  };
  return { acknowledged, stop };
}

describe('backup', () => {
  it('of a node that takes transactions and mines holds all that was acknowledged before', async () => {
    const node = await started('data', '--mine', '0.2');
    await node.ask('mutation { createWallet(passphrase: "correct horse") { __typename } }');
    const { acknowledged, stop } = load(node);
    const backups: { readonly out: string; readonly before: readonly string[]; readonly pending: unknown }[] = [];
    for (const out of ['first', 'second', 'third']) {
      const before = [...acknowledged];
      const told = await answer<Record<string, unknown>>(['backup', '--data', 'data', '--out', out], { home });
      assert.deepEqual([told['folder'], told['wallet']], [out, true]);
      backups.push({ out, before, pending: told['pending'] });
    }
    await stop();
    await node.stop();
    assert.ok(backups[2]!.before.length > 20, 'expected transactions under way');
    for (const { out, before, pending } of backups) {
      const files = ['chain.mdb', 'network.json', 'node.mdb', 'wallet.json'];
      assert.deepEqual(readdirSync(inHome(out)).sort(), files);
      for (const name of files.filter((file) => file !== 'network.json')) {
        assert.equal(statSync(join(inHome(out), name)).mode & 0o077, 0, name);
      }
      assert.equal((await corrente(['verify', '--data', out], { home })).code, 0);
      const restored = await started(out);
      assert.deepEqual(await restored.ask('{ mempool { size } }'), { mempool: { size: pending } });
      for (const id of before) {
        const { transaction } = await restored.ask<{ transaction: { status: { __typename: string } } | null }>(STATUS, {
          id,
        });
        assert.match(`${transaction?.status.__typename}`, /^Transaction(Pending|Confirmed)$/);
      }
      await restored.stop();
      // Its own identity: the one of the original would hide the two from each other.
      assert.notEqual(readFileSync(inHome(`${out}/node.key`), 'utf8'), readFileSync(inHome('data/node.key'), 'utf8'));
    }
  });

  it('of a stopped node, again and again to new names only', async () => {
    const refused = await corrente(['backup', '--data', 'data', '--out', 'first'], { home });
    assertRefused(refused, 1, /^error: --out first: expected a name that is free, got one that exists/);
    const { code, stdout } = await corrente(['backup', '--data', 'data', '--out', 'stopped'], { home });
    assert.equal(code, 0);
    assert.match(stdout, /node\.key, admin\.token and tokens are not in it/);
  });

  it('refuses a folder without data, and leaves nothing behind of a copy that is damaged', async () => {
    const none = await corrente(['backup', '--data', 'nowhere', '--out', 'none'], { home });
    assertRefused(none, 1, /data folder nowhere: expected the data of a node, got no chain\.mdb/);
    mkdirSync(inHome('damaged'));
    for (const name of ['chain.mdb', 'node.mdb', 'network.json']) {
      writeFileSync(inHome(`damaged/${name}`), readFileSync(inHome(`stopped/${name}`)));
    }
    const bytes = readFileSync(inHome('damaged/chain.mdb'));
    // Anywhere, also in freed pages.
    const key = Buffer.from(developmentAccount(9).publicKey);
    for (let at = bytes.indexOf(key); at >= 0; at = bytes.indexOf(key, at + 1)) bytes[at]! ^= 1;
    writeFileSync(inHome('damaged/chain.mdb'), bytes);
    const damaged = await corrente(['backup', '--data', 'damaged', '--out', 'copied'], { home });
    assertRefused(damaged, 1, /database is corrupted: .*chain\.mdb: page \d+/);
    assert.ok(!readdirSync(home).some((name) => name.startsWith('copied')));
    assert.ok(!existsSync(inHome('none')));
  });

  it('is the way that verify and export name while a node runs', async () => {
    const node = await started('data');
    for (const command of [['verify'], ['export', 'a.chain']]) {
      const ended = await corrente([...command, '--data', 'data'], { home });
      assertRefused(ended, 1, /got a node that is running in it; while it runs, make a copy .*: npx corrente backup/);
    }
    await node.stop();
  });
});
