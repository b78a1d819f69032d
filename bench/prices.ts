import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  createSourceEventStream,
  execute,
  type ExecutionArgs,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
} from 'graphql';
import type { ChainStore } from '../src/chain/chainStore.js';
import { MAX_SIDE_TIPS } from '../src/chain/sideBranches.js';
import { blockSize } from '../src/consensus/block.js';
import { workOf } from '../src/consensus/pow.js';
import type { Network } from '../src/consensus/network.js';
import { BlockCache } from '../src/graphql/blockCache.js';
import type { Context } from '../src/graphql/context.js';
import { measure } from '../src/graphql/execution/cost.js';
import { RequestView, TRUSTED_WORK } from '../src/graphql/requestView.js';
import { createSchema } from '../src/graphql/schema.js';
import { extendChain, generateBlock, generatedNetwork, openStore } from './generatedChain.js';
import { benchKey } from './benchKey.js';
import { quantile } from './rounds.js';
import { priceServices, transfers } from './priceServices.js';
import type { Measurable, Pair } from './priceSamples.js';
import { pairs } from './priceShapes.js';

/** Transactions of a block of 2 MiB. */
const FULL = 13_600;

/** A chain whose first blocks are full, and 2,000 empty ones. */
export async function fullChain(fullBlocks: number) {
  const folder = mkdtempSync(join(tmpdir(), 'corrente-prices-'));
  const network = await generatedNetwork(join(folder, 'network.json'));
  const store = await openStore(network, join(folder, 'chain.mdb'));
  await extendChain(store, network, { paymentsPerBlock: FULL, recipients: 1_000 }, fullBlocks);
  await extendChain(store, network, { paymentsPerBlock: 0, recipients: 1 }, fullBlocks + 2_000);
  await addSideBranches(store, network);
  const close = async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { network, store, close };
}

/** As many tips as a node keeps, of a block each. */
async function addSideBranches(store: ChainStore, network: Network): Promise<void> {
  const snapshot = store.snapshot();
  const parent = snapshot.headerAt(snapshot.tip().height - 1)!;
  snapshot.release();
  const blocks = Array.from({ length: MAX_SIDE_TIPS }, (_, index) =>
    generateBlock(network, { paymentsPerBlock: 0, recipients: 1 }, parent, benchKey(index).publicKey),
  );
  await store.commit({
    insert: blocks.map((block) => {
      return { block, work: parent.work + workOf(block.header.target), size: blockSize([]), invalid: false };
    }),
    sideTips: blocks.map(({ header }) => header.hash),
    connect: [],
    disconnect: [],
    accounts: [],
    invalidate: [],
    forget: [],
  });
}

/** Prints prices beside times. */
export async function benchPrices(): Promise<boolean> {
  const chain = await fullChain(1);
  const measured = await measurePrices(chain, 300);
  await chain.close();
  console.log(toldPrices(measured));
  return partedPrices(measured).length === 0;
}

/** A line each: how far the time is from the price, beside the ratio that most have. */
export function toldPrices(measured: readonly MeasuredPrice[]): string {
  const common = commonRatio(measured);
  const lines = measured.map(({ name, price, microseconds }) => {
    const ratio = (microseconds / price / common).toFixed(2).padStart(6);
    return `${ratio}  ${name}: price ${price}, ${Math.round(microseconds)} µs`;
  });
  return [`most take ${common.toFixed(2)} of their price`, ...lines].join('\n');
}

/** What a field costs by its price, and what it takes: microseconds of the reference machine, the middle of some rounds. */
export interface MeasuredPrice {
  readonly name: string;
  readonly price: number;
  readonly microseconds: number;
}

/** Measures every field and list, from the parsed document to the text of the answer, on a chain that fullChain made. */
export async function measurePrices(
  chain: { readonly network: Network; readonly store: ChainStore },
  millisecondsEach: number,
): Promise<MeasuredPrice[]> {
  const { network, store } = chain;
  const schema = createSchema(network);
  const { services, dropped } = await priceServices(chain);
  const snapshot = store.snapshot();
  const sources = transfers(network, (publicKey) => snapshot.account(publicKey));
  const all = pairs({ schema, store, dropped, transfers: sources });
  const run = async (measurable: Measurable) => {
    const { query, variables, isCold = false } = measurable;
    const variableValues = variables?.() ?? {};
    const document = parse(query);
    const blocks = isCold ? new BlockCache() : services.blocks;
    const view = new RequestView({ chain: store, blocks }, NO_LIMITS);
    const operation = document.definitions[0] as OperationDefinitionNode;
    const measured = measure({ schema, document, operation, variables: variableValues });
    const { bytes } = measured;
    view.begin(measured);
    const contextValue: Context = { services, view, giver: undefined, from: '', admin: ADMIN };
    emptyNursery();
    const used = stopwatch();
    if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
      for (let i = 0; i < STARTS; i++) await start({ schema, document, contextValue, variableValues });
      const microseconds = used();
      view.release();
      return { microseconds, price: STARTS * view.cost };
    }
    const result = await execute({ schema, document, contextValue, variableValues });
    const { length } = JSON.stringify(result);
    const microseconds = used();
    view.release();
    if (result.errors) throw result.errors[0]!;
    // The price of introspection is that of a middling schema; bodies are counted when they are read.
    if (!isCold && length > bytes + ENVELOPE_BYTES) {
      throw new Error(`expected an answer of at most ${bytes} bytes, got ${length}: ${query.slice(0, 200)}`);
    }
    return { microseconds, price: view.cost };
  };
  // Once before anything counts: code that was never run is compiled first.
  for (const { without, with: more } of all) {
    await run(without);
    await run(more);
  }
  const samples = all.map((pair) => new PairSamples(pair));
  const reference = all[0]!.with;
  const measureEach = async (some: readonly PairSamples[]) => {
    for (const sample of some) {
      const end = performance.now() + millisecondsEach;
      for (let times = 0; times < LEAST_TIMES || performance.now() < end; times++) {
        // All beside each other: a machine whose speed changes changes all.
        const without = await run(sample.pair.without);
        const more = await run(sample.pair.with);
        sample.add(without, more, await run(reference));
      }
    }
  };
  await measureEach(samples);
  for (let again = 0; again < AGAIN; again++) {
    const apart = new Set(partedPrices(samples.map((each) => each.result())).map(({ name }) => name));
    if (apart.size === 0) break;
    await measureEach(samples.filter(({ pair }) => apart.has(pair.name)));
  }
  snapshot.release();
  return samples.map((each) => each.result());
}

/** Those whose price and time part by more than MOST_APART, beside the ratio that most have. */
export function partedPrices(measured: readonly MeasuredPrice[]): MeasuredPrice[] {
  const common = commonRatio(measured);
  return measured.filter(({ name, price, microseconds }) => {
    const ratio = microseconds / price / common;
    return !PAID_OTHERWISE.has(name) && !(ratio <= MOST_APART && ratio >= 1 / MOST_APART);
  });
}

/** What most fields take in one microsecond of their price: the middle of all. */
function commonRatio(measured: readonly MeasuredPrice[]): number {
  return quantile(
    measured.map(({ price, microseconds }) => microseconds / price),
    0.5,
  );
}

/** What a pair of operations took so far: what the one took more than the other, by the time of a third beside them. */
class PairSamples {
  private readonly differences: number[] = [];
  private price = 0;

  constructor(readonly pair: Pair) {}

  add(without: Sample, more: Sample, reference: Sample): void {
    this.price = more.price - without.price;
    const speed = reference.microseconds / reference.price;
    this.differences.push((more.microseconds - without.microseconds) / speed);
  }

  result(): MeasuredPrice {
    return { name: this.pair.name, price: this.price, microseconds: quantile(this.differences, 0.5) };
  }
}

interface Sample {
  readonly price: number;
  readonly microseconds: number;
}

/** By how much a price and the time may part. */
const MOST_APART = 3;
/** Of each pair, however long it takes. */
const LEAST_TIMES = 3;
/** Rounds in which those that part are measured again: other programs can have taken their time. */
const AGAIN = 12;
/** What it is asked for takes a search for proof of work. */
const PAID_OTHERWISE: ReadonlySet<string> = new Set(['Mutation.mineBlocks']);

setFlagsFromString('--expose-gc');
/** Collects what the operation before left, so that it is not counted in the next. */
const collect = runInNewContext('gc') as (options: { type: 'minor' }) => void;
const emptyNursery = () => collect({ type: 'minor' });

/** Microseconds that this thread worked at most: other threads (compilers) add to those of the process, other programs to the clock's. */
function stopwatch(): () => number {
  const [begun, start] = [process.cpuUsage(), performance.now()];
  return () => {
    const { user, system } = process.cpuUsage(begun);
    return Math.min(user + system, (performance.now() - start) * 1_000);
  };
}

/** Begins a subscription, and ends it. */
async function start(subscription: ExecutionArgs): Promise<void> {
  const feed = await createSourceEventStream(subscription);
  if (!(Symbol.asyncIterator in feed)) throw feed.errors![0]!;
  await feed[Symbol.asyncIterator]().return!();
}

/** How often a subscription is begun: one has no aliases. */
const STARTS = 100;
const MUCH = 2 ** 31 - 1;
const NO_LIMITS = { ...TRUSTED_WORK, workMs: MUCH, cost: MUCH, answerBytes: MUCH };
const ADMIN = { token: 'admin', scopes: ['all' as const] };
/** Around the data of an answer. */
const ENVELOPE_BYTES = 16;
