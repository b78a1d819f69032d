import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'undici';
import { startLocalNode, type LocalNode } from '../examples/localNode.js';
import { transactionInput } from '../src/client/codec.js';
import { developmentAccount, developmentNetwork } from '../src/consensus/network.js';
import { createTransaction, signingPayload, type Transaction } from '../src/consensus/transaction.js';
import { sign } from '../src/crypto/ed25519.js';
import { toHex } from '../src/crypto/bytes.js';
import { atExit, campaignFolder } from './atExit.js';
import { runCampaign, type CampaignReport } from './campaign.js';
import { ask, Requests } from './oneConnection.js';
import { Random } from './random.js';

const WORKERS = 3;
const LANES = 8;
const FOLLOWERS = 4;
const ADD = `mutation ($transaction: AddTransactionInput!) {
  addTransaction(transaction: $transaction) { __typename ... on TransactionAccepted { transaction { id } } ... on Rejected { code } }
}`;
const STATUS = 'query ($id: Hash!) { transaction(id: $id) { status { __typename } } }';
const FOLLOW = 'subscription ($afterHash: Hash) { blockAdded(afterHash: $afterHash) { height hash previousHash } }';
const network = developmentNetwork();

/**
 * Kills API workers at random under load: what was acknowledged is never lost and seen by every worker at once, no request is answered
 * wrongly, and every stream of blocks is resumed by its client without a gap. WORKERS_SECONDS says for how long, 600 by default; WORKERS_LOG shows
 * the errors that the node logs.
 */
await runCampaign('workers', async ({ seed, short }, report) => {
  const seconds = short ? 20 : Number(process.env['WORKERS_SECONDS'] ?? 600);
  const random = new Random(seed);
  const args = ['--mine', '1', '--api-workers', `${WORKERS}`, '--log-level', 'error', '--log-format', 'json'];
  const isShown = process.env['WORKERS_LOG'] !== undefined;
  const onLog = (line: string): void => {
    if (isShown) console.log(line);
  };
  const started = performance.now();
  const node = await startLocalNode({ data: campaignFolder(), args, onLog });
  // About what a worker takes to be replaced: so often that some are always starting, and seldom that none serves.
  const startMs = performance.now() - started;
  const forget = atExit(() => node.process.kill('SIGKILL'));
  const end = new AbortController();
  const acknowledged: string[] = [];
  const lanes = Array.from({ length: LANES }, (_, index) =>
    lane(node.url, index, { end: end.signal, acknowledged, report }),
  );
  const followers = Array.from({ length: FOLLOWERS }, () => follow(node.url, end.signal, report));
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) {
    await delay(startMs * (0.2 + random.below(1_300) / 1_000));
    const workers = children(node);
    if (workers.length === 0) continue;
    process.kill(random.pick(workers), 'SIGKILL');
    report.faults++;
  }
  // The last blocks reach everybody.
  await delay(3_000);
  const { height } = (await ask<{ chain: { height: number } }>(new Requests(node.url), '{ chain { height } }', {}))
    .chain;
  end.abort();
  await Promise.all(lanes);
  const reached = await Promise.all(followers);
  for (const last of reached) if (last < height) report.fellShort(`a follower ended at height ${last} of ${height}`);
  const requests = new Requests(node.url);
  for (const id of acknowledged) {
    const { transaction } = await ask<StatusAnswer>(requests, STATUS, { id });
    const status = transaction?.status.__typename;
    if (status !== 'TransactionConfirmed' && status !== 'TransactionPending') {
      report.fellShort(`transaction ${id} was acknowledged, and is ${status ?? 'unknown'}`);
    }
  }
  requests.end();
  report.add({ 'transactions acknowledged': acknowledged.length, blocks: height });
  await node.stop();
  forget();
  if (node.process.exitCode !== 0) report.fellShort(`the node ended with ${node.process.exitCode}`);
});

interface StatusAnswer {
  readonly transaction: { readonly status: { readonly __typename: string } } | null;
}

interface Load {
  readonly end: AbortSignal;
  readonly acknowledged: string[];
  readonly report: CampaignReport;
}

/** Sends transfers of one account one after another, and reads each by another connection. */
async function lane(url: string, index: number, { end, acknowledged, report }: Load): Promise<void> {
  const [writer, reader] = [new Requests(url), new Requests(url)];
  for (let nonce = 0n; !end.aborted;) {
    const transaction = transfer(index, nonce);
    const input = transactionInput(transaction, network.addressPrefix);
    const { addTransaction } = await ask<{ addTransaction: { __typename: string; code?: string } }>(writer, ADD, {
      transaction: input,
    });
    if (addTransaction.code === 'SENDER_LIMIT') {
      await delay(200);
      continue;
    }
    const id = toHex(transaction.id);
    if (addTransaction.__typename !== 'TransactionAccepted') {
      report.fellShort(`transfer ${nonce} of account ${index} was answered with ${JSON.stringify(addTransaction)}`);
      return;
    }
    acknowledged.push(id);
    const seen = await ask<StatusAnswer>(reader, STATUS, { id });
    if (!seen.transaction) report.fellShort(`transaction ${id} was acknowledged, and another worker does not know it`);
    nonce++;
  }
  writer.end();
  reader.end();
}

function transfer(index: number, nonce: bigint): Transaction {
  const from = developmentAccount(index);
  const to = developmentAccount(index + 1).publicKey;
  const unsigned = { sender: from.publicKey, recipient: to, amount: 1n, fee: 1n, nonce, memo: '' };
  return createTransaction(network.chainId, unsigned, sign(signingPayload(network.chainId, unsigned), from));
}

interface Header {
  readonly height: number;
  readonly hash: string;
  readonly previousHash: string;
}

/** Follows the blocks, each of which must come after the one before, and goes on after the last one when it is cut off. Resolves to its height. */
async function follow(url: string, end: AbortSignal, report: CampaignReport): Promise<number> {
  let last: Header | undefined;
  while (!end.aborted) {
    const client = createClient({ url: url.replace(/^http/, 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
    const stop = (): void => void client.dispose();
    end.addEventListener('abort', stop);
    try {
      for await (const { data, errors } of client.iterate<{ blockAdded: Header }>({
        query: FOLLOW,
        variables: { afterHash: last?.hash ?? toHex(network.chainId) },
      })) {
        if (!data) throw new Error(JSON.stringify(errors));
        const { blockAdded } = data;
        if (last && blockAdded.previousHash !== last.hash) {
          report.fellShort(`block ${blockAdded.height} of a stream does not come after block ${last.height}`);
        }
        last = blockAdded;
      }
    } catch {
      // Cut off: the worker was killed.
      report.add({ 'streams resumed': 1 });
      await delay(100);
    } finally {
      end.removeEventListener('abort', stop);
      stop();
    }
  }
  return last?.height ?? 0;
}

/** Processes that the node has started. */
function children({ process: { pid } }: LocalNode): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}
