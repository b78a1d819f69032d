import { toHex } from '../../src/crypto/bytes.js';
import { verifySignature } from '../../src/crypto/ed25519.js';
import { signingPayload, type Transaction } from '../../src/consensus/transaction.js';
import { Admission } from '../../src/mempool/admission.js';
import type { Submission } from '../../src/mempool/submission.js';
import { Mempool } from '../../src/mempool/mempool.js';
import { DEFAULT_POLICY, type MempoolPolicy } from '../../src/mempool/policy.js';
import type { JournalEntry } from '../../src/mempool/ports.js';
import type { Account } from '../../src/ledger/accounts.js';
import { ManualClock } from '../support/manualClock.js';
import { NOTHING_CONFIRMED, testAccount, testNetwork, transfer } from '../support/blocks.js';

export const network = testNetwork();
const account: Account = { balance: 1_000_000n, nonce: 0n };
export const now = 7;

/** A transfer of the one sender. */
export function payment(nonce: number, amount = 100n, fee = 0n): Transaction {
  return transfer({ network, from: testAccount(0), to: testAccount(1), amount, fee, nonce });
}

/** As a client offers it, without anything to replace. */
export function offered(transaction: Transaction): Submission {
  return { transaction, replaces: undefined };
}

/** Admission with the reference verifier and a journal whose writes end when the test says so. */
export function setup(
  options: {
    confirmed?: Transaction;
    nonce?: bigint;
    journalled?: JournalEntry[];
    policy?: Partial<MempoolPolicy>;
  } = {},
) {
  const mempool = new Mempool({ ...DEFAULT_POLICY, ...options.policy });
  const removed: string[] = [];
  mempool.removed.on(({ id }) => removed.push(toHex(id)));
  const verified: Transaction[] = [];
  const writes: { entries: readonly JournalEntry[]; finish: (failure?: Error) => void }[] = [];
  const clock = new ManualClock();
  const admission = new Admission({
    mempool,
    verifier: {
      verify: async (transactions) => {
        verified.push(...transactions);
        return transactions.map((transaction) =>
          verifySignature(transaction.sender, signingPayload(network.chainId, transaction), transaction.signature),
        );
      },
    },
    journal: {
      append: (entries) =>
        new Promise((resolve, reject) => {
          writes.push({ entries, finish: (failure) => (failure ? reject(failure) : resolve()) });
        }),
      keep: () => Promise.reject(new Error('expected append')),
      remove: (transactions) => void removed.push(...transactions.map(({ txid }) => txid)),
      load: () => options.journalled ?? [],
    },
    chain: {
      read: (use) =>
        use({
          account: () => ({ ...account, nonce: (options.nonce ?? 0n) + BigInt(connected.length) }),
          transaction: (id) => {
            const confirmed = [...connected, options.confirmed].find((one) => one && toHex(one.id) === toHex(id));
            return confirmed && { transaction: confirmed };
          },
        }),
    },
    clock,
  });
  const connected: Transaction[] = [];
  /** A block with the next transactions of the one sender. */
  const connect = (transactions: Transaction[]) => {
    connected.push(...transactions);
    const after = { ...account, nonce: BigInt(connected.length) };
    const accounts = [{ publicKey: testAccount(0).publicKey, account: after }];
    const reader = { account: () => after, isConfirmed: (id: Uint8Array) => connected.some((one) => one.id === id) };
    void mempool.reconcile({ ...NOTHING_CONFIRMED, disconnected: [], accounts, reader }, now);
  };
  const submit = (transactions: readonly Transaction[], giver: string | undefined, at: number) =>
    admission.submit(transactions.map(offered), giver, at);
  return { mempool, admission, submit, verified, writes, removed, connect, clock };
}

/** Lets everything run that can, also where each of its steps takes a turn, as on a slow machine. */
export async function turn(): Promise<void> {
  for (let turns = 0; turns < 256; turns++) await new Promise((resolve) => setImmediate(resolve));
}
