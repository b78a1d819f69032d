import { equalBytes, toHex } from '../crypto/bytes.js';
import { blockSize, type Block, type BlockHeader } from '../consensus/block.js';
import type { Network } from '../consensus/network.js';
import type { Rejection } from '../consensus/rejection.js';
import { checkSignatures, type SignatureVerifier } from '../consensus/blockRules.js';
import { Event } from '../util/event.js';
import { InvariantError } from '../util/invariant.js';
import { lend, type Settled } from '../util/lender.js';
import { SerialQueue } from '../util/serialQueue.js';
import { inTurns } from '../util/turns.js';
import { BestChain, MAX_COMMIT_TRANSACTIONS, type Moved } from './bestChain.js';
import type { ChainReader, ChainSnapshot, CurrentChain, ChainStore, StoredHeader } from './chainStore.js';
import { examiningBlock, findingFollowers, judgeHeader, knownBlock, rejected } from './blockExamination.js';
import { headerToStore } from './branches.js';
import { OrphanPool } from './orphanPool.js';
import type { AddBlockOutcome, Reorganization, TipChange } from './outcome.js';
import { sideBlockRefusal } from './sideBranches.js';

const MAX_ORPHANS = 64;
const MAX_ORPHAN_BYTES = 32 * 1024 * 1024;
/** Blocks whose signatures are checked and that wait to be applied; one more is refused, and can be offered again. */
const MAX_WAITING_BLOCKS = 256;

export interface ChainModules {
  readonly store: ChainStore;
  readonly verifier: SignatureVerifier;
  /** Follows a new tip before `tipChanged` reports it; returns how many transactions went back to the mempool. */
  readonly pending: { reconcile(change: TipChange, now: number): number | Promise<number> };
}

/** A block on its way. */
interface Adding {
  readonly block: Block;
  readonly isAskedFor: boolean;
  readonly outcome: Promise<AddBlockOutcome>;
}

export interface ChainOptions {
  readonly network: Network;
  /** A change of branch with more transactions is written in several commits; MAX_COMMIT_TRANSACTIONS by default. */
  readonly maxCommitTransactions?: number;
}

/**
 * The blocks and the choice between branches: most work wins, first seen wins a tie.
 *
 * Order of a tip change: verify on an overlay → commit → this object's snapshot → the mempool → `tipChanged`.
 * Nothing is observable before the last commit returned, and every reader has one snapshot, so nobody sees half of it.
 */
export class Chain implements CurrentChain {
  readonly tipChanged = new Event<TipChange>();
  readonly #network: Network;
  readonly #modules: ChainModules;
  readonly #orphans = new OrphanPool(MAX_ORPHANS, MAX_ORPHAN_BYTES);
  readonly #queue = new SerialQueue(MAX_WAITING_BLOCKS);
  readonly #adding = new Set<Adding>();
  readonly #best: BestChain;
  #violation: InvariantError | undefined;

  constructor({ network, maxCommitTransactions = MAX_COMMIT_TRANSACTIONS }: ChainOptions, modules: ChainModules) {
    this.#network = network;
    this.#modules = modules;
    this.#best = new BestChain({ network, maxCommitTransactions }, modules);
  }

  /** Ends a change of branch that a stop cut short. To be called before anything else is done with a chain that was opened; no listener hears of it. */
  async recover(): Promise<void> {
    await this.#best.settle(({ before }) => {
      before.release();
      return Promise.resolve();
    });
  }

  tip(): StoredHeader {
    return this.#best.snapshot.tip();
  }

  /** Lends the reader of the current tip: for one that outlives an await, take a snapshot. */
  read<Result>(use: (reader: ChainReader) => Settled<Result>): Result {
    return lend<ChainReader, Result>(this.#best.snapshot, use);
  }

  /** The reader of the current tip, retained: the caller releases it. */
  snapshot(): ChainSnapshot {
    return this.#best.snapshot.retain();
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

  /** The outcome of `offerBlock` for a block with this header, whatever its body is; undefined if that is for its body to say. */
  judge(header: BlockHeader, now: number): AddBlockOutcome | undefined {
    const { snapshot } = this.#best;
    const rules = { network: this.#network, now, isAskedFor: false };
    return knownBlock(snapshot, header.hash) ?? judgeHeader(snapshot, header, rules);
  }

  async #take(block: Block, now: number, isAskedFor: boolean): Promise<AddBlockOutcome> {
    const known = knownBlock(this.#best.snapshot, block.header.hash);
    if (known) return known;
    // Several peers announce a block at once, and the work is done once. By the body, too, which need not be the header's yet.
    const same = [...this.#adding].find((one) => one.isAskedFor === isAskedFor && isSameBlock(one.block, block));
    if (same) return same.outcome;
    const adding = { block, isAskedFor, outcome: this.#add(block, now, isAskedFor) };
    this.#adding.add(adding);
    try {
      return await adding.outcome;
    } finally {
      this.#adding.delete(adding);
    }
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
    const connected = await this.#write(now, () => this.#extend(signed, now));
    for (const block of blocks.slice(0, connected)) await this.#adoptOrphans(block, now);
    return connected;
  }

  /** Calls between two changes of the store, when what is stored is what this object shows. Rejects as addBlock does. */
  betweenChanges<Result>(now: number, call: () => Result): Promise<Result> {
    return this.#write(now, () => Promise.resolve(call()));
  }

  /** A bug that would have written false balances, or has: nothing is written after it, and the node has to be stopped. */
  get violation(): Error | undefined {
    return this.#violation;
  }

  /** Blocks are being checked or written. */
  get isWorking(): boolean {
    return this.#adding.size > 0 || this.#queue.length > 0;
  }

  /** Waits for blocks under way, then frees the snapshot. */
  async close(): Promise<void> {
    await this.#queue.idle();
    this.#best.close();
  }

  async #add(block: Block, now: number, isAskedFor: boolean): Promise<AddBlockOutcome> {
    const settled = await this.#examine(block, now, isAskedFor);
    if (settled) return settled;
    const fault = checkSignatures(await this.#modules.verifier.verify(block.transactions));
    const outcome = await this.#write(now, () => this.#accept(block, now, fault, isAskedFor));
    if (outcome.status !== 'rejected' && outcome.status !== 'orphan') await this.#adoptOrphans(block, now);
    return outcome;
  }

  /** Rules 1 to 10 on the current snapshot: an outcome if the block needs no more work, undefined if it does. */
  async #examine(block: Block, now: number, isAskedFor: boolean): Promise<AddBlockOutcome | undefined> {
    const rules = { network: this.#network, now, isAskedFor };
    const outcome = await inTurns(examiningBlock(this.#best.snapshot, block, rules));
    if (outcome?.status !== 'orphan') return outcome;
    // Its parent may have come while its body was looked at.
    if (this.#best.snapshot.header(block.header.previousHash)) return this.#examine(block, now, isAskedFor);
    this.#orphans.add(block, blockSize(block.transactions));
    return outcome;
  }

  /** Rules 11 and 12 and the commit. One at a time, so the snapshot stands still except for this call's own commit. */
  async #accept(
    block: Block,
    now: number,
    signatureFault: Rejection | undefined,
    isAskedFor: boolean,
  ): Promise<AddBlockOutcome> {
    const best = this.#best;
    const { snapshot } = best;
    const known = knownBlock(snapshot, block.header.hash);
    if (known) return known;
    const parent = snapshot.header(block.header.previousHash);
    // The branch was evicted while signatures were verified: the block is an orphan now.
    if (!parent) return (await this.#examine(block, now, isAskedFor))!;
    if (parent.invalid) return rejected({ code: 'INVALID_PARENT', parent: toHex(parent.hash) }, true);
    const stored = headerToStore(block, parent);
    // Others may have been stored while signatures were verified.
    const unwanted = isAskedFor ? undefined : sideBlockRefusal(snapshot, stored);
    if (unwanted) return rejected(unwanted, false);
    if (signatureFault) {
      await best.storeInvalid(block, stored);
      return rejected(signatureFault, true);
    }
    if (stored.work <= snapshot.tip().work) {
      await best.storeAside(block, stored, isAskedFor);
      return { status: 'sideBranch', block: stored };
    }
    const outcome = await best.switchTo(block, stored, (moved) => this.#follow(moved, now));
    return 'header' in outcome ? rejected(outcome.rejection, true) : outcome;
  }

  /** Rules 1 to 10 and 12 of each block, then the commit of those before the first that breaks one. */
  async #extend(blocks: readonly Block[], now: number): Promise<number> {
    const rules = { network: this.#network, now };
    const connect = await inTurns(findingFollowers(this.#best.snapshot, blocks, rules));
    const connected = await this.#best.extend(connect, blocks.slice(0, connect.length), async (moved) => {
      await this.#follow(moved, now);
      return moved.connected.length;
    });
    return connected ?? 0;
  }

  /** The mempool follows a change of the tip, then everybody hears of it. */
  async #follow({ forkPoint, ...moved }: Moved, now: number): Promise<AddBlockOutcome> {
    const { oldTip, tip, disconnected, connected, before } = moved;
    try {
      const returned = await this.#modules.pending.reconcile(moved, now);
      if (disconnected.length === 0) {
        this.tipChanged.emit(moved);
        return { status: 'connected', block: tip };
      }
      const reorganization: Reorganization = {
        forkPoint,
        oldTip,
        newTip: tip,
        disconnected: disconnected.length,
        connected: connected.length,
        returned,
      };
      this.tipChanged.emit({ ...moved, reorganization });
      return { status: 'reorganized', block: tip, reorganization };
    } finally {
      before.release();
    }
  }

  /** One change of the store after another. */
  #write<Result>(now: number, task: () => Promise<Result>): Promise<Result> {
    return this.#queue.run(async () => {
      if (this.#violation) throw this.#violation;
      try {
        if (this.#best.isUnsettled) await this.#best.settle((moved) => this.#follow(moved, now));
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

function isSameBlock(a: Block, b: Block): boolean {
  return (
    equalBytes(a.header.hash, b.header.hash) &&
    a.transactions.length === b.transactions.length &&
    a.transactions.every(({ leaf }, index) => equalBytes(leaf, b.transactions[index]!.leaf))
  );
}
