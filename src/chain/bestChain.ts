import { equalBytes, toHex } from '../crypto/bytes.js';
import type { Block } from '../consensus/block.js';
import { supplyAt, type Network } from '../consensus/network.js';
import type { AccountChange } from '../ledger/accounts.js';
import { assertInvariant } from '../util/invariant.js';
import { inTurns } from '../util/turns.js';
import { type BranchPath, pathTo, type Piece, piecesOf, sizeOf } from './branches.js';
import type { ChainSnapshot, ChainStore, StoredHeader } from './chainStore.js';
import { type Branch, type BrokenBlock, connectingBranch } from './connectBranch.js';
import type { TipChange } from './outcome.js';
import { changeSideTips, handOn, type SideChange, sideBranchesOf, withPinned } from './sideBranches.js';

/** Transactions of one commit of a long change of branch, unless a block has more: some 50 ms of work, in turns. */
export const MAX_COMMIT_TRANSACTIONS = 1_024;

/** A change of the tip that is on disk. Its `before` is to be released. */
export type Moved = Omit<TipChange, 'before' | 'reorganization'> & {
  readonly before: ChainSnapshot;
  readonly forkPoint: StoredHeader;
};

/** Called as soon as the snapshot is at the new tip, before anybody can run. */
type Arrival<Result> = (moved: Moved) => Promise<Result>;

/**
 * Writes the store, one change after another, and holds the snapshot that everybody reads. A short change of the tip is one commit. A long
 * change of branch is many, each a chain as good as any other, so that memory and the time without others having a turn do not grow with it;
 * the snapshot stays at the old tip until the last. One that a stop or a full disk cut short goes on with `settle`: the store holds all
 * blocks of both branches until then.
 */
export class BestChain {
  readonly #network: Network;
  readonly #store: ChainStore;
  readonly #maxCommitTransactions: number;
  /** Tips of side branches that were asked for: what comes unasked does not evict them. */
  #pinned: readonly string[] = [];
  #snapshot: ChainSnapshot;
  #isUnsettled = false;
  /** What a change under way did to accounts so far, by public key. */
  readonly #accounts = new Map<string, AccountChange>();

  constructor(
    options: { readonly network: Network; readonly maxCommitTransactions: number },
    modules: { readonly store: ChainStore },
  ) {
    this.#network = options.network;
    this.#maxCommitTransactions = options.maxCommitTransactions;
    this.#store = modules.store;
    this.#snapshot = modules.store.snapshot();
  }

  /** The reader of the current tip. */
  get snapshot(): ChainSnapshot {
    return this.#snapshot;
  }

  /** True if a change of branch was cut short: call `settle` before anything else is written. */
  get isUnsettled(): boolean {
    return this.#isUnsettled;
  }

  /** Stores a block off the best chain. */
  async storeAside(block: Block, stored: StoredHeader, isAskedFor: boolean): Promise<void> {
    await this.#aside(block, stored, []);
    if (isAskedFor) this.#pinned = withPinned(this.#pinned, stored);
  }

  /** Stores a block that breaks a rule. */
  async storeInvalid(block: Block, stored: StoredHeader): Promise<void> {
    await this.#aside(block, { ...stored, invalid: true }, []);
  }

  /** Makes a new block the tip, whose branch has the most work; returns the rule that it or an ancestor breaks, and then the tip stays. */
  async switchTo<Result>(block: Block, stored: StoredHeader, arrived: Arrival<Result>): Promise<Result | BrokenBlock> {
    const path = pathTo(this.#snapshot, stored);
    if (this.#isLong(path)) {
      await this.#aside(block, stored, []);
      return (await this.settle(arrived))!;
    }
    const branch = await inTurns(connectingBranch(this.#snapshot, path, [block], this.#network));
    if (!branch.broken) return this.#commit(path, branch, arrived);
    const descendants = sideBranchesOf(this.#snapshot).descendantsOf(branch.broken.header.hash);
    await this.#aside(block, { ...stored, invalid: true }, descendants);
    return branch.broken;
  }

  /** Connects blocks that extend the tip, as many as keep the state rules; undefined if the first does not. */
  async extend<Result>(
    connect: readonly StoredHeader[],
    blocks: readonly Block[],
    arrived: Arrival<Result>,
  ): Promise<Result | undefined> {
    const path = { forkPoint: this.#snapshot.tip(), disconnect: [], connect };
    const branch = await inTurns(connectingBranch(this.#snapshot, path, blocks, this.#network));
    return branch.connected.length > 0 ? this.#commit(path, branch, arrived) : undefined;
  }

  /**
   * Brings the store to the heaviest valid branch that it holds, commit by commit, then the snapshot. Returns what came of it: undefined if the store was there,
   * the block that broke a rule if that led back to the old tip. After a rejection it can be called again.
   */
  async settle<Result>(arrived: Arrival<Result>): Promise<Result | BrokenBlock | undefined> {
    this.#isUnsettled = true;
    let broken: BrokenBlock | undefined;
    let current = this.#store.snapshot();
    const commit = async (piece: Piece, branch: Branch, invalidate: readonly Uint8Array[]) => {
      await this.#commitPiece(current, piece, branch, invalidate);
      current.release();
      current = this.#store.snapshot();
      this.#assertSupply(current.totalBalance(), current.tip(), 'read after a commit');
    };
    const invalidated: Uint8Array[] = [];
    try {
      for (let best = this.#heaviest(current); !equalBytes(best.hash, current.tip().hash);) {
        for (const piece of piecesOf(pathTo(current, best), this.#maxCommitTransactions)) {
          const branch = await inTurns(connectingBranch(current, piece, [], this.#network));
          broken = branch.broken ?? broken;
          const invalid = branch.broken ? sideBranchesOf(this.#snapshot).descendantsOf(branch.broken.header.hash) : [];
          invalidated.push(...invalid);
          await commit(piece, branch, invalid);
          if (branch.broken) break;
        }
        best = this.#heaviest(current);
      }
    } finally {
      current.release();
    }
    this.#isUnsettled = false;
    const moved = this.#arrive(invalidated);
    return moved ? arrived(moved) : broken;
  }

  /** Frees the snapshot. */
  close(): void {
    this.#snapshot.release();
  }

  #isLong({ disconnect, connect }: BranchPath): boolean {
    return disconnect.length > 0 && sizeOf(disconnect) + sizeOf(connect) > this.#maxCommitTransactions;
  }

  /** The valid tip with the most work; of equal ones the one that everybody reads, then the store's. */
  #heaviest(current: ChainSnapshot): StoredHeader {
    const before = this.#snapshot.tip();
    let best = current.tip();
    for (const hash of current.sideTips()) {
      const tip = current.header(hash)!;
      const isBefore = equalBytes(hash, before.hash);
      if (!tip.invalid && (tip.work > best.work || (tip.work === best.work && isBefore))) best = tip;
    }
    return best;
  }

  async #commitPiece(
    current: ChainSnapshot,
    { disconnect }: Piece,
    { connected, accounts, balanceChange }: Branch,
    invalidate: readonly Uint8Array[],
  ): Promise<void> {
    const tip = connected.at(-1)?.header ?? current.header(disconnect.at(-1)?.previousHash ?? current.tip().hash)!;
    const sideTips = new Map(current.sideTips().map((hash) => [toHex(hash), hash]));
    sideTips.delete(toHex(tip.hash));
    const { hash } = current.tip();
    // Where the change begins, not one of the places that it comes through.
    const isTip = equalBytes(hash, this.#snapshot.tip().hash) && !sideBranchesOf(this.#snapshot).hasValidChild(hash);
    if (disconnect.length > 0 && isTip) sideTips.set(toHex(hash), hash);
    this.#assertSupply(current.totalBalance() + balanceChange, tip, 'about to be written');
    await this.#store.commit({
      insert: [],
      disconnect: disconnect.map((header) => header.hash),
      connect: connected.map(({ header, undo, block }) => ({ hash: header.hash, undo, body: block.transactions })),
      accounts,
      invalidate,
      forget: [],
      sideTips: [...sideTips.values()],
    });
    for (const change of accounts) this.#accounts.set(toHex(change.publicKey), change);
  }

  /** Moves the snapshot to the store's tip. Undefined if that is the old one. */
  #arrive(invalidated: readonly Uint8Array[]): Moved | undefined {
    const accounts = [...this.#accounts.values()];
    this.#accounts.clear();
    const before = this.#snapshot;
    const after = this.#store.snapshot();
    const path = pathTo(before, after.tip());
    this.#snapshot = after;
    handOn(before, after, { joined: path.disconnect, left: path.connect, invalidated });
    if (path.connect.length === 0) {
      before.release();
      return undefined;
    }
    return this.#moved(before, path, path.connect, accounts, (header) => after.transactions(header.hash));
  }

  /** Commits a change of the tip at once. `path` may go on beyond what the branch connects. */
  async #commit<Result>(path: BranchPath, branch: Branch, arrived: Arrival<Result>): Promise<Result> {
    const { connected, accounts } = branch;
    const unstored = connected.filter(({ isStored }) => !isStored);
    const headers = connected.map(({ header }) => header);
    const tip = headers.at(-1)!;
    const before = this.#snapshot;
    before.retain();
    try {
      const left = headers.filter((_, index) => connected[index]!.isStored);
      const commit = {
        insert: unstored.map(({ block, header: { work, size } }) => ({ block, work, size, invalid: false })),
        disconnect: path.disconnect.map(({ hash }) => hash),
        connect: connected.map(({ header, undo, block }) => ({ hash: header.hash, undo, body: block.transactions })),
        accounts,
        invalidate: [],
        ...changeSideTips(before, {
          added: path.disconnect.length > 0 ? before.tip() : undefined,
          parent: unstored[0]!.header.previousHash,
          joining: path.disconnect,
          leaving: left,
          pinned: this.#pinned,
        }),
      };
      this.#assertSupply(before.totalBalance() + branch.balanceChange, tip, 'about to be written');
      await this.#store.commit(commit);
      this.#renewSnapshot(tip, { joined: path.disconnect, left, forgotten: commit.forget });
    } catch (error) {
      before.release();
      throw error;
    }
    const bodies = new Map(connected.map(({ header, block }) => [toHex(header.hash), block.transactions]));
    const body = ({ hash }: StoredHeader) => bodies.get(toHex(hash)) ?? this.#snapshot.transactions(hash);
    return arrived(this.#moved(before, path, headers, accounts, body));
  }

  #moved(
    before: ChainSnapshot,
    { forkPoint, disconnect }: BranchPath,
    connected: readonly StoredHeader[],
    accounts: readonly AccountChange[],
    body: TipChange['body'],
  ): Moved {
    const reader = this.#snapshot;
    const [oldTip, tip] = [before.tip(), reader.tip()];
    return { oldTip, tip, forkPoint, disconnected: disconnect, connected, body, accounts, reader, before };
  }

  async #aside(block: Block, stored: StoredHeader, invalidate: readonly Uint8Array[]): Promise<void> {
    const { work, size, invalid } = stored;
    const commit = {
      insert: [{ block, work, size, invalid }],
      disconnect: [],
      connect: [],
      accounts: [],
      invalidate,
      ...changeSideTips(this.#snapshot, {
        added: stored,
        parent: stored.previousHash,
        joining: [stored],
        leaving: [],
        pinned: this.#pinned,
      }),
    };
    await this.#store.commit(commit);
    this.#renewSnapshot(this.#snapshot.tip(), { added: stored, forgotten: commit.forget, invalidated: invalidate });
  }

  /** Moves the snapshot to the commit that has just returned, which led to `tip`. */
  #renewSnapshot(tip: StoredHeader, change: SideChange): void {
    const previous = this.#snapshot;
    this.#snapshot = this.#store.snapshot();
    handOn(previous, this.#snapshot, change);
    previous.release();
    const isThere = equalBytes(this.#snapshot.tip().hash, tip.hash);
    assertInvariant(isThere, () => `expected the tip ${toHex(tip.hash)} in the store, got another`);
    this.#assertSupply(this.#snapshot.totalBalance(), tip, 'read after a commit');
  }

  /** All balances add up to what the network has issued: asserted on both sides of the store, so that what creates money is never written. */
  #assertSupply(total: bigint, { height }: StoredHeader, when: string): void {
    const supply = supplyAt(this.#network, height);
    assertInvariant(
      total === supply,
      () => `balances at height ${height}, ${when}: expected a sum of ${supply}, got ${total}`,
    );
  }
}
