import type { Transaction } from 'lmdb';
import { StorageError } from '../../chain/chainStore.js';
import { toHex } from '../../crypto/bytes.js';
import { checksum, CHECKSUM_BYTES, checksumFault, type TableName } from '../keys.js';
import { type Environment, isUnreadable, requiredTable, type Tables } from './environment.js';

/** A stored value differs from what was written: the disk or the memory changed it. */
export class CorruptDataError extends StorageError {
  override readonly name = 'CorruptDataError';
  override readonly namesFile = false;

  constructor(table: TableName, key: Uint8Array, expected: string, got: string, options?: ErrorOptions) {
    super(`table ${table}, key ${toHex(key)}: expected ${expected}, got ${got}`, options);
  }
}

/** Keys from `from` up to but not including `to`. */
export interface KeyRange {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  /** Entries returned at most; all of them by default. */
  readonly limit?: number;
  /** True: the last `limit`, last first. */
  readonly reverse?: boolean;
}

export interface TableEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** All tables as of one commit, for as long as it is not released. Every value is a checked copy. */
export class DatabaseView<Name extends TableName> {
  readonly #tables: Tables;
  readonly #onRelease: (view: DatabaseView<Name>) => void;
  #transaction: { readonly transaction: Transaction } | undefined;

  /** Takes over one use of `transaction`. */
  constructor(tables: Tables, transaction: Transaction, onRelease: (view: DatabaseView<Name>) => void) {
    this.#tables = tables;
    this.#transaction = { transaction };
    this.#onRelease = onRelease;
  }

  /** The value without its checksum; undefined if there is none. Throws CorruptDataError. */
  get(table: Name, key: Uint8Array): Uint8Array | undefined {
    const pinned = this.#pinned();
    const stored = reading(table, key, () => requiredTable(this.#tables, table).get(key, pinned));
    return stored && checkedValue(table, key, stored);
  }

  /** As get, for a value that another record refers to. */
  require(table: Name, key: Uint8Array): Uint8Array {
    const value = this.get(table, key);
    if (!value) throw new CorruptDataError(table, key, 'the value that another table refers to', 'none');
    return value;
  }

  /** Entries of a range in the order asked for. Throws CorruptDataError. */
  range(table: Name, range: KeyRange): TableEntry[] {
    const entries: TableEntry[] = [];
    this.#each(table, range, (key, value) => void entries.push({ key: plain(key), value }));
    return entries;
  }

  /** The values of a range alone. Throws CorruptDataError. */
  values(table: Name, range: KeyRange): Uint8Array[] {
    const values: Uint8Array[] = [];
    this.#each(table, range, (_, value) => void values.push(value));
    return values;
  }

  #each(table: Name, range: KeyRange, found: (key: Uint8Array, value: Uint8Array) => void): void {
    const { from, to, limit = Infinity, reverse = false } = range;
    if (limit <= 0) return;
    const pinned = this.#pinned();
    const iterable = requiredTable(this.#tables, table).getRange(
      reverse
        ? { ...pinned, start: to, exclusiveStart: true, end: from, inclusiveEnd: true, reverse, limit }
        : { ...pinned, start: from, end: to, limit },
    );
    reading(table, from, () => {
      for (const { key, value } of iterable) found(key, checkedValue(table, key, value));
    });
  }

  /** Ends the view. A second call does nothing. */
  release(): void {
    const pinned = this.#transaction;
    if (!pinned) return;
    this.#transaction = undefined;
    pinned.transaction.done();
    this.#onRelease(this);
  }

  /** LMDB would read freed memory after the end of a transaction. */
  #pinned(): { readonly transaction: Transaction } {
    if (!this.#transaction) throw new Error('a view of the database was used after its release');
    return this.#transaction;
  }
}

/** A view of the last commit of an open LMDB file, which is in `views` until it is released. */
export function viewOf<Name extends TableName>(
  { root, tables }: Environment,
  views: Set<DatabaseView<Name>>,
): DatabaseView<Name> {
  const transaction = root.useReadTransaction();
  // Makes the transaction this view's own, or lmdb would go on to use it, and its cursors, for reads of the same turn.
  root.resetReadTxn();
  const view = new DatabaseView<Name>(tables, transaction, (released) => views.delete(released));
  views.add(view);
  return view;
}

/** Does the read; LMDB's errors about pages that it cannot follow become CorruptDataError. */
function reading<Result>(table: TableName, key: Uint8Array, read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    if (!isUnreadable(cause)) throw cause;
    throw new CorruptDataError(table, key, 'pages that LMDB can follow', cause.message, { cause });
  }
}

/** One array for each value and no more: a block has thousands. */
function checkedValue(table: TableName, key: Uint8Array, stored: Uint8Array): Uint8Array {
  const length = stored.length - CHECKSUM_BYTES;
  if (length >= 0) {
    const value = new Uint8Array(stored.buffer, stored.byteOffset, length);
    const expected =
      ((stored[length]! << 24) | (stored[length + 1]! << 16) | (stored[length + 2]! << 8) | stored[length + 3]!) >>> 0;
    if (checksum(key, value) === expected) return value;
  }
  const fault = checksumFault(key, plain(stored))!;
  throw new CorruptDataError(table, key, fault.expected, fault.got);
}

/** LMDB gives Buffers, whose slice() shares memory where a Uint8Array's copies. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
