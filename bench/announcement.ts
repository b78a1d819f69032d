import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type LocalNode, startLocalNode } from '../examples/localNode.js';
import type { Block } from '../src/consensus/block.js';
import type { Network } from '../src/consensus/network.js';
import { createTransaction, type Transaction } from '../src/consensus/transaction.js';
import { encodeAddress } from '../src/crypto/address.js';
import { parseNetworkFile } from '../src/node/openChain.js';
import { Wire } from '../src/peers/client/wire.js';
import { benchKey, signTransfer } from './benchKey.js';

/** A message of one node to another. */
interface Message {
  readonly mutation: string;
  readonly bytes: number;
  /** When its first byte came, and when its answer was there, by performance.now. */
  readonly started: number;
  readonly answered: number;
}

/**
 * One node mines a block of payments that its peer has pending: what goes between them, and how long the peer takes until the block is on its disk. Both
 * are processes of their own on this machine.
 */
export async function benchAnnouncement(payments: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'corrente-bench-'));
  const nodes: LocalNode[] = [];
  const messages: Message[] = [];
  try {
    const file = join(folder, 'network.json');
    const network = await payersNetwork(file);
    const args = ['--network', file, '--mine', 'off', '--log-level', 'warn', '--miner', address(benchKey(0).publicKey)];
    const start = async (name: string, more: readonly string[]) => {
      const node = await startLocalNode({ data: join(folder, name), args: [...args, ...more] });
      nodes.push(node);
      return node;
    };
    const receiver = await start('receiver', []);
    const between = await countingProxy(receiver.url, messages);
    const sender = await start('sender', ['--peer', between.url]);
    const transactions = paymentsOf(network, payments);
    await submit(sender, network, transactions);
    const pending = '{ mempool { size } }';
    while ((await receiver.ask<{ mempool: { size: number } }>(pending)).mempool.size < payments) await delay(100);
    const relayed = messages.splice(0);
    const mined = sender.ask('mutation { mineBlocks { __typename } }');
    while ((await receiver.ask<{ chain: { height: number } }>('{ chain { height } }')).chain.height < 1) await delay(5);
    const connected = performance.now();
    const isAnswered = () => messages.some(({ mutation }) => mutation.includes('Block'));
    while (!isAnswered()) await delay(20);
    await mined;
    const announced = messages.filter(({ mutation }) => mutation.includes('Block'));
    report(network, { transactions, relayed, announced, connected });
    between.close();
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
    await rm(folder, { recursive: true, force: true });
  }
}

function report(
  network: Network,
  {
    transactions,
    relayed,
    announced,
    connected,
  }: {
    readonly transactions: readonly Transaction[];
    readonly relayed: readonly Message[];
    readonly announced: readonly Message[];
    /** When the peer showed the block as its tip. */
    readonly connected: number;
  },
): void {
  const raw = transactions.reduce((sum, { size }) => sum + size, 152);
  const block: Block = { header: network.genesis.header, transactions };
  const json = JSON.stringify({ block: new Wire(network).blockInput(block) }).length;
  const compact = announced.reduce((sum, { bytes }) => sum + bytes, 0);
  const packed = relayed.filter(({ mutation }) => mutation.includes('Transactions'));
  const sent = packed.reduce((sum, { bytes }) => sum + bytes, 0);
  const percent = (whole: number) => `${((100 * compact) / whole).toFixed(1)} %`;
  console.log(`a block of ${transactions.length} payments that the peer has pending`);
  console.log(
    `  payments relayed before: ${packed.length} messages, ${(sent / transactions.length).toFixed(0)} bytes each`,
  );
  console.log(`  the block has ${raw} bytes, ${json} as JSON`);
  for (const { mutation, bytes, started, answered } of announced)
    console.log(`  ${mutation}: ${bytes} bytes, answered after ${(answered - started).toFixed(0)} ms`);
  console.log(
    `  the block is the peer's tip ${(connected - announced[0]!.started).toFixed(0)} ms after it was announced`,
  );
  console.log(`  announced with ${percent(raw)} of its bytes, ${percent(json)} of its JSON`);
}

/** Payers with coins; one may have 64 payments pending. */
const PAYERS = Array.from({ length: 400 }, (_, index) => benchKey(index));
const PREFIX = 'bench';
const address = (publicKey: Uint8Array) => encodeAddress(PREFIX, publicKey);

async function payersNetwork(path: string): Promise<Network> {
  const file = JSON.stringify({
    name: 'payers',
    addressPrefix: PREFIX,
    timestamp: '2020-01-01T00:00:00.000Z',
    target: 0x207fffff,
    targetLimit: 0x207fffff,
    blockIntervalMs: 10_000,
    halfLifeMs: 3_600_000,
    subsidy: '1000000000',
    halvingInterval: 4_000_000,
    maxBlockBytes: 2_097_152,
    allocations: PAYERS.map(({ publicKey }) => ({ address: address(publicKey), amount: '100000000000' })),
  });
  await writeFile(path, file);
  return parseNetworkFile(file, path);
}

function paymentsOf({ chainId }: Network, count: number): Transaction[] {
  return Array.from({ length: count }, (_, index) => {
    const payer = PAYERS[index % PAYERS.length]!;
    const nonce = BigInt(Math.floor(index / PAYERS.length));
    const unsigned = {
      sender: payer.publicKey,
      recipient: benchKey(0).publicKey,
      amount: 1n,
      fee: 10n,
      nonce,
      memo: '',
    };
    return createTransaction(chainId, unsigned, signTransfer(chainId, unsigned, payer));
  });
}

async function submit(node: LocalNode, network: Network, transactions: readonly Transaction[]): Promise<void> {
  const wire = new Wire(network);
  for (let start = 0; start < transactions.length; start += BATCH) {
    const batch = transactions.slice(start, start + BATCH).map((transaction) => wire.transactionInput(transaction));
    const answer = await node.ask<{ addTransactions: { __typename: string; code?: string }[] }>(
      'mutation ($t: [SignedTransactionInput!]!) { addTransactions(transactions: $t) { __typename ... on Rejected { code } } }',
      { t: batch },
    );
    const refused = answer.addTransactions.find(({ __typename }) => __typename === 'Rejected');
    if (refused) throw new Error(`a payment was refused: ${refused.code}`);
  }
}

/** Payments of one request. */
const BATCH = 500;

/** Forwards requests to a node, and notes what mutations they have. */
async function countingProxy(target: string, messages: Message[]): Promise<{ url: string; close: () => void }> {
  const server = createServer((incoming, outgoing) => forward(target, { incoming, outgoing }, messages));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}/graphql`, close };
}

function forward(
  target: string,
  { incoming, outgoing }: { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse },
  messages: Message[],
): void {
  let bytes = 0;
  let mutation: string | undefined;
  let started = 0;
  const { port } = new URL(target);
  const { method, headers } = incoming;
  const forwarded = request({ host: '127.0.0.1', port, path: '/graphql', method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode!, answer.headers);
    answer.pipe(outgoing);
    answer.once('end', () => {
      if (mutation !== undefined) messages.push({ mutation, bytes, started, answered: performance.now() });
    });
  });
  forwarded.on('error', () => outgoing.destroy());
  incoming.on('data', (chunk: Buffer) => {
    if (bytes === 0) {
      started = performance.now();
      mutation = /\breceive\w+/.exec(chunk.toString('latin1'))?.[0];
    }
    bytes += chunk.length;
  });
  incoming.pipe(forwarded);
}
