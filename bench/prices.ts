import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execute, type OperationDefinitionNode, parse } from 'graphql';
import type { ChainStore } from '../src/chain/chainStore.js';
import type { Network } from '../src/consensus/network.js';
import { encodeAddress } from '../src/crypto/address.js';
import { toHex } from '../src/crypto/bytes.js';
import { BlockCache } from '../src/graphql/blockCache.js';
import type { Context } from '../src/graphql/context.js';
import { measure } from '../src/graphql/cost.js';
import { RequestView, TRUSTED_WORK } from '../src/graphql/requestView.js';
import { Mempool } from '../src/mempool/mempool.js';
import { DEFAULT_POLICY } from '../src/mempool/policy.js';
import { createSchema } from '../src/graphql/schema.js';
import type { Services } from '../src/graphql/services.js';
import { extendChain, generatedNetwork, openStore, PREFIX, recipient } from './generatedChain.js';

/** Transactions of a block of 2 MiB. */
const FULL = 13_600;

/** A chain whose first blocks are full, and 2,000 empty ones. */
export async function fullChain(fullBlocks: number) {
  const folder = mkdtempSync(join(tmpdir(), 'corrente-prices-'));
  const network = await generatedNetwork(join(folder, 'network.json'));
  const store = await openStore(network, join(folder, 'chain.mdb'));
  await extendChain(store, network, { paymentsPerBlock: FULL, recipients: 1_000 }, fullBlocks);
  await extendChain(store, network, { paymentsPerBlock: 0, recipients: 1 }, fullBlocks + 2_000);
  const close = async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { network, store, close };
}

/** Prints prices beside times. */
export async function benchPrices(): Promise<boolean> {
  const chain = await fullChain(1);
  const { network } = chain;
  const services = { network, mempool: new Mempool(DEFAULT_POLICY) } as unknown as Services;
  for (const { name, price, microseconds } of await measurePrices(chain, services, 10)) {
    console.log(
      `${(microseconds / price).toFixed(2).padStart(6)}  ${name}: price ${price}, ${Math.round(microseconds)} µs`,
    );
  }
  await chain.close();
  return true;
}

/** A field or list, in a query that repeats it, and the same query without it. */
interface Pair {
  readonly name: string;
  readonly query: string;
  readonly without: string;
}

/** What a field costs by its price, and what it takes: microseconds, the least of some rounds, since other programs can only add to it. */
export interface MeasuredPrice {
  readonly name: string;
  readonly price: number;
  readonly microseconds: number;
}

/** Measures fields and lists at their bounds, from the parsed document to the text of the answer, on a chain that fullChain made. */
export async function measurePrices(
  { network, store }: { readonly network: Network; readonly store: ChainStore },
  services: Services,
  rounds: number,
): Promise<MeasuredPrice[]> {
  const schema = createSchema(network);
  const run = async (query: string) => {
    const document = parse(query);
    const view = new RequestView(
      { chain: store, blocks: new BlockCache() },
      { ...TRUSTED_WORK, workMs: Infinity, cost: Infinity },
    );
    const operation = document.definitions[0] as OperationDefinitionNode;
    const { cost, bytes } = measure({ schema, document, operation });
    view.begin(cost, bytes);
    const contextValue: Context = { services, view, giver: undefined, from: '', admin: undefined };
    const begun = process.cpuUsage();
    const result = await execute({ schema, document, contextValue });
    JSON.stringify(result);
    const { user, system } = process.cpuUsage(begun);
    const microseconds = user + system;
    view.release();
    if (result.errors) throw result.errors[0]!;
    return { microseconds, price: view.cost };
  };
  const least = new Map<string, { microseconds: number; price: number }>();
  const all = pairs(store);
  for (let round = 0; round < rounds; round++) {
    for (const query of all.flatMap((pair) => [pair.query, pair.without])) {
      const measured = await run(query);
      const known = least.get(query)?.microseconds ?? Infinity;
      if (measured.microseconds < known) least.set(query, measured);
    }
  }
  return all.map(({ name, query, without }) => {
    const [a, b] = [least.get(query)!, least.get(without)!];
    return { name, price: a.price - b.price, microseconds: a.microseconds - b.microseconds };
  });
}

function pairs(store: ChainStore): Pair[] {
  const snapshot = store.snapshot();
  const hash = toHex(snapshot.headerAt(1)!.hash);
  const ids = snapshot.transactions(snapshot.headerAt(1)!.hash, 0, 100).map(({ id }) => toHex(id));
  snapshot.release();
  const addresses = JSON.stringify(Array.from({ length: 100 }, (_, i) => encodeAddress(PREFIX, recipient(i))));
  const headers = (fields: string) => `{ chain { headersAfter(locator: [], first: 1000) { ${fields} } } }`;
  const page = `transactions(first: 100) { nodes { F } }`;
  const transactions = (fields: string) => `{ block(height: 1) { ${times(5, page)} } }`.replaceAll('F', fields);
  const accounts = `balances(addresses: ${addresses}, first: 100) { nodes { F } }`;
  const balances = (fields: string) => `{ ${times(5, accounts)} }`.replaceAll(' F ', ` ${fields} `);
  const of = (type: string, shape: (fields: string) => string, base: string, fields: readonly string[]) =>
    fields.map((field) => ({
      name: `${type}.${field}`,
      query: shape(`${base} ${times(8, field)}`),
      without: shape(base),
    }));
  const alone = (name: string, query: string) => ({ name, query, without: '{ __typename }' });
  const first = (fields: string) => `{ block(height: 1) { transactions(first: 1) { nodes { ${fields} } } } }`;
  return [
    ...of('Block', headers, 'height', BLOCK_FIELDS),
    ...of('Transaction', transactions, 'nonce', TRANSACTION_FIELDS),
    ...of('Balance', balances, 'nonce', BALANCE_FIELDS),
    alone('Chain.headersAfter', headers('height')),
    alone('Block.transactions', transactions('nonce')),
    alone('Query.balances of addresses', balances('nonce')),
    alone('Query.balances', `{ ${times(15, 'balances(first: 100) { nodes { nonce } }')} }`),
    alone('Chain.blocks', `{ chain { ${times(15, 'blocks(first: 100) { nodes { height } }')} } }`),
    alone('Balance.transactions', balances('transactions(first: 10) { nodes { nonce } }')),
    alone('edges', transactions('nonce').replaceAll('nodes { nonce }', 'edges { cursor node { nonce } }')),
    alone('Query.transaction', `{ ${ids.map((id, i) => `a${i}: transaction(id: "${id}") { nonce }`).join(' ')} }`),
    alone('Query.block', `{ ${ids.map((_, i) => `a${i}: block(height: ${i}) { height }`).join(' ')} }`),
    alone(
      'Query.balance',
      `{ ${ids.map((_, i) => `a${i}: balance(address: "${encodeAddress(PREFIX, recipient(i))}") { nonce }`).join(' ')} }`,
    ),
    alone('Block.reward of a full block', '{ block(height: 1) { reward } }'),
    alone('Block.body of a full block', `{ blocks(hashes: ["${hash}"]) { body } }`),
    alone('Transaction.proof of a full block', first('proof { index path }')),
  ];
}

function times(count: number, field: string): string {
  return Array.from({ length: count }, (_, i) => `a${i}: ${field}`).join(' ');
}

const BLOCK_FIELDS = [
  'id',
  'hash',
  'previousHash',
  'timestamp',
  'target',
  'difficulty',
  'work',
  'nonce',
  'miner',
].concat(
  ['transactionsRoot', 'transactionCount', 'size', 'confirmations', 'transactions(first: 1) { totalCount }'],
  ['transactions(first: 0) { pageInfo { hasNextPage hasPreviousPage } }'],
);
const TRANSACTION_FIELDS = ['id', 'sender', 'recipient', 'amount', 'fee', 'memo', 'signature', 'status { __typename }'];
const BALANCE_FIELDS = ['id', 'address', 'confirmed', 'available', 'incoming', 'nextNonce', 'asOf { height }'];
