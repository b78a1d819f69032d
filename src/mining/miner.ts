import { randomBytes } from 'node:crypto';
import { Piscina } from 'piscina';
import type { ChainReader } from '../chain/chainStore.js';
import type { AddBlockOutcome } from '../chain/outcome.js';
import { createHeader, sealHash, type Block } from '../consensus/block.js';
import type { Network } from '../consensus/network.js';
import { requiredTarget } from '../consensus/pow.js';
import type { Rejection } from '../consensus/rejection.js';
import type { Transaction } from '../consensus/transaction.js';
import { MAX_FUTURE_MS } from '../consensus/headers.js';
import { inWords } from '../util/duration.js';
import { fromHex } from '../crypto/bytes.js';
import { SerialQueue } from '../util/serialQueue.js';
import { inTurns } from '../util/turns.js';
import type { NonceTask } from './nonceWorker.js';
import { buildingTemplate } from './template.js';

export interface MinerOptions {
  readonly network: Network;
  /** Pause between blocks when mining continuously, milliseconds; 0 is flat out. */
  readonly intervalMs: number;
}

export interface MinerModules {
  readonly chain: {
    withSnapshot<Result>(task: (snapshot: ChainReader) => Promise<Result>): Promise<Result>;
    addBlock(block: Block): Promise<AddBlockOutcome>;
  };
  readonly pending: { select(maxBytes: number): readonly Transaction[] };
  /** Account that is paid; undefined while there is none to pay. */
  readonly minerKey: () => Uint8Array | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Resolves after the pause, or at once when the signal is aborted. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Receives the failures of continuous mining, which has no caller to answer. */
  readonly log: { error(details: object, message: string): void };
}

/** What became of a block that was mined: another came first, or the chain refused it. */
export type MineOutcome = AddBlockOutcome | { readonly status: 'rejected'; readonly rejection: Rejection };

/**
 * Mines in a worker thread, on demand and continuously, one search at a time. The template is a snapshot; when the tip changes the
 * search is abandoned and starts on the new one. Nothing that a peer sends can stop it: there is no state to be resolved first.
 */
export class Miner {
  readonly #options: MinerOptions;
  readonly #modules: MinerModules;
  readonly #queue = new SerialQueue(MAX_WAITING);
  readonly #pool: Piscina<NonceTask, bigint | undefined>;
  /** What the worker looks at: another number than the one it was given means stop. */
  readonly #generations = new Int32Array(new SharedArrayBuffer(4));
  #running: AbortController | undefined;
  #isLateTold = false;
  #closed = false;

  constructor(options: MinerOptions, modules: MinerModules) {
    this.#options = options;
    this.#modules = modules;
    this.#pool = new Piscina({
      filename: new URL('./nonceWorker.js', import.meta.url).href,
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: 60_000,
    });
  }

  /** Mining continuously. */
  isMining(): boolean {
    return this.#running !== undefined;
  }

  /** Starts mining continuously, if there is somebody to be paid and the miner was not closed. Idempotent. */
  start(): Rejection | undefined {
    if (this.#running) return undefined;
    if (this.#closed) return { code: 'CANCELLED', reason: STOPPING };
    if (!this.#modules.minerKey()) return { code: 'WALLET_UNAVAILABLE' };
    this.#running = new AbortController();
    void this.#mineUntil(this.#running.signal);
    return undefined;
  }

  /** Stops mining continuously, at once; what was asked for by mineBlocks goes on. Idempotent. */
  stop(): void {
    if (!this.#running) return;
    this.#running.abort();
    this.#running = undefined;
    this.restart();
  }

  /** Mines `count` blocks in a row, each on the tip of its moment; ends early with the first rejection. */
  async mineBlocks(count: number): Promise<MineOutcome[]> {
    const outcomes: MineOutcome[] = [];
    while (outcomes.length < count) {
      const outcome = await this.#queue.run(() => this.#mineOne(undefined));
      outcomes.push(outcome);
      if (outcome.status === 'rejected') break;
    }
    return outcomes;
  }

  /** The tip changed: the template under way is stale. */
  restart(): void {
    Atomics.add(this.#generations, 0, 1);
  }

  /** Ends the search under way, whose caller gets CANCELLED, and the thread. */
  async close(): Promise<void> {
    this.stop();
    this.#closed = true;
    this.restart();
    await this.#queue.idle();
    await this.#pool.destroy();
  }

  async #mineUntil(signal: AbortSignal): Promise<void> {
    const stopped = () => signal.aborted;
    while (!stopped()) {
      await this.#modules.sleep(this.#options.intervalMs, signal);
      if (stopped()) return;
      try {
        const outcome = await this.#queue.run(() => this.#mineOne(signal));
        if (stopped()) return;
        this.#tell(outcome);
        if (outcome.status !== 'rejected') continue;
      } catch (error) {
        this.#modules.log.error({ err: error }, 'mining failed, and goes on');
      }
      // A failure that repeats must not spin.
      await this.#modules.sleep(RETRY_MS, signal);
    }
  }

  /** A clock that is behind is one line when it begins, whatever follows each second. */
  #tell(outcome: MineOutcome): void {
    const { log } = this.#modules;
    const rejection = outcome.status === 'rejected' ? outcome.rejection : undefined;
    // A search that ends while it goes on mining ends for the clock.
    const isLate = rejection?.code === 'CANCELLED';
    if (isLate && !this.#isLateTold) log.error({ reason: rejection.reason }, 'not mining for now');
    else if (rejection && !isLate) log.error({ rejection }, 'a block of this node was rejected');
    this.#isLateTold = isLate;
  }

  /** Searches until a block is found on the tip of its moment, or until mining stops. */
  async #mineOne(signal: AbortSignal | undefined): Promise<MineOutcome> {
    const { network } = this.#options;
    const { chain, pending, minerKey, now } = this.#modules;
    for (;;) {
      if (this.#closed) return cancelled(STOPPING);
      if (signal?.aborted) return cancelled('mining was stopped');
      const miner = minerKey();
      if (!miner) return { status: 'rejected', rejection: { code: 'WALLET_UNAVAILABLE' } };
      // Before the template: what comes while it is made makes it stale.
      const generation = Atomics.load(this.#generations, 0);
      const template = await chain.withSnapshot((reader) =>
        inTurns(buildingTemplate(network, reader, pending, miner, now())),
      );
      const behindMs = template.header.timestamp - now();
      // Its block would be from the future, to this node and to every other: no search before time has caught up.
      if (behindMs > MAX_FUTURE_MS) {
        return cancelled(`this clock is ${inWords(behindMs)} behind the chain: check the clock`);
      }
      const nonce = await this.#pool.run({
        seal: sealHash(template.header),
        target: fromHex(requiredTarget(template.header.target).toString(16).padStart(64, '0')),
        // Two nodes with the same template never walk the same nonces.
        start: randomBytes(8).readBigUInt64BE(),
        generations: this.#generations,
        generation,
      });
      if (nonce === undefined) continue;
      const outcome = await chain.addBlock({
        header: createHeader(template.header, nonce),
        transactions: template.transactions,
      });
      // Another block came first and this one went aside: it was mined for nothing, so the next try is on the new tip.
      if (outcome.status !== 'sideBranch') return outcome;
    }
  }
}

function cancelled(reason: string): MineOutcome {
  return { status: 'rejected', rejection: { code: 'CANCELLED', reason } };
}

/** Blocks that one request may ask for. */
export const MAX_MINED_BLOCKS = 1_000;
/** Searches that wait for the one under way; one more is refused. */
const MAX_WAITING = 100;
const RETRY_MS = 1_000;
const STOPPING = 'the node is stopping';
