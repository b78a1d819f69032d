/**
 * Three nodes, two hundred transfers, one ledger: `npm run demo`. Exits 0 only if all three agree to the unit, if a stopped peer is
 * reported as UNREACHABLE while the other still accepts, and if the peer catches up when it is back.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeAddress } from '../src/crypto/address.js';
import { toHex } from '../src/crypto/bytes.js';
import { sign } from '../src/crypto/ed25519.js';
import { COIN, developmentAccount, developmentNetwork } from '../src/consensus/network.js';
import { createTransaction, signingPayload, type UnsignedTransaction } from '../src/consensus/transaction.js';
import { startLocalNode, type LocalNode } from './localNode.js';

const TRANSFERS = 200;
const network = developmentNetwork();
const accounts = Array.from({ length: 10 }, (_, index) => developmentAccount(index));
const addresses = accounts.map(({ publicKey }) => encodeAddress(network.addressPrefix, publicKey));

const folder = await mkdtemp(join(tmpdir(), 'corrente-demo-'));
const nodes: LocalNode[] = [];
async function main(): Promise<void> {
  for (const number of [1, 2, 3]) nodes.push(await startLocalNode({ data: join(folder, `${number}`) }));
  const [first, second, third] = nodes as [LocalNode, LocalNode, LocalNode];
  for (const node of nodes) {
    for (const peer of nodes) if (peer !== node) await node.ask(ADD_PEER, { url: peer.url });
    console.log(`node ${nodes.indexOf(node) + 1}  ${node.url}  process ${node.process.pid}`);
  }

  console.log(`\n${TRANSFERS} transfers, signed here, sent to node 1 one by one:`);
  const tally = new Map<string, number>();
  for (let i = 0; i < TRANSFERS; i++) {
    const { deliveries } = await send(first, i % 10, (i + 1) % 10, BigInt(i + 1), BigInt(Math.floor(i / 10)));
    for (const { outcome, peer } of deliveries) {
      const line = `node ${nodes.findIndex((node) => node.url === peer.url) + 1} ${outcome}`;
      tally.set(line, (tally.get(line) ?? 0) + 1);
    }
  }
  for (const [line, count] of tally) console.log(`  ${line} × ${count}`);
  // The relay of the other peer may come first.
  const delivered = (node: number) =>
    (tally.get(`node ${node} ACCEPTED`) ?? 0) + (tally.get(`node ${node} ALREADY_KNOWN`) ?? 0);
  expect(delivered(2), TRANSFERS, 'transfers delivered to node 2');
  expect(delivered(3), TRANSFERS, 'transfers delivered to node 3');

  await mine(second);
  const height = await agree([first, second, third]);
  console.log(`\nnode 2 mined block ${height}; all three nodes agree on its hash and on every balance`);
  const mined = await first.ask<{ block: { transactionCount: number } }>(COUNT, { height });
  expect(mined.block.transactionCount, TRANSFERS, 'transfers in the block');

  const thirdPort = Number(new URL(third.url).port);
  await third.stop();
  console.log('\nnode 3 is stopped; one more transfer to node 1:');
  const { deliveries } = await send(first, 0, 1, 7n, BigInt(TRANSFERS / 10));
  for (const { outcome, peer } of deliveries) console.log(`  ${peer.url} ${outcome}`);
  expect(outcomeOf(deliveries, second), 'ACCEPTED', 'the answer of node 2');
  expect(outcomeOf(deliveries, third), 'UNREACHABLE', 'the answer of node 3');
  await mine(first);

  nodes[2] = await startLocalNode({ data: third.data, port: thirdPort });
  const caughtUp = await agree(nodes);
  console.log(`\nnode 3 is back and caught up to block ${caughtUp}; all three nodes agree again`);
}

interface Delivered {
  readonly outcome: string;
  readonly peer: { readonly url: string };
}

async function send(node: LocalNode, from: number, to: number, amount: bigint, nonce: bigint) {
  const sender = accounts[from]!;
  const unsigned: UnsignedTransaction = {
    sender: sender.publicKey,
    recipient: accounts[to]!.publicKey,
    amount: amount * (COIN / 100n),
    fee: 1_000n,
    nonce,
    memo: 'demo',
  };
  const signature = sign(signingPayload(network.chainId, unsigned), sender);
  const { id } = createTransaction(network.chainId, unsigned, signature);
  const answer = await node.ask<{ addTransaction: { code?: string; message?: string; deliveries: Delivered[] } }>(
    SEND,
    {
      transaction: {
        sender: addresses[from],
        recipient: addresses[to],
        amount: `${unsigned.amount}`,
        fee: `${unsigned.fee}`,
        nonce: `${nonce}`,
        memo: unsigned.memo,
        signature: toHex(signature),
      },
    },
  );
  const { code, message, deliveries } = answer.addTransaction;
  if (code !== undefined) throw new Error(`transfer ${toHex(id)} was rejected: ${code}: ${message}`);
  return { deliveries };
}

async function mine(node: LocalNode): Promise<void> {
  const answer = await node.ask<{ mineBlocks: { code?: string; message?: string }[] }>(MINE);
  const [block] = answer.mineBlocks;
  if (block?.code !== undefined) throw new Error(`mining was rejected: ${block.code}: ${block.message}`);
}

/** Waits until every node answers the same tip hash and the same balances; returns the height. */
async function agree(members: readonly LocalNode[]): Promise<number> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const answers = await Promise.all(members.map((node) => node.ask<State>(STATE, { addresses })));
    const [one, ...others] = answers.map((answer) => JSON.stringify(answer));
    if (others.every((answer) => answer === one) && answers[0]!.mempool.size === 0) return answers[0]!.chain.height;
    if (Date.now() > deadline)
      throw new Error(`the nodes do not agree: ${answers.map((a) => JSON.stringify(a)).join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

interface State {
  readonly chain: { readonly height: number };
  readonly mempool: { readonly size: number };
}

function outcomeOf(deliveries: readonly Delivered[], node: LocalNode): string | undefined {
  return deliveries.find(({ peer }) => peer.url === node.url)?.outcome;
}

function expect(got: string | number | undefined, expected: string | number, what: string): void {
  if (got !== expected) throw new Error(`${what}: expected ${expected}, got ${got ?? 'none'}`);
}

const ADD_PEER = 'mutation ($url: PeerUrl!) { addPeer(url: $url) { url } }';
const SEND = `mutation ($transaction: AddTransactionInput!) {
  addTransaction(transaction: $transaction) {
    ... on TransactionAccepted { deliveries { outcome peer { url } } }
    ... on Rejected { code message }
  }
}`;
const MINE = 'mutation { mineBlocks { ... on Rejected { code message } } }';
const COUNT = 'query ($height: Int!) { block(height: $height) { transactionCount } }';
const STATE = `query ($addresses: [Address!]!) {
  chain { height tip { hash } supply }
  mempool { size }
  balances(addresses: $addresses, first: 100) { nodes { address confirmed nonce } }
}`;

try {
  await main();
} finally {
  await Promise.all(nodes.map((node) => node.stop()));
  await rm(folder, { recursive: true, force: true });
}
