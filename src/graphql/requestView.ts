import { performance } from 'node:perf_hooks';
import type { GraphQLError } from 'graphql';
import type { ChainSnapshot, StoredHeader } from '../chain/chainStore.js';
import { MAX_BODIES_BYTES, MAX_HTTP_BODY_BYTES } from '../consensus/protocol.js';
import { feeOf, leafOf } from '../consensus/transaction.js';
import { concatBytes, toHex } from '../crypto/bytes.js';
import { MerkleTree } from '../crypto/merkle.js';
import type { BlockCache } from './blockCache.js';
import { codedError } from './errors.js';
import { afterOthers } from '../util/turns.js';

/** What one request may make the node do. */
export interface WorkLimits {
  /** Microseconds of a reference machine, as src/graphql/execution/cost.ts and BLOCK_COSTS have them. */
  readonly cost: number;
  /** Milliseconds of work on this machine. */
  readonly workMs: number;
  /** Bytes of answer; the body of one block always may. */
  readonly answerBytes: number;
  /** Bytes of blocks that `blocks` gives before it leaves out the rest; the first is always given. */
  readonly blocksBytes: number;
}

/** Of anybody. */
export const STRANGER_WORK: WorkLimits = {
  cost: 50_000,
  workMs: 250,
  answerBytes: 2 * 1024 * 1024,
  blocksBytes: 1.5 * 1024 * 1024,
};

/** Of peers that proved their identity, and of the operator: a key alone is nothing, since anybody can make one. */
export const TRUSTED_WORK: WorkLimits = {
  cost: 2_000_000,
  workMs: 5_000,
  answerBytes: MAX_HTTP_BODY_BYTES,
  blocksBytes: MAX_BODIES_BYTES,
};

/** Cost of what is computed once for a block, for each of its bytes: all of it is read, and its proofs hash each transaction twice. */
export const BLOCK_COSTS = { body: 0.018, fees: 0.018, proofs: 0.045 } as const;
/** Of what a request may cost, the most that its first block takes: on a network of large blocks there is a proof, too. */
const FIRST_BLOCK_SHARE = 0.95;

/** Transactions of a block that are read at once: a millisecond or two of work. */
const PIECE = 512;

/** How long a request works before others have their turn. */
const TURN_MS = 10;

let last: Promise<unknown> = Promise.resolve();

/** Of all requests that wait for others to have had a turn, one goes on each time: together they would be a long turn. */
function oneAfterOthers(): Promise<unknown> {
  last = last.then(afterOthers);
  return last;
}

/** What src/graphql/execution/cost.ts knows of an operation before it begins. */
export interface OperationCost {
  /** Microseconds of a reference machine. */
  readonly cost: number;
  /** Of them, those for what the request brings in. */
  readonly input: number;
  /** Of the answer. */
  readonly bytes: number;
}

export interface ViewModules {
  readonly chain: { snapshot(): ChainSnapshot };
  readonly blocks: BlockCache;
}

/** Results of former requests, by block. */
interface Known<Result> {
  get(key: string): Result | undefined;
  set(key: string, result: Result): void;
}

/** The one state of the chain that a request sees, whatever is committed while it is answered, and what it may make of it. */
export class RequestView {
  readonly #chain: ViewModules['chain'];
  readonly #limits: WorkLimits;
  readonly #blocks: BlockCache;
  readonly #once = new Map<string, Promise<unknown>>();
  #snapshot: ChainSnapshot | undefined;
  #released = false;
  #cost = 0;
  #input = 0;
  /** Blocks that it has read. */
  #computed = 0;
  #answerBytes = 0;
  #hasBody = false;
  #workMs = 0;
  /** When this turn began; undefined while the request works at nothing. */
  #since: number | undefined;
  /** Resolves when those that asked before have had their turns. */
  #turns: Promise<void> | undefined;
  #tooExpensive: GraphQLError | undefined;

  constructor({ chain, blocks }: ViewModules, limits = STRANGER_WORK) {
    this.#chain = chain;
    this.#blocks = blocks;
    this.#limits = limits;
  }

  get limits(): WorkLimits {
    return this.#limits;
  }

  /** What the request has cost so far: its price, and what it read of whole blocks. */
  get cost(): number {
    return Math.round(this.#cost);
  }

  /** Taken when it is first read. */
  get snapshot(): ChainSnapshot {
    // A resolver can outlive its response, when another one's error ended it: it must not hold a view for ever.
    if (this.#released) throw new Error('the request has ended');
    return (this.#snapshot ??= this.#chain.snapshot());
  }

  /** Notes what an operation costs and answers at most, besides what it reads of whole blocks. Throws QUERY_TOO_EXPENSIVE, as `#spend` does. */
  begin({ cost, input, bytes }: OperationCost): void {
    this.#answerBytes += bytes;
    this.#input += input;
    this.#spend(cost);
  }

  /** Adds to the cost. Throws QUERY_TOO_EXPENSIVE above the limit. */
  #spend(cost: number): void {
    this.#cost += cost;
    const limited = Math.round(this.#cost - this.#input);
    if (limited > this.#limits.cost) {
      throw this.#refuse(`expected an operation that costs at most ${this.#limits.cost}, got ${limited}: ask for less`);
    }
  }

  /** The encoded transactions of a block, in one piece. Rejects with QUERY_TOO_EXPENSIVE, as the following do. */
  async body(block: StoredHeader): Promise<Uint8Array> {
    this.#grow(Math.ceil(block.size / 3) * 4);
    return await this.#of('body', block, undefined, async () => {
      const pieces: Uint8Array[] = [];
      await this.#readBody(block, (encoded) => pieces.push(...encoded));
      return concatBytes(...pieces);
    });
  }

  /** Sum of the fees in a block. */
  fees(block: StoredHeader): Promise<bigint> {
    return this.#of('fees', block, this.#blocks.fees, async () => {
      let sum = 0n;
      await this.#readBody(block, (encoded) => {
        for (const transaction of encoded) sum += feeOf(transaction);
      });
      return sum;
    });
  }

  /** What proves that a transaction is in its block. */
  proofs(block: StoredHeader, chainId: Uint8Array): Promise<MerkleTree> {
    return this.#of('proofs', block, this.#blocks.proofs, async () => {
      const leaves = new Uint8Array(32 * block.transactionCount);
      let length = 0;
      await this.#readBody(block, (encoded) => {
        for (const transaction of encoded) {
          leaves.set(leafOf(chainId, transaction), length);
          length += 32;
        }
      });
      return new MerkleTree(leaves);
    });
  }

  /** Computed once a request for each block, whatever fields share it, and not at all where another request has left it. */
  #of<Result>(
    what: keyof typeof BLOCK_COSTS,
    { hash, size }: StoredHeader,
    known: Known<Result> | undefined,
    compute: () => Promise<Result>,
  ): Promise<Result> {
    const key = toHex(hash);
    const computed = async () => {
      const found = known?.get(key);
      if (found !== undefined) return found;
      const cost = size * BLOCK_COSTS[what];
      this.#spend(this.#computed++ === 0 ? Math.min(cost, FIRST_BLOCK_SHARE * this.#limits.cost) : cost);
      const result = await compute();
      known?.set(key, result);
      return result;
    };
    const once = (this.#once.get(`${what} ${key}`) as Promise<Result> | undefined) ?? computed();
    this.#once.set(`${what} ${key}`, once);
    return once;
  }

  #grow(bytes: number): void {
    const most = this.#limits.answerBytes;
    this.#answerBytes += bytes;
    if (this.#hasBody && this.#answerBytes > most) {
      throw this.#refuse(`expected an answer of at most ${most} bytes, or one body, got more: ask for fewer bodies`);
    }
    this.#hasBody = true;
  }

  /** Gives the encoded transactions of a block, some at a time: a full block takes some turns. */
  async #readBody({ hash, transactionCount }: StoredHeader, take: (encoded: readonly Uint8Array[]) => void) {
    for (let start = 0; start < transactionCount; start += PIECE) {
      const turn = this.turn();
      if (turn) await turn;
      take(this.snapshot.body(hash, start, PIECE));
    }
  }

  /**
   * Undefined while this turn lasts; then what to wait for before the next piece of work. Those that ask get their turns in that order.
   * Throws QUERY_TOO_EXPENSIVE when all turns together took too long.
   */
  turn(): Promise<void> | undefined {
    const now = performance.now();
    this.#since ??= now;
    if (this.#tooExpensive) throw this.#tooExpensive;
    if (this.#turns === undefined && now - this.#since < TURN_MS) return undefined;
    const turns = (this.#turns ?? Promise.resolve()).then(() => this.#nextTurn());
    this.#turns = turns;
    // When nobody else has asked meanwhile, it was the last.
    const end = () => {
      if (this.#turns === turns) this.#turns = undefined;
    };
    turns.then(end, end);
    return turns;
  }

  /** To be called where the request waits for something else than its turn: that is no work. */
  rest(): void {
    if (this.#since !== undefined) this.#workMs += performance.now() - this.#since;
    this.#since = undefined;
  }

  async #nextTurn(): Promise<void> {
    const workMs = this.#since === undefined ? 0 : performance.now() - this.#since;
    if (workMs < TURN_MS) return;
    this.#workMs += workMs;
    if (this.#workMs > this.#limits.workMs) {
      throw this.#refuse(`expected an operation that takes at most ${this.#limits.workMs} ms, got more: ask for less`);
    }
    await oneAfterOthers();
    this.#since = performance.now();
  }

  /** One error for all fields: each would take its own time to be made. */
  #refuse(message: string): GraphQLError {
    return (this.#tooExpensive ??= codedError('QUERY_TOO_EXPENSIVE', message));
  }

  /** Forgets the view, so that what follows a mutation sees what it did. */
  renew(): void {
    this.#snapshot?.release();
    this.#snapshot = undefined;
  }

  /** Ends the request. */
  release(): void {
    this.renew();
    this.#released = true;
  }
}
