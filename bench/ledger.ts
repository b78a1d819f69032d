import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concatBytes } from '../src/crypto/bytes.js';
import { createTransaction, type Transaction } from '../src/consensus/transaction.js';
import type { SignatureVerifier } from '../src/consensus/blockRules.js';
import { Admission } from '../src/mempool/admission.js';
import { Mempool } from '../src/mempool/mempool.js';
import { DEFAULT_POLICY } from '../src/mempool/policy.js';
import { NODE_TABLES } from '../src/storage/keys.js';
import { Database } from '../src/storage/lmdb/database.js';
import { LmdbMempoolJournal } from '../src/storage/mempoolJournal.js';
import { Closers } from '../src/util/closers.js';
import { benchKey } from './benchKey.js';
import { medianOf, inRounds } from './rounds.js';

/** Callers with a request under way, and transactions of each request. */
interface Shape {
  readonly name: string;
  readonly callers: number;
  readonly each: number;
}

/**
 * `npm run bench -- ledger`: processor time of this process, all threads of it, for a transaction on its way from a verified signature to
 * the acknowledgement: admission, mempool, and the journal on disk.
 */
export async function benchLedger(quick: boolean): Promise<void> {
  const transactions = payments();
  const rounds = await inRounds(quick ? 2 : 8, SHAPES, (shape) => measure(shape, transactions));
  for (const [index, { name }] of SHAPES.entries()) {
    console.log(`${name.padEnd(32)} ${medianOf(rounds, index).toFixed(1).padStart(6)} µs a transaction`);
  }
}

/** Microseconds of processor time a transaction. */
async function measure({ callers, each }: Shape, transactions: readonly Transaction[]): Promise<number> {
  const path = await mkdtemp(join(tmpdir(), 'corrente-bench-'));
  const closers = new Closers();
  try {
    const database = await Database.open({ path: join(path, 'node.mdb'), chainId: CHAIN_ID, tables: NODE_TABLES });
    closers.add(() => database.close());
    const journal = new LmdbMempoolJournal({ chainId: CHAIN_ID }, { database });
    closers.add(() => journal.close());
    const clock = { elapsed: () => performance.now() };
    const admission = new Admission({ mempool: new Mempool(DEFAULT_POLICY), verifier, journal, chain, clock });
    const requests = Array.from({ length: transactions.length / each }, (_, i) =>
      transactions.slice(i * each, (i + 1) * each).map((transaction) => ({ transaction, replaces: undefined })),
    );
    const before = process.cpuUsage();
    await Promise.all(
      Array.from({ length: callers }, async () => {
        for (let request = requests.pop(); request; request = requests.pop()) {
          const outcomes = await admission.submit(request, undefined, 0);
          const refused = outcomes.find((outcome) => 'code' in outcome);
          if (refused) throw new Error(`expected all to be accepted, got ${JSON.stringify(refused)}`);
        }
      }),
    );
    const { user, system } = process.cpuUsage(before);
    return (user + system) / transactions.length;
  } finally {
    await closers.close();
    await rm(path, { recursive: true });
  }
}

/** NONCES of each account, in the order in which they are taken: the last first. */
function payments(): Transaction[] {
  const keys = Array.from({ length: ACCOUNTS }, (_, index) => benchKey(index).publicKey);
  // Of the right form, and no more: a point, and a small scalar.
  const signature = concatBytes(keys[0]!, new Uint8Array(32));
  return Array.from({ length: NONCES }, (_, i) => BigInt(NONCES - 1 - i)).flatMap((nonce) =>
    keys.map((sender, i) => {
      const recipient = keys[(i + 1) % ACCOUNTS]!;
      return createTransaction(CHAIN_ID, { sender, recipient, amount: 1n, fee: 10n, nonce, memo: '' }, signature);
    }),
  );
}

const SHAPES: readonly Shape[] = [
  { name: 'one a request, 64 at once', callers: 64, each: 1 },
  { name: '100 a request, 4 at once', callers: 4, each: 100 },
];
const ACCOUNTS = 1_000;
const NONCES = 20;
const CHAIN_ID = new Uint8Array(32);
/** Workers have checked signatures. */
const verifier: SignatureVerifier = { verify: async (transactions) => transactions.map(() => true) };
const reader = { account: () => ({ balance: 10n ** 9n, nonce: 0n }), transaction: () => undefined };
const chain = { read: <Result>(use: (given: typeof reader) => Result) => use(reader) };
