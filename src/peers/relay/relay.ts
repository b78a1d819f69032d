import type { Chain } from '../../chain/chain.js';
import type { AddBlockOutcome, TipChange } from '../../chain/outcome.js';
import type { Block, BlockHeader } from '../../consensus/block.js';
import type { Transaction } from '../../consensus/transaction.js';
import { toHex } from '../../crypto/bytes.js';
import type { Admission } from '../../mempool/admission.js';
import { relayed, type Submission, type SubmitOutcome } from '../../mempool/submission.js';
import type { PeerState } from '../peerState.js';
import type { DatedClock, Log } from '../ports.js';
import { describeRejection, type Rejection } from '../../consensus/rejection.js';
import { inTurns } from '../../util/turns.js';
import type { Interest } from '../client/wire.js';
import type { PeerSet } from '../peerSet.js';
import { PeerError, provenBy } from '../standing.js';
import type { Sync } from '../sync/sync.js';
import type { Gossip } from './gossip.js';
import type { TransactionRequests } from './transactionRequests.js';

/** A block of a download under way that is older than this is not announced. */
const OLD_NEWS_MS = 2 * 60 * 1000;
const ID_BYTES = 32;
/** Of a pull: a thousand transactions a handshake. */
const MAX_PAGES = 10;

export interface RelayModules {
  readonly chain: Pick<Chain, 'tip' | 'judge' | 'offerBlock'>;
  readonly admission: Pick<Admission, 'submit'>;
  readonly gossip: Pick<Gossip, 'given' | 'markKnown' | 'announceBlock' | 'catchUp'>;
  readonly requests: Pick<TransactionRequests, 'answering' | 'arrived' | 'settled'>;
  readonly sync: Pick<Sync, 'fetchParent' | 'isFetchingBeyond'>;
  readonly peers: Pick<PeerSet, 'byId' | 'blame'>;
  /** Counts what is offered. */
  readonly metrics: {
    offered(outcome: AddBlockOutcome): void;
    submitted(outcomes: readonly SubmitOutcome[], giver: string | undefined): void;
  };
  readonly clock: Pick<DatedClock, 'now'>;
  readonly log: { debug(details: object, message: string): void; isLevelEnabled(level: string): boolean };
}

/**
 * The way in for blocks and transactions of clients, of the miner and of other nodes: each gets the date, and its outcome is counted.
 * It also decides which news of the chain's tip this node passes on.
 */
export class Relay {
  readonly #modules: RelayModules;

  constructor(modules: RelayModules) {
    this.#modules = modules;
  }

  /** Takes a block that was mined here or came by itself. */
  async addBlock(block: Block): Promise<AddBlockOutcome> {
    const { chain, metrics, clock } = this.#modules;
    const outcome = await chain.offerBlock(block, clock.now());
    metrics.offered(outcome);
    return outcome;
  }

  /** Takes a block that another node forwarded; `giver` is that node's id if it said so. */
  async receiveBlock(block: Block, giver: string | undefined): Promise<AddBlockOutcome> {
    const { gossip, sync } = this.#modules;
    gossip.given(block, giver);
    const outcome = await this.addBlock(block);
    if (outcome.status === 'orphan') void sync.fetchParent(block.header, giver);
    return this.#judged(block.header.hash, outcome, giver);
  }

  /** The outcome for a block with this header that another node announced, whatever its body is; undefined if that is for its body to say. */
  judge(header: BlockHeader, giver: string | undefined): AddBlockOutcome | undefined {
    const { chain, clock } = this.#modules;
    const outcome = chain.judge(header, clock.now());
    return outcome && this.#judged(header.hash, outcome, giver);
  }

  /** What becomes of a block that another node forwarded counts for or against that node. */
  #judged(hash: Uint8Array, outcome: AddBlockOutcome, giver: string | undefined): AddBlockOutcome {
    if ('block' in outcome) this.#modules.gossip.markKnown(toHex(hash), giver);
    if (outcome.status === 'rejected') this.refused('block', [outcome.rejection], giver);
    return outcome;
  }

  /** Takes transactions of this node's clients. One outcome each, in order. */
  submit(submissions: readonly Submission[]): Promise<SubmitOutcome[]> {
    return this.#submit(submissions, undefined);
  }

  /** Takes transactions that another node forwarded. One outcome each, in order. */
  async receiveTransactions(transactions: readonly Transaction[], giver: string | undefined): Promise<SubmitOutcome[]> {
    const { requests } = this.#modules;
    requests.arrived(transactions, giver);
    const outcomes = await this.#submit(relayed(transactions), giver).finally(() => requests.settled(transactions));
    // A new one was announced as its giver's.
    for (const outcome of giver === undefined ? [] : outcomes) {
      if ('transaction' in outcome && outcome.alreadyKnown)
        this.#modules.gossip.markKnown(outcome.transaction.txid, giver);
    }
    const rejections = outcomes.filter((outcome) => 'code' in outcome);
    this.refused('transaction', rejections, giver);
    return outcomes;
  }

  /** What this node wants of the transactions that another node announced by their ids, one after another in `packed`; in order. */
  async announcedTransactions(packed: Uint8Array, giver: string | undefined): Promise<Interest[]> {
    const { requests, gossip } = this.#modules;
    const ids = Array.from({ length: packed.length / ID_BYTES }, (_, place) =>
      packed.subarray(place * ID_BYTES, (place + 1) * ID_BYTES),
    );
    const interests = await inTurns(requests.answering(ids, giver));
    for (const [index, id] of ids.entries()) if (interests[index] === 'known') gossip.markKnown(toHex(id), giver);
    return interests;
  }

  /** Blames the peer that passed on what was refused, as far as that proves anything, until it is banned. */
  refused(content: 'block' | 'transaction', rejections: readonly Rejection[], giver: string | undefined): void {
    const { peers } = this.#modules;
    const state = giver === undefined ? undefined : peers.byId(giver);
    if (!state) return;
    for (const rejection of rejections) {
      const misdeed = provenBy(content, rejection);
      if (!misdeed) continue;
      if (state.status === 'BANNED') return;
      peers.blame(state, misdeed, `${content}: ${rejection.code}: ${describeRejection(rejection)}`);
    }
  }

  /** Announces the new tip, unless it is old: what a first sync brings is known to everybody else. */
  tipChanged({ tip, body }: Pick<TipChange, 'tip' | 'body'>): void {
    const { gossip, sync, clock } = this.#modules;
    // A recent block is announced whatever branches peers claim meanwhile.
    const isNews = !sync.isFetchingBeyond(tip.height) || tip.timestamp > clock.now() - OLD_NEWS_MS;
    if (isNews) gossip.announceBlock({ header: tip, transactions: body(tip) });
  }

  /** Sends what is pending to a peer that was greeted and stands on this node's tip. */
  greeted(state: PeerState): void {
    const { chain, gossip } = this.#modules;
    const tip = toHex(chain.tip().hash);
    if (state.answer?.tip === tip) gossip.catchUp(state, tip);
  }

  async #submit(submissions: readonly Submission[], giver: string | undefined): Promise<SubmitOutcome[]> {
    const { admission, metrics, clock, log } = this.#modules;
    const outcomes = await admission.submit(submissions, giver, clock.now());
    metrics.submitted(outcomes, giver);
    if (!log.isLevelEnabled('debug')) return outcomes;
    for (const [index, outcome] of outcomes.entries()) {
      const transaction = { id: submissions[index]!.transaction.txid, giver };
      if ('code' in outcome) log.debug({ ...transaction, code: outcome.code }, 'transaction rejected');
      else log.debug({ ...transaction, alreadyKnown: outcome.alreadyKnown }, 'transaction accepted');
    }
    return outcomes;
  }
}

export interface PendingPullModules {
  readonly pending: { readonly size: number; get(id: Uint8Array): unknown };
  /** Takes transactions as if the node of this id had sent them; undefined if it has not proven one. */
  readonly take: (transactions: readonly Transaction[], giver: string | undefined) => Promise<unknown>;
  readonly log: Log;
}

/**
 * Asks peers for their pending transactions: a node that others cannot reach receives no announcements, and would mine empty blocks beside
 * a peer that holds payments. Known transactions are skipped. At most MAX_PAGES pages a handshake: the best paid first, then on from where
 * the last pull ended.
 */
export class PendingPull {
  readonly #modules: PendingPullModules;
  readonly #underWay = new WeakSet<PeerState>();
  /** Where the last pull ended, unless that was the peer's last page. */
  readonly #places = new WeakMap<PeerState, string>();

  constructor(modules: PendingPullModules) {
    this.#modules = modules;
  }

  /** Call it after a handshake. Never rejects. */
  async consider(state: PeerState): Promise<void> {
    if (state.status !== 'CONNECTED' || this.#underWay.has(state)) return;
    this.#underWay.add(state);
    try {
      await this.#pull(state);
    } catch (error) {
      // The next handshake shows what is wrong with the peer.
      if (!(error instanceof PeerError)) this.#modules.log.warn({ err: error, peer: state.url }, 'a pull failed');
    } finally {
      this.#underWay.delete(state);
    }
  }

  async #pull(state: PeerState): Promise<void> {
    const { pending, take } = this.#modules;
    const place = this.#places.get(state);
    // A place that the peer refuses must not be asked for again: it is kept once all went well.
    this.#places.delete(state);
    let after: string | undefined;
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const page = await state.client.pending(after);
      const news = page.transactions.filter(({ id }) => !pending.get(id));
      if (news.length > 0) await take(news, state.id);
      // The peer's first ones are all known, and it has no more than this node: so are the others, nearly always.
      const isEnough = news.length === 0 && page.size <= pending.size;
      if (page.next === undefined || isEnough) return;
      after = (pages === 0 && place) || page.next;
    }
    this.#places.set(state, after!);
  }
}
