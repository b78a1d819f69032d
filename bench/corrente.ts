import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeAddress } from '../src/crypto/address.js';
import { toHex } from '../src/crypto/bytes.js';
import { parseNetworkFile } from '../src/node/openChain.js';
import { startLocalNode } from '../examples/localNode.js';
import { benchKey, signTransfer, type BenchKey } from './benchKey.js';
import { load } from './load.js';
import { residentMemory, TRANSACTIONS_PER_SENDER, type BenchSizes, type Measurement } from './subject.js';

/** Measures this node: a fresh chain on disk, no peers, no mining, every acknowledgement durable. */
export async function measureCorrente(sizes: BenchSizes): Promise<Measurement> {
  const folder = await mkdtemp(join(tmpdir(), 'corrente-bench-'));
  try {
    return await measure(folder, sizes);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string, sizes: BenchSizes): Promise<Measurement> {
  // Twice as many transactions as a run of one kind: first one by one, then in hundreds.
  const senders = Array.from(
    { length: Math.ceil((sizes.warmUp + 2 * sizes.transactions) / TRANSACTIONS_PER_SENDER) },
    (_, i) => benchKey(i),
  );
  const networkFile = join(folder, 'network.json');
  await writeFile(networkFile, JSON.stringify(networkOf(senders)));
  const network = parseNetworkFile(await readFile(networkFile, 'utf8'), networkFile);
  const transactions = signAll(network.chainId, senders);

  const started = performance.now();
  const node = await startLocalNode({ data: join(folder, 'data'), args: ['--network', networkFile, '--mine', 'off'] });
  const startMs = performance.now() - started;
  try {
    const single = transactions.slice(0, sizes.warmUp + sizes.transactions);
    const rest = transactions.slice(single.length);
    const bodies = single.map((transaction) => JSON.stringify({ query: ADD_ONE, variables: { transaction } }));
    const send = (some: readonly string[]) =>
      load(node.url, some, sizes.connections, (answer) =>
        expectAccepted((answer as { data: { addTransaction: unknown } }).data.addTransaction),
      );
    await send(bodies.slice(0, sizes.warmUp));
    const accept = await send(bodies.slice(sizes.warmUp));
    const hundreds = await load(
      node.url,
      chunks(rest, 100).map((chunk) => JSON.stringify({ query: ADD_MANY, variables: { transactions: chunk } })),
      8,
      (answer) => (answer as { data: { addTransactions: unknown[] } }).data.addTransactions.forEach(expectAccepted),
    );
    const balance = await load(
      node.url,
      Array.from({ length: sizes.queries }, (_, i) =>
        JSON.stringify({ query: BALANCE, variables: { address: ADDRESS(senders[i % senders.length]!.publicKey) } }),
      ),
      sizes.connections,
      (answer) => {
        if (!(answer as { data?: { balance?: unknown } }).data?.balance) throw new Error(JSON.stringify(answer));
      },
    );
    const memory = await residentMemory(node.process.pid);
    return {
      name: 'corrente',
      startMs,
      accept,
      acceptHundreds: { ...hundreds, perSecond: hundreds.perSecond * 100 },
      balance,
      memory,
    };
  } finally {
    await node.stop();
  }
}

const PREFIX = 'corbench';
const ADDRESS = (publicKey: Uint8Array): string => encodeAddress(PREFIX, publicKey);

function networkOf(senders: readonly BenchKey[]) {
  return {
    name: 'bench',
    addressPrefix: PREFIX,
    timestamp: '2026-01-01T00:00:00.000Z',
    target: 0x1e7fff00,
    targetLimit: 0x1e7fff00,
    blockIntervalMs: 10_000,
    halfLifeMs: 3_600_000,
    subsidy: '1000000000',
    halvingInterval: 4_000_000,
    maxBlockBytes: 2_097_152,
    allocations: senders.map(({ publicKey }) => ({ address: ADDRESS(publicKey), amount: '100000000000' })),
  };
}

/** Every sender's transactions in rounds, so that successive transactions have different senders. */
function signAll(chainId: Uint8Array, senders: readonly BenchKey[]) {
  const recipient = benchKey(1_000_000).publicKey;
  return Array.from({ length: TRANSACTIONS_PER_SENDER }, (_, nonce) =>
    senders.map((sender) => {
      const { publicKey } = sender;
      const unsigned = { sender: publicKey, recipient, amount: 1_000n, fee: 10n, nonce: BigInt(nonce), memo: '' };
      return {
        sender: ADDRESS(publicKey),
        recipient: ADDRESS(recipient),
        amount: '1000',
        fee: '10',
        nonce: `${nonce}`,
        signature: toHex(signTransfer(chainId, unsigned, sender)),
      };
    }),
  ).flat();
}

function expectAccepted(outcome: unknown): void {
  const { __typename, code } = outcome as { __typename: string; code?: string };
  if (__typename !== 'TransactionAccepted') throw new Error(`a transaction of the benchmark was rejected: ${code}`);
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.floor(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

const OUTCOME = '{ __typename ... on TransactionAccepted { transaction { id } } ... on Rejected { code } }';
const ADD_ONE = `mutation ($transaction: AddTransactionInput!) { addTransaction(transaction: $transaction) ${OUTCOME} }`;
const ADD_MANY = `mutation ($transactions: [SignedTransactionInput!]!) { addTransactions(transactions: $transactions) ${OUTCOME} }`;
const BALANCE = 'query ($address: Address!) { balance(address: $address) { confirmed available nextNonce } }';
