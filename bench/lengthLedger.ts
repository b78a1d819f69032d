import { join } from 'node:path';
import type { AddBlockOutcome } from '../src/chain/outcome.js';
import type { BlockHeader } from '../src/consensus/block.js';
import type { Network } from '../src/consensus/network.js';
import { Closers } from '../src/util/closers.js';
import { openChain, type OpenChain } from '../src/node/openChain.js';
import { startupCheck } from '../src/audit/startupCheck.js';
import { benchKey } from './benchKey.js';
import { generateBlock, openStore, type ChainShape } from './generatedChain.js';
import { inRounds, type Rounds } from './rounds.js';

export interface LedgerFigures {
  /** Milliseconds from a closed file to a store that answers. */
  readonly open: Rounds;
  readonly startupCheck: Rounds;
  readonly apply: Rounds;
  /** Milliseconds of the block that makes the other branch the best. */
  readonly reorganize: ReadonlyMap<number, Rounds>;
}

/** Times the ledger's own work on data folders of chains of this shape, without a node around it; extends the chains. */
export async function measureLedgers(
  network: Network,
  shape: ChainShape,
  folders: readonly string[],
  rounds: number,
): Promise<LedgerFigures> {
  const open = await inRounds(3 * rounds, folders, (folder) => timeOpen(network, folder));
  const closers = new Closers();
  try {
    const ledgers: OpenChain[] = [];
    for (const data of folders) {
      ledgers.push(await openChain({ data, network, verifiedSignatures: 10_000 }, { reconcile: () => 0 }, closers));
    }
    const reorganize = new Map<number, Rounds>();
    const check = await inRounds(rounds, ledgers, ({ chain }) =>
      timed(() => chain.read((reader) => startupCheck(network, reader))),
    );
    const apply = await inRounds(6 * rounds, ledgers, (ledger) => timeBranch(network, shape, ledger, 0));
    for (const depth of [1, 10, 100]) {
      const count = depth === 100 ? Math.ceil(rounds / 3) : rounds;
      reorganize.set(depth, await inRounds(count, ledgers, (ledger) => timeBranch(network, shape, ledger, depth)));
    }
    return { open, startupCheck: check, apply, reorganize };
  } finally {
    await closers.close();
  }
}

async function timeOpen(network: Network, folder: string): Promise<number> {
  const started = performance.now();
  const store = await openStore(network, join(folder, 'chain.mdb'));
  store.snapshot().tip();
  const milliseconds = performance.now() - started;
  await store.close();
  return milliseconds;
}

/**
 * Offers `depth` + 1 blocks that fork off `depth` below the tip, with the same payments and another miner. Returns the milliseconds of the
 * last one: it disconnects `depth` blocks and connects one more. With depth 0 it extends the tip.
 */
async function timeBranch(network: Network, shape: ChainShape, { chain }: OpenChain, depth: number): Promise<number> {
  const { height } = chain.tip();
  let parent: BlockHeader = chain.read((reader) => reader.headerAt(height - depth))!;
  const miner = benchKey(2_000_000 + height).publicKey;
  for (let offered = 0; ; offered++) {
    const block = generateBlock(network, shape, parent, miner);
    let outcome: AddBlockOutcome['status'] | undefined;
    const milliseconds = await timed(async () => {
      outcome = (await chain.addBlock(block, Date.now())).status;
    });
    const expected = offered < depth ? 'sideBranch' : depth === 0 ? 'connected' : 'reorganized';
    if (outcome !== expected) throw new Error(`block ${block.header.height}: expected ${expected}, got ${outcome}`);
    if (offered === depth) return milliseconds;
    parent = block.header;
  }
}

async function timed(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
