import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { GraphQLClient } from 'graphql-request';
import { encodeAddress } from '../../src/crypto/address.js';
import { toHex } from '../../src/crypto/bytes.js';
import type { KeyPair } from '../../src/crypto/ed25519.js';
import type { Block } from '../../src/consensus/block.js';
import type { Network } from '../../src/consensus/network.js';
import type { Transaction } from '../../src/consensus/transaction.js';
import { startNode } from '../../src/node.js';
import type { TrustedProxies } from '../../src/http/callers/callers.js';
import { LogTail } from '../../src/node/logTail.js';
import { testAccount, testNetwork } from './blocks.js';
import { silentLogger, type LogLine } from './logger.js';
import { closeBeforeDeletion, temporaryFolder } from './temporaryFolder.js';

export interface TestNodeOptions {
  readonly network?: Network;
  readonly data?: string;
  readonly peers?: readonly string[];
  readonly port?: number;
  readonly broadcastTimeoutMs?: number;
  /** 0 by default: a test's network has the edges that the test gives it. */
  readonly outbound?: number;
  readonly publicUrl?: string;
  readonly peersOnly?: string;
  readonly trustProxy?: TrustedProxies;
  readonly log?: LogLine[];
}

/** A whole node in this process, on a free port and a folder of its own; ended with the test that started it. */
export interface TestNode {
  readonly url: string;
  readonly data: string;
  readonly network: Network;
  /** As RunningNode has it. */
  readonly damage: Promise<Error | undefined>;
  /** As anybody: no token. */
  ask<Answer>(document: string, variables?: Record<string, unknown>): Promise<Answer>;
  /** As the operator. */
  admin<Answer>(document: string, variables?: Record<string, unknown>): Promise<Answer>;
  reload(): Promise<void>;
  close(): Promise<void>;
}

export async function startTestNode(options: TestNodeOptions = {}): Promise<TestNode> {
  const network = options.network ?? testNetwork();
  const data = options.data ?? temporaryFolder();
  const logTail = new LogTail();
  const node = await startNode(
    {
      data,
      host: '127.0.0.1',
      port: options.port ?? 0,
      peers: options.peers ?? [],
      network,
      mine: 'off',
      miner: testAccount(9).publicKey,
      publicUrl: options.publicUrl,
      outbound: options.outbound ?? 0,
      peersOnly: options.peersOnly,
      trustProxy: options.trustProxy,
      broadcastTimeoutMs: options.broadcastTimeoutMs ?? 3_000,
    },
    { logger: silentLogger(options.log, logTail), logTail },
  );
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= node.close());
  closeBeforeDeletion(data, close);
  after(close);
  const token = readFileSync(join(data, 'admin.token'), 'utf8').trim();
  const client = (headers: Record<string, string>) => {
    const graphql = new GraphQLClient(node.url, { headers });
    return <Answer>(document: string, variables?: Record<string, unknown>) =>
      graphql.request<Answer>({ document, ...(variables && { variables }) });
  };
  return {
    url: node.url,
    data,
    network,
    damage: node.damage,
    ask: client({}),
    admin: client({ authorization: `Bearer ${token}` }),
    reload: () => node.reload(),
    close,
  };
}

/** A transaction as SignedTransactionInput or AddTransactionInput. */
export function transactionInput(network: Network, transaction: Transaction): Record<string, string> {
  return {
    sender: encodeAddress(network.addressPrefix, transaction.sender),
    recipient: encodeAddress(network.addressPrefix, transaction.recipient),
    amount: `${transaction.amount}`,
    fee: `${transaction.fee}`,
    nonce: `${transaction.nonce}`,
    memo: transaction.memo,
    signature: toHex(transaction.signature),
  };
}

/** A block as BlockInput. */
export function blockInput(network: Network, { header, transactions }: Block): Record<string, unknown> {
  return {
    height: header.height,
    previousHash: toHex(header.previousHash),
    transactionsRoot: toHex(header.transactionsRoot),
    timestamp: new Date(header.timestamp).toISOString(),
    target: header.target,
    miner: encodeAddress(network.addressPrefix, header.miner),
    nonce: `${header.nonce}`,
    transactions: transactions.map((transaction) => transactionInput(network, transaction)),
  };
}

export function addressOf(network: Network, account: Pick<KeyPair, 'publicKey'>): string {
  return encodeAddress(network.addressPrefix, account.publicKey);
}

/** Asks again until `done`, 20 ms apart, at most 10 s: for background work of nodes. */
export async function eventually<Answer>(
  ask: () => Promise<Answer>,
  done: (answer: Answer) => boolean,
  patienceMs = 10_000,
): Promise<Answer> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (done(answer)) return answer;
    if (performance.now() > deadline)
      throw new Error(`still not after ${patienceMs / 1000} s: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
