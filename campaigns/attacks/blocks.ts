import { setTimeout as delay } from 'node:timers/promises';
import { benchKey, signTransfer } from '../../bench/benchKey.js';
import { generateBlock, recipient } from '../../bench/generatedChain.js';
import { createHeader, transactionsRoot, type Block, type BlockHeader } from '../../src/consensus/block.js';
import { nextTarget } from '../../src/consensus/network.js';
import { meetsTarget } from '../../src/consensus/pow.js';
import { createTransaction, type Transaction } from '../../src/consensus/transaction.js';
import type { NodeRun } from '../nodeRun.js';
import type { Attack, Outcome, Shared } from './attack.js';
import { BlockSender } from './blockSender.js';
import { HonestClient } from './honestClient.js';
import { addresses } from './requests.js';
import { operation, send } from './http.js';
import { at, HONEST_ADDRESS, type Stage } from './stage.js';
import { tooLong } from './machine.js';

/** Blocks that have proof of work, of a stranger with a key of its own. */
export const blockAttacks: readonly Attack[] = [
  {
    row: 'B14',
    name: 'side blocks of 1,900 transfers that nobody can pay, then a start',
    isLong: true,
    run: (stage, { data }) => junkBranch(stage, data, STRANGERS),
  },
  {
    row: 'B14',
    name: 'the same near the tip, of accounts that the chain knows',
    isLong: true,
    run: async (stage) => {
      const data = await stage.chain('near', { paymentsPerBlock: 100, recipients: 100 }, 2, 40);
      return junkBranch(stage, data, PAYERS);
    },
  },
  { row: 'B15', name: 'a side branch with many tips, then a query for them', isLong: true, run: manyTips },
  { row: 'B16', name: 'sibling blocks without end while the heavier branch is fetched', isLong: true, run: siblings },
  {
    row: 'B17',
    name: 'a reorganization of 60 transfers a block, while serving balances',
    isLong: true,
    run: reorganization,
  },
];

const MAX_START_MS = 2_000;
const MAX_BALANCE_P99_MS = 100;
const MAX_QUERY_MS = 50;

/** Keys of accounts that no chain has, and of some that pay in every generated one, as benchKey numbers them. */
const STRANGERS = { senders: 5_000, miner: 3_000_000 };
const PAYERS = { senders: 0, miner: 1_000_000 };

async function junkBranch(stage: Stage, data: string, { senders, miner }: typeof PAYERS): Promise<Outcome> {
  const { network, short } = stage;
  const node = await stage.start(data);
  const transactions = Array.from({ length: JUNK }, (_, index) => junk(stage, senders, index));
  const sender = await BlockSender.of(node, network);
  const harm = await stage.beside(node, async () => {
    let parent: BlockHeader = network.genesis.header;
    for (let count = 0; count < (short ? 6 : 25); count++) {
      const block = mined(stage, parent, transactions, benchKey(miner).publicKey);
      if (await sender.send(block)) parent = block.header;
    }
    return undefined;
  });
  await stop(stage, node);
  const started = performance.now();
  const again = await stage.startOn(node.data);
  const startMs = performance.now() - started;
  await stage.end(again);
  return {
    harm,
    answer: `${sender.told}; next start ${(startMs / 1_000).toFixed(1)} s`,
    shortfalls: tooLong('a start', startMs, MAX_START_MS),
  };
}

async function manyTips(stage: Stage, shared: Shared): Promise<Outcome> {
  const { network, short } = stage;
  const node = await stage.start(shared.data);
  const sender = await BlockSender.of(node, network);
  let parent: BlockHeader = network.genesis.header;
  let last = 0;
  const harm = await stage.beside(node, async (spent) => {
    for (let height = 1; height <= (short ? 150 : 600); height++) {
      const block = mined(stage, parent, [], benchKey(3_000_000).publicKey);
      await sender.send(block);
      parent = block.header;
    }
    for (let tip = 0; tip < 64; tip++) {
      const before = spent();
      await sender.send(mined(stage, parent, [], benchKey(3_000_100 + tip).publicKey));
      last = spent() - before;
    }
    return undefined;
  });
  const fields = Array.from({ length: 14 }, (_, index) => `a${index}: tips { forkHeight branchLength }`).join(' ');
  let code = '';
  const query = await stage.again(node, async () => {
    ({ code } = await send(at(node), { body: operation(`{ chain { ${fields} } }`) }));
  });
  await stage.end(node);
  return {
    harm: { ...harm, health: query.health },
    answer: `${sender.told}; the last block ${last.toFixed(0)} ms, 14 × tips ${query.processorMs.toFixed(0)} ms: ${code}`,
    shortfalls: [
      ...tooLong('the query', query.processorMs, MAX_QUERY_MS),
      ...tooLong('a side block', last, MAX_QUERY_MS),
    ],
  };
}

async function siblings(stage: Stage): Promise<Outcome> {
  const { network } = stage;
  const empty = { paymentsPerBlock: 0, recipients: 1 };
  const ours = await stage.chain('siblings-ours', empty, 0, 100);
  const theirs = await stage.chain('siblings-theirs', empty, 0, 400, benchKey(2_000_000).publicKey);
  const [node, peer] = [await stage.start(ours), await stage.start(theirs)];
  const sender = await BlockSender.of(node, network);
  let fetched: number | undefined;
  const harm = await stage.beside(node, async () => {
    const over = new AbortController();
    const attack = (async () => {
      for (let count = 0; !over.signal.aborted; count++) {
        await sender.send(mined(stage, network.genesis.header, [], benchKey(3_000_000 + count).publicKey));
      }
    })();
    await delay(500);
    await node.ask('mutation ($url: PeerUrl!) { addPeer(url: $url) { id } }', {
      url: peer.url.replace('0.0.0.0', '127.0.0.1'),
    });
    fetched = await reaches(node, 400, stage.short ? 10 : 40);
    over.abort();
    await attack;
    return undefined;
  });
  await Promise.all([stage.end(node), stage.end(peer)]);
  const told =
    fetched === undefined ? 'the heavier branch was not reached' : `the heavier branch after ${fetched.toFixed(1)} s`;
  return { harm, answer: `${sender.told}; ${told}`, shortfalls: fetched === undefined ? [told] : [] };
}

async function reorganization(stage: Stage): Promise<Outcome> {
  const blocks = stage.short ? 150 : 1_000;
  const ours = await stage.chain('reorganized', { paymentsPerBlock: 60, recipients: 5_000 }, blocks, blocks);
  const miner = benchKey(2_000_000).publicKey;
  const theirs = await stage.chain(
    'heavier',
    { paymentsPerBlock: 60, recipients: 4_000 },
    blocks + 1,
    blocks + 1,
    miner,
  );
  const [node, peer] = [await stage.start(ours), await stage.start(theirs)];
  const body = operation('query ($address: Address!) { balance(address: $address) { confirmed } }', {
    address: addresses(1)[0],
  });
  const honest = new HonestClient({ url: at(node), from: HONEST_ADDRESS, body, everyMs: 25 });
  let took: number | undefined;
  const harm = await stage.beside(node, async () => {
    await node.ask('mutation ($url: PeerUrl!) { addPeer(url: $url) { id } }', {
      url: peer.url.replace('0.0.0.0', '127.0.0.1'),
    });
    took = await reaches(node, blocks + 1, 120);
    return undefined;
  });
  const balances = await honest.stop();
  await Promise.all([stage.end(node), stage.end(peer)]);
  return {
    harm,
    answer: `${blocks} blocks in ${took?.toFixed(1) ?? 'more than 120'} s; balance p50 ${balances.p50Ms.toFixed(0)} ms, p99 ${balances.p99Ms.toFixed(0)} ms`,
    shortfalls: tooLong('99 % of balances', balances.p99Ms, MAX_BALANCE_P99_MS),
  };
}

/** Seconds until the node's tip has this height; undefined if it takes longer than the given ones. */
async function reaches(node: NodeRun, height: number, seconds: number): Promise<number | undefined> {
  const started = performance.now();
  for (;;) {
    const { chain } = await node.ask<{ chain: { height: number } }>('{ chain { height } }');
    const passed = (performance.now() - started) / 1_000;
    if (chain.height >= height) return passed;
    if (passed > seconds) return undefined;
    await delay(100);
  }
}

async function stop(stage: Stage, node: NodeRun): Promise<void> {
  node.kill('SIGTERM');
  await node.ended;
  await stage.end(node);
}

/** A block with proof of work, whatever its transactions are. */
export function mined(
  { network }: Pick<Stage, 'network'>,
  parent: BlockHeader,
  transactions: readonly Transaction[],
  miner: Uint8Array,
): Block {
  if (transactions.length === 0) return generateBlock(network, { paymentsPerBlock: 0, recipients: 1 }, parent, miner);
  const template = {
    height: parent.height + 1,
    previousHash: parent.hash,
    transactionsRoot: transactionsRoot(transactions),
    transactionCount: transactions.length,
    timestamp: parent.timestamp + network.blockIntervalMs,
    target: nextTarget(network, parent),
    miner,
  };
  for (let nonce = 0n; ; nonce++) {
    const header = createHeader(template, nonce);
    if (meetsTarget(header.hash, header.target)) return { header, transactions };
  }
}

/** A transfer that no block of the best chain has. */
function junk({ network: { chainId } }: Stage, senders: number, index: number): Transaction {
  const sender = benchKey(senders + (index % 100));
  const unsigned = {
    sender: sender.publicKey,
    recipient: recipient(index % 100),
    amount: 2n,
    fee: 1n,
    nonce: BigInt(Math.floor(index / 100)),
    memo: '',
  };
  return createTransaction(chainId, unsigned, signTransfer(chainId, unsigned, sender));
}

/** More would be refused by the size of the body, from one who is no peer. */
const JUNK = 1_900;
