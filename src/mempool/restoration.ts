import type { Rejection } from '../consensus/rejection.js';
import type { Transaction } from '../consensus/transaction.js';
import type { AccountReader } from '../ledger/accounts.js';
import type { Lender } from '../util/lender.js';
import type { Steps } from '../util/turns.js';
import type { Mempool } from './mempool.js';
import { RETURNING } from './policy.js';
import type { JournalEntry, MempoolJournal } from './ports.js';

export interface RestorationModules {
  readonly mempool: Mempool;
  readonly journal: Pick<MempoolJournal, 'load' | 'remove'>;
  /** Of the current tip. */
  readonly chain: Lender<AccountReader>;
}

/**
 * Puts back what was acknowledged before a restart, then those of `others`, that only side branches hold, a list at a time until one finds
 * the mempool full. All were verified then, and the store's checksums guard them since. Nothing else is to be added meanwhile. Returns
 * how many are pending again. The wall clock of then and of now may both be wrong, so what it says has passed counts for half of a
 * transaction's life at most.
 */
export function* restoring(
  modules: RestorationModules,
  others: Iterable<readonly Transaction[]>,
  now: number,
  elapsed: number,
): Steps<number> {
  const { mempool, journal } = modules;
  mempool.expire(now, elapsed);
  const journalled = journal.load();
  for (const entry of journalled) {
    putBack(modules, entry, now);
    yield;
  }
  for (const transactions of others) {
    let isFull = false;
    const taken: Transaction[] = [];
    for (const transaction of transactions) {
      const fault = putBack(modules, { transaction, since: now }, now);
      if (!fault) taken.push(transaction);
      // One that waits for an earlier nonce makes room for one that does not.
      isFull ||= fault?.code === 'MEMPOOL_FULL';
      yield;
    }
    const pending = taken.flatMap(({ txid }) => mempool.named(txid) ?? []);
    if (pending.length > 0) mempool.returned.emit(pending);
    if (isFull) break;
    yield;
  }
  mempool.expire(now, elapsed);
  journal.remove(journalled.map(({ transaction }) => transaction).filter(({ txid }) => !mempool.has(txid)));
  return mempool.size;
}

/** Why a transaction that was accepted before is not pending again; undefined if it is. */
function putBack(
  { mempool, chain }: RestorationModules,
  { transaction, since }: JournalEntry,
  now: number,
): Rejection | undefined {
  const account = mempool.account(transaction) ?? chain.read((reader) => reader.account(transaction.sender));
  const age = Math.min(Math.max(now - since, 0), mempool.maxAgeMs / 2);
  return mempool.add(transaction, account, since, RETURNING, age);
}
