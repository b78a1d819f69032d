import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { ChainReader } from '../../src/chain/chainStore.js';
import type { Block } from '../../src/consensus/block.js';
import { ChainDamageError } from '../../src/audit/storedBlock.js';
import { exportChain, openChainFile } from '../../src/audit/chainFile.js';
import { replayChain } from '../../src/audit/replay.js';
import { mineBlock, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { testChain } from '../support/chain.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const network = testNetwork();
const verifier = { verify: (transactions: readonly unknown[]) => Promise.resolve(transactions.map(() => true)) };

async function grown() {
  const { chain, add } = testChain(network);
  let parent = network.genesis.header;
  for (let nonce = 0; nonce < 15; nonce++) {
    const payment = transfer({ network, from: testAccount(0), to: testAccount(1), amount: 5n, fee: 1n, nonce });
    const block = mineBlock({ network, parent, transactions: [payment] });
    assert.equal((await add(block)).status, 'connected');
    parent = block.header;
  }
  return chain;
}

/** The reader with some of its answers changed. */
function tampered(reader: ChainReader, change: Partial<ChainReader>): ChainReader {
  return new Proxy(reader, {
    get: (target, name) => {
      const value: unknown = Reflect.get(change, name) ?? Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

describe('replaying a chain', () => {
  it('compares every account', async () => {
    const chain = await grown();
    const heights: number[] = [];
    const replayed = await replayChain(network, {
      reader: chain.snapshot(),
      verifier,
      progressed: (h) => heights.push(h),
    });
    assert.equal(replayed, 5);
    assert.equal(heights.length, 15);
  });

  it('finds a balance, a nonce, an account, a body or a signature that contradicts the blocks', async () => {
    const chain = await grown();
    const reader = chain.snapshot();
    const replay = (change: Partial<ChainReader>, verify = verifier.verify) =>
      replayChain(network, { reader: tampered(reader, change), verifier: { verify }, progressed: () => undefined });
    const ranked = reader.richest({ limit: 100, fromEnd: false });
    const withFirst = (account: { balance: bigint; nonce: bigint }) => () => [
      { ...ranked[0]!, account },
      ...ranked.slice(1),
    ];
    const { account } = ranked[0]!;
    const expected = { name: 'ChainDamageError' };
    await assert.rejects(replay({ richest: withFirst({ ...account, balance: account.balance + 1n }) }), expected);
    await assert.rejects(replay({ richest: withFirst({ ...account, nonce: account.nonce + 1n }) }), expected);
    await assert.rejects(replay({ richest: () => ranked.slice(1) }), /expected 5 accounts, got 4/);
    await assert.rejects(replay({ transactions: () => [] }), /block 1: INVALID_TRANSACTIONS_ROOT/);
    await assert.rejects(replay({ headerAt: (h) => (h === 7 ? undefined : reader.headerAt(h)) }), /block 7 is missing/);
    await assert.rejects(
      replay({}, (transactions) => Promise.resolve(transactions.map(() => false))),
      ChainDamageError,
    );
  });
});

describe('a chain file', () => {
  it('gives every block back', async () => {
    const chain = await grown();
    const path = join(temporaryFolder(), 'blocks.chain');
    assert.equal(await exportChain(path, network.chainId, chain.snapshot(), () => undefined), 15);
    const copy = testChain(network);
    for await (const block of (await openChainFile(path, network.chainId)).blocks) {
      assert.equal((await copy.add(block)).status, 'connected');
    }
    assert.deepEqual(copy.chain.tip(), chain.tip());
  });

  it('that fits on the disk only in part is an error, also if the disk gets full within one write', async () => {
    const folder = temporaryFolder();
    // One block of some 2,000 bytes: the first system call writes a part of it, and only the second one fails.
    const script = `
      import { exportChain } from '${import.meta.resolve('../../src/audit/chainFile.js')}';
      import { testAccount, testNetwork, transfer } from '${import.meta.resolve('../support/blocks.js')}';
      const network = testNetwork();
      const payment = transfer({ network, from: testAccount(0), to: testAccount(1), amount: 1n, nonce: 0 });
      const transactions = () => Array(10).fill(payment);
      const reader = { tip: () => ({ height: 1 }), headerAt: () => network.genesis.header, transactions };
      console.log(await exportChain(process.argv[1], network.chainId, reader, () => undefined));
    `;
    const run = (kibibytes: number, name: string) => {
      const command = `ulimit -f ${kibibytes}; exec "$0" --input-type=module -e "$1" "$2"`;
      return promisify(execFile)('bash', ['-c', command, process.execPath, script, join(folder, name)]);
    };
    assert.equal((await run(100, 'whole.chain')).stdout, '1\n');
    await assert.rejects(run(1, 'cut.chain'), /cut\.chain: EFBIG/);
    assert.deepEqual(readdirSync(folder), ['whole.chain']);
  });

  it('is refused when it is of another chain, cut off, or something else', async () => {
    const chain = await grown();
    const path = join(temporaryFolder(), 'blocks.chain');
    await exportChain(path, network.chainId, chain.snapshot(), () => undefined);
    const read = async (chainId = network.chainId) => {
      const blocks: Block[] = [];
      for await (const block of (await openChainFile(path, chainId)).blocks) blocks.push(block);
      return blocks.length;
    };
    assert.equal(await read(), 15);
    await assert.rejects(read(testNetwork({ name: 'other' }).chainId), /expected blocks of chain/);
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, -10));
    await assert.rejects(read(), /expected 10 more bytes, got the end of the file/);
    writeFileSync(path, 'hello');
    await assert.rejects(read(), /more bytes/);
    writeFileSync(path, whole.toString('latin1').replace('corrente', 'elsewher'), 'latin1');
    await assert.rejects(read(), /expected a chain file/);
  });
});
