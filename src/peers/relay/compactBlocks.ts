import type { AddBlockOutcome } from '../../chain/outcome.js';
import type { Block, BlockHeader } from '../../consensus/block.js';
import { checkingTransactionsRoot } from '../../consensus/blockRules.js';
import { MAX_BATCH_TRANSACTIONS, OFFER_PATIENCE_MS, SHORT_ID_BYTES } from '../../consensus/protocol.js';
import type { Transaction } from '../../consensus/transaction.js';
import { equalBytes, toHex } from '../../crypto/bytes.js';
import { BoundedMap } from '../../util/boundedSet.js';
import { each, inTurns, type Steps } from '../../util/turns.js';
import type { PeerSet } from '../peerSet.js';
import type { PeerState } from '../peerState.js';
import type { Clock } from '../ports.js';
import { readShortId, ShortIds } from '../shortIds.js';
import type { Relay } from './relay.js';

/** A block as it is announced: its header, and the short id of each transaction. */
export interface CompactBlock {
  readonly header: BlockHeader;
  /** One after another, as `writingShortIds` makes them. */
  readonly shortIds: Uint8Array;
}

/** What this node lacks of an announced block. */
export interface TransactionsWanted {
  /** Places of the transactions, from 0; undefined: the whole block, to be sent as one. */
  readonly missing: readonly number[] | undefined;
}

export interface CompactBlocksModules {
  readonly pending: { bySenders(): Iterable<{ readonly transaction: Transaction }> };
  readonly relay: Pick<Relay, 'receiveBlock' | 'judge'>;
  readonly peers: Pick<PeerSet, 'byId'>;
  readonly clock: Pick<Clock, 'elapsed'>;
}

/** Pending transactions by their short ids in one block; undefined for an id that two of them share. */
interface Table {
  readonly transactions: ReadonlyMap<number, Transaction | undefined>;
  readonly made: number;
}

/** A block that its peer is to send the rest of. */
interface Incomplete {
  readonly header: BlockHeader;
  readonly transactions: readonly (Transaction | undefined)[];
  readonly since: number;
}

/**
 * Builds announced blocks from what is pending. The header is judged before anything else is done, so that all of this costs a proof of work on
 * a block of this chain. What does not fit together is nobody's fault: short ids collide, and what is pending differs; then the whole block is
 * wanted. Only a block whose body belongs to its header goes on, and is judged as if it had come whole.
 */
export class CompactBlocks {
  readonly #modules: CompactBlocksModules;
  /** By the hash of the block: several peers announce the same. */
  readonly #tables = new BoundedMap<string, Promise<Table>>(MAX_TABLES);
  /** One a peer, so at most as many as there are peers. */
  readonly #incomplete = new WeakMap<PeerState, Incomplete>();

  constructor(modules: CompactBlocksModules) {
    this.#modules = modules;
  }

  /** Takes an announcement; `giver` is the id of the node that sent it, if it has proven one. */
  async announced(
    { header, shortIds }: CompactBlock,
    giver: string | undefined,
  ): Promise<AddBlockOutcome | TransactionsWanted> {
    const { relay, peers, clock } = this.#modules;
    const judged = relay.judge(header, giver);
    // An orphan waits as a whole block.
    if (judged?.status === 'orphan') return WHOLE;
    if (judged) return judged;
    const { transactions: pending } = await this.#table(header.hash);
    const transactions = await inTurns(finding(shortIds, pending));
    const missing = transactions.flatMap((transaction, place) => (transaction ? [] : [place]));
    if (missing.length === 0) return this.#whole({ header, transactions: transactions as Transaction[] }, giver);
    const state = giver === undefined ? undefined : peers.byId(giver);
    // A key costs nothing: for one who is no peer, nothing is kept.
    if (!state || missing.length > MAX_BATCH_TRANSACTIONS) return WHOLE;
    this.#incomplete.set(state, { header, transactions, since: clock.elapsed() });
    return { missing };
  }

  /** Takes what was missing of the block that this node announced last, in order. */
  async completed(
    hash: Uint8Array,
    missing: readonly Transaction[],
    giver: string | undefined,
  ): Promise<AddBlockOutcome | TransactionsWanted> {
    const { peers, clock } = this.#modules;
    const state = giver === undefined ? undefined : peers.byId(giver);
    const incomplete = state && this.#incomplete.get(state);
    if (!incomplete || !equalBytes(incomplete.header.hash, hash)) return WHOLE;
    this.#incomplete.delete(state);
    if (clock.elapsed() - incomplete.since > OFFER_PATIENCE_MS) return WHOLE;
    const { header } = incomplete;
    let next = 0;
    const transactions = incomplete.transactions.map((transaction) => transaction ?? missing[next++]);
    if (next !== missing.length || transactions.includes(undefined)) return WHOLE;
    return this.#whole({ header, transactions: transactions as Transaction[] }, giver);
  }

  async #whole(block: Block, giver: string | undefined): Promise<AddBlockOutcome | TransactionsWanted> {
    const foreign = await inTurns(checkingTransactionsRoot(block));
    return foreign ? WHOLE : this.#modules.relay.receiveBlock(block, giver);
  }

  async #table(hash: Uint8Array): Promise<Table> {
    const { pending, clock } = this.#modules;
    const key = toHex(hash);
    const kept = this.#tables.get(key);
    if (kept && clock.elapsed() - (await kept).made < TABLE_MS) return kept;
    const made = clock.elapsed();
    const table = inTurns(tabling(hash, pending.bySenders())).then((transactions): Table => ({ transactions, made }));
    this.#tables.set(key, table);
    return table;
  }
}

function* tabling(
  hash: Uint8Array,
  pending: Iterable<{ readonly transaction: Transaction }>,
): Steps<Map<number, Transaction | undefined>> {
  const shortIds = new ShortIds(hash);
  const table = new Map<number, Transaction | undefined>();
  // What is pending may change between two steps.
  for (const { transaction } of [...pending]) {
    const shortId = shortIds.of(transaction);
    table.set(shortId, table.has(shortId) ? undefined : transaction);
    yield;
  }
  return table;
}

function finding(shortIds: Uint8Array, pending: Table['transactions']): Steps<(Transaction | undefined)[]> {
  const places = Array.from({ length: Math.floor(shortIds.length / SHORT_ID_BYTES) }, (_, place) => place);
  return each(places, (place) => pending.get(readShortId(shortIds, SHORT_ID_BYTES * place)));
}

const WHOLE: TransactionsWanted = { missing: undefined };
/** Of so many blocks; each is a proof of work. */
const MAX_TABLES = 4;
/** How old a table is used. */
const TABLE_MS = 1_000;
