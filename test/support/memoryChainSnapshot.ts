import { toHex } from '../../src/crypto/bytes.js';
import { type Transaction } from '../../src/consensus/transaction.js';
import type {
  AccountPosition,
  ChainSnapshot,
  ConfirmedTransaction,
  HistoryPosition,
  RankedAccount,
  StoredHeader,
} from '../../src/chain/chainStore.js';
import { EMPTY_ACCOUNT, type Account, type AccountChange } from '../../src/ledger/accounts.js';
import type { PageRequest } from '../../src/util/pages.js';

/** Everything a MemoryChainStore holds, never changed once it is made. Keys are hexadecimal hashes and public keys. */
export interface MemoryState {
  readonly blocks: ReadonlyMap<string, MemoryBlock>;
  /** Hash of the best chain's block at each height. */
  readonly best: readonly string[];
  readonly undo: ReadonlyMap<string, readonly AccountChange[]>;
  readonly accounts: ReadonlyMap<string, AccountChange & { readonly number: number }>;
  readonly sideTips: readonly Uint8Array[];
  /** Hashes of the blocks that ever left the best chain. */
  readonly disconnected: ReadonlySet<string>;
}

interface MemoryBlock {
  readonly header: StoredHeader;
  readonly transactions: readonly Transaction[];
}

/** A state of the memory store. It looks at everything to answer, which is plain rather than fast. */
export class MemoryChainSnapshot implements ChainSnapshot {
  readonly #held: MemoryState;
  #uses = 1;

  constructor(state: MemoryState) {
    this.#held = state;
  }

  tip(): StoredHeader {
    return this.headerAt(this.#state.best.length - 1)!;
  }

  header(hash: Uint8Array): StoredHeader | undefined {
    return this.#state.blocks.get(toHex(hash))?.header;
  }

  headerAt(height: number): StoredHeader | undefined {
    return this.#bestBlock(height)?.header;
  }

  headersFrom(height: number, count: number): StoredHeader[] {
    const first = Math.max(height, 0);
    return this.#state.best.slice(first, first + count).map((hash) => this.#state.blocks.get(hash)!.header);
  }

  transactions(hash: Uint8Array, start = 0, count = Infinity): Transaction[] {
    return [...(this.#state.blocks.get(toHex(hash))?.transactions ?? [])].slice(start, start + count);
  }

  body(hash: Uint8Array, start?: number, count?: number): Uint8Array[] {
    return this.transactions(hash, start, count).map(({ encoded }) => encoded);
  }

  transaction(id: Uint8Array): ConfirmedTransaction | undefined {
    return this.#confirmed((transaction) => toHex(transaction.id) === toHex(id))[0];
  }

  isConfirmed(id: Uint8Array): boolean {
    return this.transaction(id) !== undefined;
  }

  undo(hash: Uint8Array): readonly AccountChange[] | undefined {
    return this.#state.undo.get(toHex(hash));
  }

  sideTips(): Uint8Array[] {
    return [...this.#state.sideTips];
  }

  account(publicKey: Uint8Array): Account {
    return this.#state.accounts.get(toHex(publicKey))?.account ?? EMPTY_ACCOUNT;
  }

  wasDisconnected(hash: Uint8Array): boolean {
    return this.#state.disconnected.has(toHex(hash));
  }

  history(publicKey: Uint8Array, page: PageRequest<HistoryPosition>): ConfirmedTransaction[] {
    const newestFirst = this.#historyOf(publicKey).reverse();
    return pageOf(newestFirst, page, ({ block, index }, position) => {
      return position.height - block.height || position.index - index;
    });
  }

  historyCount(publicKey: Uint8Array): number {
    return this.#historyOf(publicKey).length;
  }

  richest(page: PageRequest<AccountPosition>): RankedAccount[] {
    const ranked = this.#funded()
      .map(({ publicKey, account, number }) => ({ publicKey, account, balance: account.balance, number }))
      .sort(byRank);
    return pageOf(ranked, page, byRank);
  }

  accountCount(): number {
    return this.#funded().length;
  }

  totalBalance(): bigint {
    return this.#funded().reduce((sum, { account }) => sum + account.balance, 0n);
  }

  retain(): this {
    this.#uses++;
    return this;
  }

  release(): void {
    this.#uses--;
  }

  /** Strict where the LMDB store is, so that a test on this one finds a snapshot that is used after its release. */
  get #state(): MemoryState {
    if (this.#uses < 1) throw new Error('a snapshot was used after its release');
    return this.#held;
  }

  #bestBlock(height: number): MemoryBlock | undefined {
    const hash = this.#state.best[height];
    return hash === undefined ? undefined : this.#state.blocks.get(hash);
  }

  #historyOf(publicKey: Uint8Array): ConfirmedTransaction[] {
    const party = toHex(publicKey);
    return this.#confirmed(({ sender, recipient }) => toHex(sender) === party || toHex(recipient) === party);
  }

  #confirmed(matches: (transaction: Transaction) => boolean): ConfirmedTransaction[] {
    const { best, blocks } = this.#state;
    return best.flatMap((hash) => {
      const { header, transactions } = blocks.get(hash)!;
      return transactions
        .map((transaction, index) => ({ transaction, block: header, index }))
        .filter(({ transaction }) => matches(transaction));
    });
  }

  #funded() {
    return [...this.#state.accounts.values()].filter(({ account }) => account.balance > 0n || account.nonce > 0n);
  }
}

/** Richest first, then as first seen. */
function byRank(a: AccountPosition, b: AccountPosition): number {
  if (a.balance !== b.balance) return a.balance > b.balance ? -1 : 1;
  return a.number - b.number;
}

/** One page of `items`, which are in list order. `compare` is negative if the item comes before the position. */
function pageOf<Item, Position>(
  items: readonly Item[],
  { after, before, limit, fromEnd }: PageRequest<Position>,
  compare: (item: Item, position: Position) => number,
): Item[] {
  const inside = items.filter((item) => (!after || compare(item, after) > 0) && (!before || compare(item, before) < 0));
  return fromEnd ? inside.slice(Math.max(0, inside.length - limit)) : inside.slice(0, limit);
}
