import { equalBytes, toHex } from '../../crypto/bytes.js';
import type { Transaction } from '../../consensus/transaction.js';
import type { ChainCommit, StoredHeader } from '../../chain/chainStore.js';
import type { Operation } from '../lmdb/packing.js';
import * as keys from '../keys.js';
import type { LmdbChainSnapshot } from './chainSnapshot.js';
import * as records from '../records.js';
import { EMPTY_ACCOUNT, type Account } from '../../ledger/accounts.js';
import type { Steps } from '../../util/turns.js';

/** Value of a table whose keys say it all. */
const NOTHING = new Uint8Array(0);

/** A block as the commit found or made it. */
interface LocatedBlock {
  readonly position: keys.BlockPosition;
  readonly header: StoredHeader;
  readonly transactions: readonly Transaction[];
}

/** The writes of one commit, from the state before it. */
export class CommitOperations {
  readonly #snapshot: LmdbChainSnapshot;
  readonly #accounts: AccountOperations;
  readonly #inserted = new Map<string, LocatedBlock>();
  readonly #marks = new Map<string, Set<'invalid' | 'disconnected'>>();
  readonly #operations: Operation<keys.ChainTable>[] = [];

  constructor(snapshot: LmdbChainSnapshot) {
    this.#snapshot = snapshot;
    this.#accounts = new AccountOperations(snapshot);
  }

  /**
   * The writes in their order, step by step. Everything is read and computed here, so that nothing can go wrong inside the transaction. Throws on a
   * commit that names a block the store does not hold.
   */
  *preparing(change: ChainCommit): Steps<Operation<keys.ChainTable>[]> {
    for (const { publicKey, account } of change.accounts) {
      this.#accounts.set(publicKey, account);
      yield;
    }
    for (const inserted of change.insert) yield* this.#insert(inserted);
    for (const hash of change.invalidate) this.#mark(hash, 'invalid');
    // Disconnected first: a key of the old branch that the new one uses again is removed, then written.
    let tip = this.#snapshot.state.tip;
    for (const hash of change.disconnect) tip = yield* this.#disconnect(hash);
    for (const connected of change.connect) tip = yield* this.#connect(connected);
    for (const hash of change.forget) {
      this.#forget(hash, change);
      yield;
    }
    const { operations, ...counters } = yield* this.#accounts.finish();
    const state = records.encodeState({ tip, ...counters, sideTips: change.sideTips });
    return [...this.#operations, ...operations, { table: 'meta', key: keys.STATE_KEY, value: state }];
  }

  *#insert({ block, work, size, invalid }: ChainCommit['insert'][number]): Steps<void> {
    const { hash, height } = block.header;
    const position = { height, ordinal: this.#freeOrdinal(height) };
    const header: StoredHeader = { ...block.header, work, size, invalid };
    this.#inserted.set(toHex(hash), { position, header, transactions: block.transactions });
    this.#put('headers', keys.blockKey.of(position), records.encodeStoredHeader(header, false));
    this.#put('blockPositions', hash, keys.blockKey.of(position));
    for (const [index, transaction] of block.transactions.entries()) {
      this.#put('transactions', keys.transactionKey.of({ ...position, index }), transaction.encoded);
      yield;
    }
  }

  /** The lowest that no block of the height has; a block that this commit forgets has its own until the next one. */
  #freeOrdinal(height: number): number {
    const taken = new Set(this.#snapshot.ordinalsAt(height));
    for (const { position } of this.#inserted.values()) if (position.height === height) taken.add(position.ordinal);
    let ordinal = 0;
    while (taken.has(ordinal)) ordinal++;
    if (ordinal > keys.MAX_ORDINAL) throw new Error(`expected at most ${keys.MAX_ORDINAL} blocks at height ${height}`);
    return ordinal;
  }

  /** Says something of a block besides what it had, before this commit or by it. */
  #mark(hash: Uint8Array, mark: 'invalid' | 'disconnected'): void {
    const { position, header } = this.#locate(hash);
    const marks = this.#marks.get(toHex(hash)) ?? new Set();
    this.#marks.set(toHex(hash), marks.add(mark));
    const invalid = header.invalid || marks.has('invalid');
    const wasDisconnected = marks.has('disconnected') || this.#snapshot.wasDisconnected(hash);
    const record = records.encodeStoredHeader({ ...header, invalid }, wasDisconnected);
    this.#put('headers', keys.blockKey.of(position), record);
  }

  /** Returns the position of the parent, which is the tip then. */
  *#disconnect(hash: Uint8Array): Steps<keys.BlockPosition> {
    const { position, header, transactions } = this.#locate(hash);
    this.#mark(hash, 'disconnected');
    this.#remove('best', keys.heightKey.of(position));
    this.#remove('undo', keys.blockKey.of(position));
    for (const [index, transaction] of transactions.entries()) {
      this.#remove('transactionPositions', transaction.id);
      for (const publicKey of partiesOf(transaction)) {
        const number = this.#accounts.countHistory(publicKey, -1);
        this.#remove('history', keys.historyKey.of({ number, height: position.height, index }));
      }
      yield;
    }
    return this.#locate(header.previousHash).position;
  }

  *#connect({ hash, undo, body }: ChainCommit['connect'][number]): Steps<keys.BlockPosition> {
    const located = this.#locate(hash);
    const { position } = located;
    const { height } = position;
    const entries = undo.map(({ publicKey, account }) => ({ number: this.#accounts.numberOf(publicKey), account }));
    this.#put('best', keys.heightKey.of(position), keys.ordinalKey.of(position));
    this.#put('undo', keys.blockKey.of(position), records.encodeUndo(entries));
    for (const [index, transaction] of (body ?? located.transactions).entries()) {
      this.#put('transactionPositions', transaction.id, keys.transactionPositionKey.of({ height, index }));
      for (const publicKey of partiesOf(transaction)) {
        const number = this.#accounts.countHistory(publicKey, 1);
        this.#put('history', keys.historyKey.of({ number, height, index }), NOTHING);
      }
      yield;
    }
    return position;
  }

  #forget(hash: Uint8Array, { disconnect }: ChainCommit): void {
    const { position, header } = this.#locate(hash);
    const isBest = this.#snapshot.bestAt(position.height)?.ordinal === position.ordinal;
    if (isBest && !disconnect.some((left) => equalBytes(left, hash)))
      throw new Error(`expected a block of a side branch to forget, got ${toHex(hash)} of the best chain`);
    this.#remove('headers', keys.blockKey.of(position));
    this.#remove('blockPositions', hash);
    for (let index = 0; index < header.transactionCount; index++) {
      this.#remove('transactions', keys.transactionKey.of({ ...position, index }));
    }
  }

  #locate(hash: Uint8Array): LocatedBlock {
    const inserted = this.#inserted.get(toHex(hash));
    if (inserted) return inserted;
    const position = this.#snapshot.position(hash);
    if (!position) throw new Error(`expected a block of the store in a commit, got the unknown ${toHex(hash)}`);
    const snapshot = this.#snapshot;
    return {
      position,
      header: snapshot.headerOf(position),
      // Read only where bodies are asked for.
      get transactions() {
        return snapshot.transactions(hash);
      },
    };
  }

  #put(table: keys.ChainTable, key: Uint8Array, value: Uint8Array): void {
    this.#operations.push({ table, key, value });
  }

  #remove(table: keys.ChainTable, key: Uint8Array): void {
    this.#operations.push({ table, key });
  }
}

/** Accounts that have the transaction in their history: one, for a payment to oneself. */
function partiesOf({ sender, recipient }: Transaction): Uint8Array[] {
  return equalBytes(sender, recipient) ? [sender] : [sender, recipient];
}

/** The accounts that one commit touches: what they were, what they become, and the writes that follow from it. */
class AccountOperations {
  readonly #snapshot: LmdbChainSnapshot;
  readonly #touched = new Map<string, TouchedAccount>();
  #nextNumber: number;

  constructor(snapshot: LmdbChainSnapshot) {
    this.#snapshot = snapshot;
    this.#nextNumber = snapshot.state.nextNumber;
  }

  set(publicKey: Uint8Array, account: Account): void {
    this.#touch(publicKey).account = account;
  }

  /** Counts a transaction of the best chain in (1) or out (-1) of the account's history; returns the account's number. */
  countHistory(publicKey: Uint8Array, difference: 1 | -1): number {
    const touched = this.#touch(publicKey);
    touched.historyCount += difference;
    return touched.number;
  }

  /** Number of the account: the one it has, or the next that is free. */
  numberOf(publicKey: Uint8Array): number {
    return this.#touch(publicKey).number;
  }

  /** The writes, and the counters of the state record after them. */
  *finish(): Steps<
    Pick<records.StateRecord, 'nextNumber' | 'accountCount' | 'totalBalance'> & {
      readonly operations: Operation<keys.ChainTable>[];
    }
  > {
    const operations: Operation<keys.ChainTable>[] = [];
    let { accountCount, totalBalance } = this.#snapshot.state;
    for (const { number, before, publicKey, account, historyCount } of this.#touched.values()) {
      yield;
      if (!before) operations.push({ table: 'accountNumbers', key: publicKey, value: keys.numberKey.of({ number }) });
      const value = records.encodeAccount({ publicKey, account, historyCount });
      operations.push({ table: 'accounts', key: keys.numberKey.of({ number }), value });
      const old = before?.account ?? EMPTY_ACCOUNT;
      const [wasListed, isListed] = [isFunded(old), isFunded(account)];
      accountCount += Number(isListed) - Number(wasListed);
      totalBalance += account.balance - old.balance;
      if (wasListed === isListed && old.balance === account.balance) continue;
      if (wasListed) operations.push({ table: 'richest', key: keys.richestKey.of({ balance: old.balance, number }) });
      if (isListed) {
        const key = keys.richestKey.of({ balance: account.balance, number });
        operations.push({ table: 'richest', key, value: NOTHING });
      }
    }
    return { operations, nextNumber: this.#nextNumber, accountCount, totalBalance };
  }

  #touch(publicKey: Uint8Array): TouchedAccount {
    const text = toHex(publicKey);
    let touched = this.#touched.get(text);
    if (!touched) {
      const known = this.#snapshot.knownAccount(publicKey);
      const before = known?.record;
      touched = {
        number: known?.number ?? this.#nextNumber++,
        before,
        publicKey,
        account: before?.account ?? EMPTY_ACCOUNT,
        historyCount: before?.historyCount ?? 0,
      };
      this.#touched.set(text, touched);
    }
    return touched;
  }
}

interface TouchedAccount {
  readonly number: number;
  /** Undefined for an account that is seen for the first time. */
  readonly before: records.AccountRecord | undefined;
  readonly publicKey: Uint8Array;
  account: Account;
  historyCount: number;
}

function isFunded({ balance, nonce }: Account): boolean {
  return balance > 0n || nonce > 0n;
}
