import { equalBytes, toHex } from '../crypto/bytes.js';
import { blockSize, type Block } from '../consensus/block.js';
import { supplyAt, type Network } from '../consensus/network.js';
import type { Rejection } from '../consensus/rejection.js';
import { checkSignatures, type SignatureVerifier } from '../consensus/blockRules.js';
import { Event } from '../util/event.js';
import { assertInvariant, InvariantError } from '../util/invariant.js';
import { lend, type Settled } from '../util/lender.js';
import { SerialQueue } from '../util/serialQueue.js';
import type { ChainReader, ChainSnapshot, CurrentChain, ChainStore, StoredHeader } from './chainStore.js';
import { examineBlock, followersOf, knownBlock, rejected } from './blockExamination.js';
import { type BranchPath, headerToStore, pathTo } from './branches.js';
import { OrphanPool } from './orphanPool.js';
import type { AddBlockOutcome, Reorganization, TipChange } from './outcome.js';
import { connectBranch, type Branch } from './connectBranch.js';
import { changeSideTips, handOn, sideBlockRefusal, sideBranchesOf, withPinned } from './sideBranches.js';

const MAX_ORPHANS = 64;
const MAX_ORPHAN_BYTES = 32 * 1024 * 1024;
/** Blocks whose signatures are checked and that wait to be applied; one more is refused, and can be offered again. */
const MAX_WAITING_BLOCKS = 256;

export interface ChainModules {
  readonly store: ChainStore;
  readonly verifier: SignatureVerifier;
  /** Follows a new tip before `tipChanged` reports it; returns how many transactions went back to the mempool. */
  readonly pending: { reconcile(change: TipChange, now: number): number };
}

/**
 * The blocks and the choice between branches: most work wins, first seen wins a tie.
 *
 * Order of a tip change: verify on an overlay → one atomic commit → this object's snapshot → the mempool → `tipChanged`.
 * Nothing is observable before the commit returned, and every reader has one snapshot, so nobody sees half of it.
 */
export class Chain implements CurrentChain {
  readonly tipChanged = new Event<TipChange>();
  readonly #network: Network;
  readonly #modules: ChainModules;
  readonly #orphans = new OrphanPool(MAX_ORPHANS, MAX_ORPHAN_BYTES);
  readonly #queue = new SerialQueue(MAX_WAITING_BLOCKS);
  readonly #adding = new Map<string, Promise<AddBlockOutcome>>();
  /** Tips of side branches that were asked for: what comes unasked does not evict them. */
  #pinned: readonly string[] = [];
  #snapshot: ChainSnapshot;
  #violation: InvariantError | undefined;

  constructor(options: { readonly network: Network }, modules: ChainModules) {
    this.#network = options.network;
    this.#modules = modules;
    this.#snapshot = modules.store.snapshot();
  }

  tip(): StoredHeader {
    return this.#snapshot.tip();
  }

  /** Lends the reader of the current tip: for one that outlives an await, take a snapshot. */
  read<Result>(use: (reader: ChainReader) => Settled<Result>): Result {
    return lend<ChainReader, Result>(this.#snapshot, use);
  }

  /** The reader of the current tip, retained: the caller releases it. */
  snapshot(): ChainSnapshot {
    return this.#snapshot.retain();
  }

  /** Runs a task on a snapshot, and releases it at the end. */
  async withSnapshot<Result>(task: (snapshot: ChainReader) => Promise<Result>): Promise<Result> {
    const snapshot = this.snapshot();
    try {
      return await task(snapshot);
    } finally {
      snapshot.release();
    }
  }

  /**
   * Checks a block that was asked for, and stores it where it belongs. Rejects only for what no peer can cause: StorageFullError, or
   * QueueFullError when MAX_WAITING_BLOCKS are under way. `now` is in milliseconds since 1970.
   */
  addBlock(block: Block, now: number): Promise<AddBlockOutcome> {
    return this.#take(block, now, true);
  }

  /** The same for a block that came by itself: it is not kept on a side branch that is too far behind to win. */
  offerBlock(block: Block, now: number): Promise<AddBlockOutcome> {
    return this.#take(block, now, false);
  }

  async #take(block: Block, now: number, isAskedFor: boolean): Promise<AddBlockOutcome> {
    const settled = this.#examine(block, now, isAskedFor);
    if (settled) return settled;
    // The body is the header's own, so the hash names both: several peers announce a block at once, and the work is done once.
    const key = `${toHex(block.header.hash)} ${isAskedFor}`;
    let adding = this.#adding.get(key);
    if (!adding) {
      adding = this.#add(block, now, isAskedFor).finally(() => this.#adding.delete(key));
      this.#adding.set(key, adding);
    }
    return adding;
  }

  /**
   * Connects as many of the blocks, oldest first, as follow the tip one after another and keep every rule, in one commit, which takes
   * about as long as that of one block. Returns how many; what is the matter with the next one is for `addBlock` to say.
   * Rejects as addBlock does.
   */
  async extend(blocks: readonly Block[], now: number): Promise<number> {
    const verdicts = await Promise.all(blocks.map(({ transactions }) => this.#modules.verifier.verify(transactions)));
    const faulty = verdicts.findIndex((verdict) => checkSignatures(verdict) !== undefined);
    const signed = faulty < 0 ? blocks : blocks.slice(0, faulty);
    const connected = await this.#write(() => this.#extend(signed, now));
    for (const block of blocks.slice(0, connected)) await this.#adoptOrphans(block, now);
    return connected;
  }

  /** A bug that would have written false balances, or has: nothing is written after it, and the node has to be stopped. */
  get violation(): Error | undefined {
    return this.#violation;
  }

  /** Waits for blocks under way, then frees the snapshot. */
  async close(): Promise<void> {
    await this.#queue.idle();
    this.#snapshot.release();
  }

  async #add(block: Block, now: number, isAskedFor: boolean): Promise<AddBlockOutcome> {
    const fault = checkSignatures(await this.#modules.verifier.verify(block.transactions));
    const outcome = await this.#write(() => this.#accept(block, now, fault, isAskedFor));
    if (outcome.status !== 'rejected' && outcome.status !== 'orphan') await this.#adoptOrphans(block, now);
    return outcome;
  }

  /** Rules 1 to 10 on the current snapshot: an outcome if the block needs no more work, undefined if it does. */
  #examine(block: Block, now: number, isAskedFor: boolean): AddBlockOutcome | undefined {
    const outcome = examineBlock(this.#snapshot, block, { network: this.#network, now, isAskedFor });
    if (outcome?.status === 'orphan') this.#orphans.add(block, blockSize(block.transactions));
    return outcome;
  }

  /** Rules 11 and 12 and the commit. One at a time, so the snapshot stands still except for this call's own commit. */
  async #accept(
    block: Block,
    now: number,
    signatureFault: Rejection | undefined,
    isAskedFor: boolean,
  ): Promise<AddBlockOutcome> {
    const known = knownBlock(this.#snapshot, block.header.hash);
    if (known) return known;
    const snapshot = this.#snapshot;
    const parent = snapshot.header(block.header.previousHash);
    // The branch was evicted while signatures were verified: the block is an orphan now.
    if (!parent) return this.#examine(block, now, isAskedFor)!;
    if (parent.invalid) return rejected({ code: 'INVALID_PARENT', parent: toHex(parent.hash) }, true);
    const stored = headerToStore(block, parent);
    // Others may have been stored while signatures were verified.
    const unwanted = isAskedFor ? undefined : sideBlockRefusal(snapshot, stored);
    if (unwanted) return rejected(unwanted, false);
    if (signatureFault) {
      await this.#storeAside(block, { ...stored, invalid: true }, []);
      return rejected(signatureFault, true);
    }
    if (stored.work <= snapshot.tip().work) {
      await this.#storeAside(block, stored, []);
      if (isAskedFor) this.#pinned = withPinned(this.#pinned, stored);
      return { status: 'sideBranch', block: stored };
    }
    const path = pathTo(snapshot, stored);
    const branch = connectBranch(snapshot, path, [block], this.#network);
    if (branch.broken) {
      const { header, rejection } = branch.broken;
      await this.#storeAside(block, { ...stored, invalid: true }, sideBranchesOf(snapshot).descendantsOf(header.hash));
      return rejected(rejection, true);
    }
    return this.#switch(path, branch, now);
  }

  /** Rules 1 to 10 and 12 of each block, then the commit of those before the first that breaks one. */
  async #extend(blocks: readonly Block[], now: number): Promise<number> {
    const snapshot = this.#snapshot;
    const tip = snapshot.tip();
    const connect = followersOf(snapshot, blocks, { network: this.#network, now });
    const path = { forkPoint: tip, disconnect: [], connect };
    const branch = connectBranch(snapshot, path, blocks.slice(0, connect.length), this.#network);
    if (branch.connected.length > 0) await this.#switch(path, branch, now);
    return branch.connected.length;
  }

  /** Stores a block off the best chain. */
  async #storeAside(block: Block, stored: StoredHeader, invalidate: readonly Uint8Array[]): Promise<void> {
    const { previousHash } = block.header;
    const { work, size, invalid } = stored;
    const commit = {
      insert: [{ block, work, size, invalid }],
      disconnect: [],
      connect: [],
      accounts: [],
      invalidate,
      ...changeSideTips(this.#snapshot, {
        added: stored,
        parent: previousHash,
        joining: [stored],
        leaving: [],
        pinned: this.#pinned,
      }),
    };
    await this.#modules.store.commit(commit);
    const before = this.#snapshot;
    this.#renewSnapshot(before.tip());
    if (invalidate.length === 0) handOn(before, this.#snapshot, { added: stored, forgotten: commit.forget });
  }

  /** Commits a change of the tip and announces it. `path` may go on beyond what the branch connects. */
  async #switch(path: BranchPath, branch: Branch, now: number): Promise<AddBlockOutcome> {
    const { connected, disconnected, accounts } = branch;
    const unstored = connected.filter(({ isStored }) => !isStored);
    const tip = connected.at(-1)!.header;
    const oldTip = this.#snapshot.tip();
    const isReorganization = disconnected.length > 0;
    const commit = {
      insert: unstored.map(({ block, header: { work, size } }) => ({ block, work, size, invalid: false })),
      disconnect: path.disconnect.map(({ hash }) => hash),
      connect: connected.map(({ header: { hash }, undo }) => ({ hash, undo })),
      accounts,
      invalidate: [],
      ...changeSideTips(this.#snapshot, {
        added: isReorganization ? oldTip : undefined,
        parent: unstored[0]!.header.previousHash,
        joining: path.disconnect,
        leaving: connected.flatMap(({ header, isStored }) => (isStored ? header : [])),
        pinned: this.#pinned,
      }),
    };
    this.#assertSupply(this.#snapshot.totalBalance() + branch.balanceChange, tip, 'about to be written');
    await this.#modules.store.commit(commit);
    // Nobody can run between here and the event: a new tip with the old mempool would show transactions that are in neither.
    const before = this.#snapshot;
    this.#renewSnapshot(tip);
    if (!isReorganization && unstored.length === connected.length)
      handOn(before, this.#snapshot, { forgotten: commit.forget });
    const blocks = connected.map(({ block }) => block);
    const change: TipChange = { oldTip, tip, disconnected, connected: blocks, accounts, reader: this.#snapshot };
    const returned = this.#modules.pending.reconcile(change, now);
    if (!isReorganization) {
      this.tipChanged.emit(change);
      return { status: 'connected', block: tip };
    }
    const reorganization: Reorganization = {
      forkPoint: path.forkPoint,
      oldTip,
      newTip: this.#snapshot.header(tip.hash)!,
      disconnected: disconnected.length,
      connected: connected.length,
      returned,
    };
    this.tipChanged.emit({ ...change, reorganization });
    return { status: 'reorganized', block: tip, reorganization };
  }

  /** Moves the snapshot to the commit that has just returned, which led to `tip`. */
  #renewSnapshot(tip: StoredHeader): void {
    const previous = this.#snapshot;
    this.#snapshot = this.#modules.store.snapshot();
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

  /** One change of the store after another. */
  #write<Result>(task: () => Promise<Result>): Promise<Result> {
    return this.#queue.run(async () => {
      if (this.#violation) throw this.#violation;
      try {
        return await task();
      } catch (error) {
        if (error instanceof InvariantError) this.#violation = error;
        throw error;
      }
    });
  }

  async #adoptOrphans(parent: Block, now: number): Promise<void> {
    for (const orphan of this.#orphans.takeChildren(parent.header.hash)) await this.offerBlock(orphan, now);
  }
}
