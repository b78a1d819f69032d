import { StorageFullError } from '../chain/chainStore.js';
import type { Transaction } from '../consensus/transaction.js';
import type { JournalEntry, MempoolJournal } from '../mempool/ports.js';
import { QueueFullError } from '../util/serialQueue.js';
import { readOnce, type StoreDatabase } from './lmdb/database.js';
import type { Operation } from './lmdb/packing.js';
import { sequenceKey, successor, type NodeTable } from './keys.js';
import { decodeJournalEntry, encodeJournalEntry } from './records.js';

const FIRST_KEY = sequenceKey.of({ sequence: 0n });
const AFTER_LAST_KEY = successor(sequenceKey.of({ sequence: 2n ** 64n - 1n }));
/** Twice the mempool's bound, so that only a disk that hangs can reach it. */
const MAX_WAITING_ENTRIES = 100_000;

export interface LmdbMempoolJournalModules {
  /** Open with NODE_TABLES; closed by its owner, after the journal. */
  readonly database: StoreDatabase<NodeTable>;
}

/**
 * Pending transactions in a database of their own, so that no acknowledgement waits behind a block. Group commit: what is
 * appended while one write is synced gathers and becomes the next write, with one sync for all. Removals go with it.
 *
 * Bounds: MAX_WAITING_ENTRIES wait for the disk, beyond which append rejects with QueueFullError; what is on disk and what
 * is to be removed is no more than was appended and is bounded by the mempool.
 */
export class LmdbMempoolJournal implements MempoolJournal {
  readonly #chainId: Uint8Array;
  readonly #database: LmdbMempoolJournalModules['database'];
  /** Sequence number by transaction id, of everything on disk or on its way. */
  readonly #sequences = new Map<string, bigint>();
  #nextSequence: bigint;
  #gathered: NumberedEntry[] = [];
  /** Sequence numbers to be removed with the next write. */
  #removed = new Set<bigint>();
  /** Ends with the write under way, however it ends. */
  #running: Promise<void> = Promise.resolve();
  /** The write after it, once there is something to write. */
  #next: Promise<void> | undefined;

  constructor(options: { readonly chainId: Uint8Array }, modules: LmdbMempoolJournalModules) {
    this.#chainId = options.chainId;
    this.#database = modules.database;
    const last = this.#read({ limit: 1, reverse: true })[0];
    this.#nextSequence = last ? sequenceKey.read(last.key).sequence + 1n : 0n;
  }

  append(entries: readonly JournalEntry[]): Promise<void> {
    if (this.#gathered.length + entries.length > MAX_WAITING_ENTRIES) {
      return Promise.reject(new QueueFullError(MAX_WAITING_ENTRIES));
    }
    return this.#gather(entries, false);
  }

  keep(entries: readonly JournalEntry[]): Promise<void> {
    return this.#gather(entries, true);
  }

  remove(transactions: readonly Pick<Transaction, 'txid'>[]): void {
    for (const { txid } of transactions) {
      const sequence = this.#sequences.get(txid);
      if (sequence === undefined) continue;
      this.#sequences.delete(txid);
      this.#removed.add(sequence);
    }
  }

  /** Everything kept, in the order it was appended; of a transaction that is there twice, the last. */
  load(): JournalEntry[] {
    const entries: NumberedEntry[] = [];
    for (const { key, value } of this.#read({})) {
      const { sequence } = sequenceKey.read(key);
      if (this.#removed.has(sequence)) continue;
      const entry = decodeJournalEntry(this.#chainId, value);
      const { txid } = entry.transaction;
      const former = this.#sequences.get(txid);
      if (former !== undefined && former !== sequence) this.#removed.add(former);
      this.#sequences.set(txid, sequence);
      entries.push({ sequence, entry });
    }
    return entries.filter(({ sequence }) => !this.#removed.has(sequence)).map(({ entry }) => entry);
  }

  /** Waits for writes under way and writes removals that are left. */
  async close(): Promise<void> {
    try {
      await this.#writeNext();
    } catch (failure) {
      // Their callers have the error; entries that could not be removed are checked again at the next start.
      if (!(failure instanceof StorageFullError)) throw failure;
    }
  }

  #gather(entries: readonly JournalEntry[], isKept: boolean): Promise<void> {
    if (entries.length === 0) return Promise.resolve();
    for (const entry of entries) {
      const sequence = this.#nextSequence++;
      const { txid } = entry.transaction;
      this.#gathered.push({ sequence, entry, isKept, former: this.#sequences.get(txid) });
      this.#sequences.set(txid, sequence);
    }
    return this.#writeNext();
  }

  /** Ends with the write after the one under way. */
  #writeNext(): Promise<void> {
    this.#next ??= this.#running.then(() => this.#write());
    return this.#next;
  }

  #write(): Promise<void> {
    const [gathered, removed] = [this.#gathered, this.#removed];
    this.#gathered = [];
    this.#removed = new Set();
    this.#next = undefined;
    const written = this.#commit(gathered, removed);
    this.#running = written.catch(() => undefined);
    return written;
  }

  async #commit(entries: readonly NumberedEntry[], removed: ReadonlySet<bigint>): Promise<void> {
    const operations: Operation<NodeTable>[] = entries.map(({ sequence, entry }) => ({
      table: 'mempool',
      key: sequenceKey.of({ sequence }),
      value: encodeJournalEntry(entry),
    }));
    // After the puts: an entry may be removed before it was ever written.
    const formers = entries.flatMap(({ former }) => (former === undefined ? [] : [former]));
    for (const sequence of [...removed, ...formers]) {
      operations.push({ table: 'mempool', key: sequenceKey.of({ sequence }) });
    }
    if (operations.length === 0) return;
    try {
      await this.#database.commit(operations);
    } catch (failure) {
      this.#takeBack(entries);
      for (const sequence of removed) this.#removed.add(sequence);
      throw failure;
    }
  }

  /** The record of a transaction is the one before again, unless it has left or the write is tried again. */
  #takeBack(entries: readonly NumberedEntry[]): void {
    for (const numbered of entries.toReversed()) {
      const { sequence, former, isKept } = numbered;
      const { txid } = numbered.entry.transaction;
      const current = this.#sequences.get(txid);
      if (current === undefined) {
        if (former !== undefined) this.#removed.add(former);
      } else if (current !== sequence) {
        const later = this.#gathered.find((one) => one.former === sequence);
        if (later) later.former = former;
      } else if (isKept) {
        this.#gathered.unshift(numbered);
      } else if (former !== undefined) {
        this.#sequences.set(txid, former);
      } else {
        this.#sequences.delete(txid);
      }
    }
  }

  #read(options: { readonly limit?: number; readonly reverse?: boolean }) {
    return readOnce(this.#database, (view) =>
      view.range('mempool', { from: FIRST_KEY, to: AFTER_LAST_KEY, ...options }),
    );
  }
}

interface NumberedEntry {
  readonly sequence: bigint;
  readonly entry: JournalEntry;
  /** Written again until it is on disk. */
  readonly isKept?: boolean;
  /** Sequence number of the record of the same transaction before it, which goes with the write that brings this one. */
  former?: bigint | undefined;
}
