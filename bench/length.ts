import { copyFile, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Network } from '../src/consensus/network.js';
import { extendChain, generatedNetwork, openStore, type ChainShape } from './generatedChain.js';
import { measureLedgers } from './lengthLedger.js';
import { measureNodes } from './lengthNodes.js';
import type { ProcessUse } from './processUse.js';
import { medianOf, mostGrowth, ratioOf, type Rounds } from './rounds.js';

/**
 * `npm run bench -- length [--quick] [--million]`: the cost of several operations on a short chain and on long ones. Resolves to false
 * if the balance, the open time or the memory grows with the length.
 */
export async function benchLength(options: { readonly quick: boolean; readonly million: boolean }): Promise<boolean> {
  const lengths = [1_000, 10_000, ...(options.quick ? [] : [100_000]), ...(options.million ? [1_000_000] : [])];
  const rounds = options.quick ? 5 : 9;
  const folder = await mkdtemp(join(tmpdir(), 'corrente-bench-'));
  try {
    const networkFile = join(folder, 'network.json');
    const network = await generatedNetwork(networkFile);
    console.log(`blocks of ${SHAPE.paymentsPerBlock} payments with real signatures, each to an account of its own;`);
    console.log(`medians of ${rounds} rounds and more, in which the lengths take turns; × is the ratio to the first\n`);
    const data = await generate(network, folder, lengths);
    const chains = data.map((path, index) => ({ data: path, recipients: lengths[index]! * SHAPE.paymentsPerBlock }));
    const nodes = await measureNodes(networkFile, chains, rounds);
    const ledgers = await measureLedgers(network, SHAPE, data, rounds);

    row(
      '',
      lengths.map((length) => `${length.toLocaleString('en')} blocks`),
    );
    timeRow('open the database, ms', ledgers.open);
    timeRow('check at the start, ms', ledgers.startupCheck);
    timeRow('start the node until it serves, ms', nodes.start);
    timeRow('balance over HTTP, ms', nodes.balance);
    timeRow('apply a block, ms', ledgers.apply);
    for (const [depth, figures] of ledgers.reorganize) timeRow(`reorganize ${depth}, ms`, figures);
    memoryRow('own memory at the start, MiB', nodes.afterStart, 'ownBytes');
    memoryRow('own memory after queries, MiB', nodes.afterQueries, 'ownBytes');
    memoryRow('mapped files after queries, MiB', nodes.afterQueries, 'mappedBytes');
    return verdict({
      'open the database': ledgers.open,
      'start the node': nodes.start,
      balance: nodes.balance,
      'own memory': [nodes.afterQueries.map(({ ownBytes }) => ownBytes)],
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One chain, copied at each length on the way; returns the data folders. */
async function generate(network: Network, folder: string, lengths: readonly number[]): Promise<string[]> {
  const started = performance.now();
  const growing = join(folder, 'chain.mdb');
  const folders: string[] = [];
  for (const length of lengths) {
    const store = await openStore(network, growing);
    await extendChain(store, network, SHAPE, length);
    await store.close();
    const data = join(folder, `${length}`);
    await mkdir(data);
    await copyFile(growing, join(data, 'chain.mdb'));
    folders.push(data);
  }
  const { size } = await stat(join(folders.at(-1)!, 'chain.mdb'));
  await rm(growing);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${lengths.at(-1)} blocks made in ${seconds} s: ${(size / 2 ** 20).toFixed(0)} MiB on disk\n`);
  return folders;
}

/** Prints whether a figure grows that must not, and returns true if not. */
function verdict(figures: Record<string, Rounds>): boolean {
  const growth = Object.entries(figures).map(([name, rounds]) => ({ name, most: mostGrowth(rounds) }));
  const growing = growth.filter(({ most }) => most > MAX_GROWTH);
  const all = growth.map(({ name, most }) => `${name} ×${most.toFixed(2)}`).join(', ');
  console.log(`\nat most, in the quieter rounds: ${all}; allowed ×${MAX_GROWTH}`);
  console.log(
    growing.length === 0
      ? 'no figure grows with the length of the chain'
      : `GROWS with the length of the chain: ${growing.map(({ name }) => name).join(', ')}`,
  );
  return growing.length === 0;
}

function timeRow(label: string, rounds: Rounds): void {
  row(
    label,
    rounds[0]!.map((_, subject) => {
      const ratio = subject === 0 ? '' : ` ×${ratioOf(rounds, subject).toFixed(2)}`;
      return medianOf(rounds, subject).toFixed(2) + ratio.padStart(7);
    }),
  );
}

function memoryRow(label: string, uses: readonly ProcessUse[], field: 'ownBytes' | 'mappedBytes'): void {
  row(
    label,
    uses.map((use) => (use[field] / 2 ** 20).toFixed(0) + ''.padStart(7)),
  );
}

function row(label: string, cells: readonly string[]): void {
  console.log(label.padEnd(36) + cells.map((cell) => cell.padStart(20)).join(''));
}

const SHAPE: ChainShape = { paymentsPerBlock: 2, recipients: Infinity };
const MAX_GROWTH = 1.2;
