import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ChainReader, StoredHeader } from '../../src/chain/chainStore.js';
import { developmentAccount, developmentNetwork } from '../../src/consensus/network.js';
import { CHECKED_BLOCKS, MAX_BODY_BYTES, startupCheck } from '../../src/audit/startupCheck.js';
import { mineBlock, mineBlocks, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { testChain } from '../support/chain.js';
import { commitOf, readStore } from '../support/storeCommits.js';
import { openLmdbStore } from '../support/storeOpen.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const network = testNetwork();
const HEIGHT = CHECKED_BLOCKS + 20;

describe('the check at the start', () => {
  let reader: ChainReader;
  let tip: StoredHeader;

  before(async () => {
    const { chain, add } = testChain(network);
    for (const block of mineBlocks(HEIGHT - 10, { network, parent: network.genesis.header })) await add(block);
    // A branch that loses 9 blocks to another, each with a payment.
    const fork = chain.tip();
    for (const [length, miner] of [
      [9, 8],
      [10, 9],
    ] as const) {
      let parent = chain.read((reader) => reader.header(fork.hash))!;
      for (let nonce = 0; nonce < length; nonce++) {
        const payment = transfer({ network, from: testAccount(0), to: testAccount(1), amount: 5n, fee: 1n, nonce });
        const block = mineBlock({ network, parent, transactions: [payment], miner: testAccount(miner) });
        await add(block);
        parent = chain.read((reader) => reader.header(block.header.hash))!;
      }
    }
    reader = chain.snapshot();
    tip = reader.tip();
    assert.equal(tip.height, HEIGHT);
  });

  const refuses = (change: Partial<ChainReader>, message: RegExp) => {
    startupCheck(network, reader);
    assert.throws(() => startupCheck(network, tampered(reader, change)), { name: 'ChainDamageError', message });
  };
  const withHeaders = (change: (header: StoredHeader) => StoredHeader): Partial<ChainReader> => ({
    headersFrom: (height, count) => reader.headersFrom(height, count).map(change),
  });
  const at = (height: number, change: Partial<StoredHeader>) =>
    withHeaders((header) => (header.height === height ? { ...header, ...change } : header));

  it('passes the last hundred blocks of a chain that has been reorganized', () => {
    assert.deepEqual(startupCheck(network, reader), { headers: CHECKED_BLOCKS, bodies: CHECKED_BLOCKS });
  });

  it('passes a chain of genesis alone, and one that is shorter than the checked range', async () => {
    const { chain, add } = testChain(network);
    assert.deepEqual(
      chain.read((reader) => startupCheck(network, reader)),
      { headers: 0, bodies: 0 },
    );
    for (const block of mineBlocks(3, { network, parent: network.genesis.header })) await add(block);
    assert.deepEqual(
      chain.read((reader) => startupCheck(network, reader)),
      { headers: 3, bodies: 3 },
    );
  });

  it('reads no more bodies than its bound, and always the last', () => {
    const asked: string[] = [];
    const count = (sizes: (header: StoredHeader) => StoredHeader) => {
      asked.length = 0;
      const transactions = (hash: Uint8Array) => {
        asked.push(hash.join());
        return reader.transactions(hash);
      };
      return startupCheck(network, tampered(reader, { ...withHeaders(sizes), transactions }));
    };
    const large = (header: StoredHeader) =>
      header.height <= HEIGHT - 3 ? { ...header, size: MAX_BODY_BYTES } : header;
    assert.deepEqual(count(large), { headers: CHECKED_BLOCKS, bodies: 3 });
    assert.equal(asked.length, 3);
    const allLarge = (header: StoredHeader) => ({ ...header, size: MAX_BODY_BYTES + 1 });
    assert.throws(() => count(allLarge), new RegExp(`block ${HEIGHT}: expected size`));
    assert.deepEqual(asked, [tip.hash.join()]);
  });

  it('refuses a sum of balances that is not the supply', () => {
    refuses(
      { totalBalance: () => reader.totalBalance() + 1n },
      /sum of all balances: expected \d+, got \d+; "npx corrente/,
    );
  });

  it('refuses a missing header, a tip that is not the last block, and a foreign genesis', async () => {
    const short = (height: number, count: number) => reader.headersFrom(height, count).toSpliced(50, 1);
    refuses({ headersFrom: short }, /block \d+: expected parent/);
    refuses({ tip: () => reader.headerAt(HEIGHT - 1)! }, /sum of all balances/);
    const oneLess = (height: number, count: number) => reader.headersFrom(height, count).slice(0, -1);
    refuses({ headersFrom: oneLess }, new RegExp(`height of the last block: expected ${HEIGHT}, got ${HEIGHT - 1}`));
    refuses({ tip: () => ({ ...tip, hash: new Uint8Array(32) }) }, /hash of the last block/);
    const { chain } = testChain(testNetwork({ name: 'other' }));
    assert.throws(() => chain.read((reader) => startupCheck(network, reader)), /the genesis block: expected/);
  });

  it('refuses a header that breaks a rule, or is not as its fields say', () => {
    const height = HEIGHT - 40;
    const header = reader.headerAt(height)!;
    refuses(at(height, { timestamp: 1 }), new RegExp(`block ${height}: INVALID_TIMESTAMP`));
    refuses(at(height, { hash: new Uint8Array(32).fill(255) }), /INVALID_PROOF_OF_WORK/);
    refuses(at(height, { target: header.target - 1 }), /INVALID_(PROOF_OF_WORK|TARGET)/);
    refuses(at(height, { nonce: header.nonce + 1n }), new RegExp(`block ${height}: expected hash`));
    refuses(at(height, { miner: testAccount(1).publicKey }), new RegExp(`block ${height}: expected hash`));
    refuses(at(height, { work: header.work + 1n }), /expected total work/);
    refuses(at(height, { invalid: true }), /expected a valid block/);
  });

  it("refuses a body that is not its header's, or of another size", () => {
    const transactions = (hash: Uint8Array) => (hash.join() === tip.hash.join() ? [] : reader.transactions(hash));
    refuses({ transactions }, new RegExp(`block ${HEIGHT}: INVALID_TRANSACTIONS_ROOT`));
    refuses(at(HEIGHT, { size: tip.size + 1 }), new RegExp(`block ${HEIGHT}: expected size`));
  });

  it('refuses undo data that is missing or does not fit the block', () => {
    const undo = reader.undo(tip.hash)!;
    const instead = (other: ReturnType<ChainReader['undo']>): Partial<ChainReader> => ({
      undo: (hash) => (hash.join() === tip.hash.join() ? other : reader.undo(hash)),
    });
    refuses(instead(undefined), /expected undo data, got none/);
    refuses(instead(undo.slice(1)), new RegExp(`block ${HEIGHT}: expected the undo data`));
    const [first, ...others] = undo;
    const changed = { ...first!, account: { ...first!.account, balance: first!.account.balance + 1n } };
    refuses(instead([changed, ...others]), /expected the undo data/);
  });

  it('refuses an account that contradicts the last blocks', () => {
    const payer = testAccount(0).publicKey;
    const account = reader.account(payer);
    const instead = (other: typeof account): Partial<ChainReader> => ({
      account: (publicKey) => (publicKey.join() === payer.join() ? other : reader.account(publicKey)),
    });
    refuses(instead({ ...account, balance: account.balance + 1n }), /the balance of account/);
    refuses(instead({ ...account, nonce: account.nonce + 1n }), /the nonce of account/);
  });

  it('calls whatever the store throws damage', () => {
    const undo = () => {
      throw new TypeError('a bad record');
    };
    refuses({ undo }, /the stored chain is damaged: a bad record/);
  });
});

it('keeps a node from starting on a damaged chain, with one line that gives the remedy', async () => {
  const development = developmentNetwork();
  const data = temporaryFolder();
  const store = await openLmdbStore(development, data);
  const { publicKey } = developmentAccount(0);
  const start = async () => {
    const cli = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
    const node = spawn(process.execPath, [cli, 'node', '--data', data, '--port', '0', '--log-level', 'error']);
    node.stdout.once('data', () => node.kill());
    const [errors, [code]] = await Promise.all([text(node.stderr), once(node, 'exit') as Promise<[number | null]>]);
    return { errors, code };
  };
  await store.close();
  assert.deepEqual(await start(), { errors: '', code: 0 });

  const again = await openLmdbStore(development, data);
  const change = readStore(again, (reader) =>
    commitOf(reader, { accounts: [{ publicKey, account: { balance: 1n, nonce: 0n } }] }),
  );
  await again.commit(change);
  await again.close();
  const { errors, code } = await start();
  assert.equal(code, 1);
  assert.match(
    errors,
    /^error: .*the sum of all balances: expected \d+, got \d+; .*npx corrente verify.*npx corrente reindex.*\n$/,
  );
});

/** The reader with some of its answers changed. */
function tampered(reader: ChainReader, change: Partial<ChainReader>): ChainReader {
  return new Proxy(reader, {
    get: (target, name) => {
      const value: unknown = Reflect.get(change, name) ?? Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
