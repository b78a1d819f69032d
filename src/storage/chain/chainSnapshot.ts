import { decodeTransaction, type Transaction } from '../../consensus/transaction.js';
import type {
  AccountPosition,
  ChainSnapshot,
  ConfirmedTransaction,
  HistoryPosition,
  RankedAccount,
  StoredHeader,
} from '../../chain/chainStore.js';
import { EMPTY_ACCOUNT, type Account, type AccountChange } from '../../ledger/accounts.js';
import type { DatabaseView } from '../lmdb/databaseView.js';
import * as keys from '../keys.js';
import * as records from '../records.js';
import type { PageRequest } from '../../util/pages.js';

/** The chain as of one commit, read from one pinned transaction of the database. */
export class LmdbChainSnapshot implements ChainSnapshot {
  /** Counters, tip and side tips; without a tip until genesis is connected. */
  readonly state: records.StateRecord;
  readonly #view: DatabaseView<keys.ChainTable>;
  readonly #chainId: Uint8Array;
  #uses = 1;
  #tip: StoredHeader | undefined;

  /** Takes over `view`, to be ended by `release`. */
  constructor(options: { readonly chainId: Uint8Array }, modules: { readonly view: DatabaseView<keys.ChainTable> }) {
    this.#chainId = options.chainId;
    this.#view = modules.view;
    const state = this.#view.get('meta', keys.STATE_KEY);
    this.state = state ? records.decodeState(state) : EMPTY_STATE;
  }

  tip(): StoredHeader {
    if (!this.state.tip) throw new Error('expected a store with its genesis connected, got an empty one');
    return (this.#tip ??= this.headerOf(this.state.tip));
  }

  header(hash: Uint8Array): StoredHeader | undefined {
    const position = this.position(hash);
    return position && this.headerOf(position);
  }

  headerAt(height: number): StoredHeader | undefined {
    const position = this.bestAt(height);
    return position && this.headerOf(position);
  }

  headersFrom(height: number, count: number): StoredHeader[] {
    const first = Math.max(height, 0);
    if (first > keys.MAX_U32) return [];
    const range = { from: keys.heightKey.of({ height: first }), to: END_OF_HEIGHTS, limit: count };
    return this.#view
      .range('best', range)
      .map(({ value }, index) => this.headerOf({ height: first + index, ...keys.ordinalKey.read(value) }));
  }

  transactions(hash: Uint8Array, start = 0, count: number = keys.MAX_U32): Transaction[] {
    return this.#encoded(hash, start, count).map((value) => decodeTransaction(this.#chainId, value));
  }

  body(hash: Uint8Array, start = 0, count: number = keys.MAX_U32): Uint8Array[] {
    return this.#encoded(hash, start, count);
  }

  #encoded(hash: Uint8Array, start: number, count: number): Uint8Array[] {
    const position = this.position(hash);
    if (!position) return [];
    const from = keys.transactionKey.of({ ...position, index: start });
    const to = keys.successor(keys.transactionKey.of({ ...position, index: keys.MAX_U32 }));
    return this.#view.values('transactions', { from, to, limit: count });
  }

  transaction(id: Uint8Array): ConfirmedTransaction | undefined {
    const bytes = this.#view.get('transactionPositions', id);
    return bytes && this.#confirmed([keys.transactionPositionKey.read(bytes)])[0];
  }

  isConfirmed(id: Uint8Array): boolean {
    return this.#view.get('transactionPositions', id) !== undefined;
  }

  undo(hash: Uint8Array): readonly AccountChange[] | undefined {
    const position = this.position(hash);
    const bytes = position && this.#view.get('undo', keys.blockKey.of(position));
    return (
      bytes &&
      records
        .decodeUndo(bytes)
        .map(({ number, account }) => ({ publicKey: this.#accountRecord(number).publicKey, account }))
    );
  }

  sideTips(): Uint8Array[] {
    return [...this.state.sideTips];
  }

  account(publicKey: Uint8Array): Account {
    return this.knownAccount(publicKey)?.record.account ?? EMPTY_ACCOUNT;
  }

  wasDisconnected(hash: Uint8Array): boolean {
    const position = this.position(hash);
    return position !== undefined && records.decodeWasDisconnected(this.#headerRecord(position));
  }

  history(publicKey: Uint8Array, page: PageRequest<HistoryPosition>): ConfirmedTransaction[] {
    const known = this.knownAccount(publicKey);
    if (!known) return [];
    const { number } = known;
    const from = page.after
      ? keys.successor(keys.historyKey.of({ ...page.after, number }))
      : keys.numberKey.of({ number });
    const to = page.before
      ? keys.historyKey.of({ ...page.before, number })
      : keys.successor(keys.historyKey.of({ number, height: 0, index: 0 }));
    return this.#confirmed(this.#page('history', from, to, page).map((key) => keys.historyKey.read(key)));
  }

  historyCount(publicKey: Uint8Array): number {
    return this.knownAccount(publicKey)?.record.historyCount ?? 0;
  }

  richest(page: PageRequest<AccountPosition>): RankedAccount[] {
    const from = page.after ? keys.successor(keys.richestKey.of(page.after)) : START_OF_RICHEST;
    const to = page.before ? keys.richestKey.of(page.before) : END_OF_RICHEST;
    return this.#page('richest', from, to, page).map((key) => {
      const { balance, number } = keys.richestKey.read(key);
      const { publicKey, account } = this.#accountRecord(number);
      return { publicKey, account, balance, number };
    });
  }

  accountCount(): number {
    return this.state.accountCount;
  }

  totalBalance(): bigint {
    return this.state.totalBalance;
  }

  retain(): this {
    this.#uses++;
    return this;
  }

  release(): void {
    if (--this.#uses === 0) this.#view.release();
  }

  // What commitOperations asks on top of the port.

  position(hash: Uint8Array): keys.BlockPosition | undefined {
    const bytes = this.#view.get('blockPositions', hash);
    return bytes && keys.blockKey.read(bytes);
  }

  /** Position of the best chain's block. */
  bestAt(height: number): keys.BlockPosition | undefined {
    // No key stands for it, and no block.
    if (height < 0 || height > keys.MAX_U32) return undefined;
    const bytes = this.#view.get('best', keys.heightKey.of({ height }));
    return bytes && { height, ...keys.ordinalKey.read(bytes) };
  }

  headerOf(position: keys.BlockPosition): StoredHeader {
    return records.decodeStoredHeader(this.#headerRecord(position));
  }

  #headerRecord(position: keys.BlockPosition): Uint8Array {
    return this.#view.require('headers', keys.blockKey.of(position));
  }

  /** Ordinals of the blocks at a height, lowest first. */
  ordinalsAt(height: number): number[] {
    const from = keys.heightKey.of({ height });
    const to = keys.successor(keys.blockKey.of({ height, ordinal: keys.MAX_ORDINAL }));
    const range = { from, to, limit: keys.MAX_ORDINAL + 1 };
    return this.#view.range('headers', range).map(({ key }) => keys.blockKey.read(key).ordinal);
  }

  /** An account that was ever touched. */
  knownAccount(publicKey: Uint8Array): KnownAccount | undefined {
    const bytes = this.#view.get('accountNumbers', publicKey);
    if (!bytes) return undefined;
    const { number } = keys.numberKey.read(bytes);
    return { number, record: this.#accountRecord(number) };
  }

  #accountRecord(number: number): records.AccountRecord {
    return records.decodeAccount(this.#view.require('accounts', keys.numberKey.of({ number })));
  }

  /** Keys of one page of a list, in list order. */
  #page(
    table: 'history' | 'richest',
    from: Uint8Array,
    to: Uint8Array,
    { limit, fromEnd }: PageRequest<unknown>,
  ): Uint8Array[] {
    const found = this.#view.range(table, { from, to, limit, reverse: fromEnd }).map(({ key }) => key);
    return fromEnd ? found.reverse() : found;
  }

  #confirmed(positions: readonly HistoryPosition[]): ConfirmedTransaction[] {
    let block: StoredHeader | undefined;
    let position: keys.BlockPosition | undefined;
    return positions.map(({ height, index }) => {
      if (block?.height !== height || !position) {
        position = this.bestAt(height);
        if (!position) throw new Error(`the index names block ${height}, which is not on the best chain`);
        block = this.headerOf(position);
      }
      const bytes = this.#view.require('transactions', keys.transactionKey.of({ ...position, index }));
      return { transaction: decodeTransaction(this.#chainId, bytes), block, index };
    });
  }
}

interface KnownAccount {
  readonly number: number;
  readonly record: records.AccountRecord;
}

const EMPTY_STATE: records.StateRecord = {
  tip: undefined,
  nextNumber: 0,
  accountCount: 0,
  totalBalance: 0n,
  sideTips: [],
};
const END_OF_HEIGHTS = keys.successor(keys.heightKey.of({ height: keys.MAX_U32 }));
const START_OF_RICHEST = new Uint8Array([0]);
const END_OF_RICHEST = keys.successor(keys.richestKey.of({ balance: 0n, number: keys.MAX_U32 }));
