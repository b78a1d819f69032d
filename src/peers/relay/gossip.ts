import type { Block } from '../../consensus/block.js';
import { REJECTION_CODES, type RejectionCode } from '../../consensus/rejection.js';
import type { Transaction } from '../../consensus/transaction.js';
import { toHex } from '../../crypto/bytes.js';
import { Event } from '../../util/event.js';
import type { Outcome } from '../client/wire.js';
import type { Delivery, RemoteRejection } from '../peer.js';
import type { PeerSet } from '../peerSet.js';
import type { PeerState } from '../peerState.js';
import type { Clock, Log } from '../ports.js';
import { isSilence, PeerError } from '../standing.js';
import { Deliveries } from './deliveries.js';
import { type Content, PeerQueues } from './peerQueues.js';
import { Ways } from './ways.js';

/** Codes with which a node on another branch, or behind, declines a transaction or block that is good here. */
const OTHER_BRANCH: ReadonlySet<RejectionCode> = new Set<RejectionCode>([
  'NONCE_TOO_LOW',
  'NONCE_TOO_HIGH',
  'INSUFFICIENT_FUNDS',
  'UNKNOWN_PARENT',
  'INVALID_PARENT',
  'LOW_WORK',
  'TOO_MANY_SIBLINGS',
]);
/** Grounds that another tip may remove; a reorganization leaves more pending of one sender than others take at once. */
const MAY_PASS: ReadonlySet<RejectionCode> = new Set<RejectionCode>([
  ...OTHER_BRANCH,
  'SENDER_LIMIT',
  'HELD_BACK_LIMIT',
]);
const OF_SILENCE = { timedOut: 'TIMED_OUT', unreachable: 'UNREACHABLE' } as const;
/** Peers that are sent a transaction as a whole, its giver counted. */
const WHOLE_COPIES = 3;

export interface GossipOptions {
  /** How long a client that asks for deliveries waits at most. */
  readonly timeoutMs: number;
  /** Peers that get a transaction as a whole; WHOLE_COPIES by default. */
  readonly wholeCopies?: number;
}

export interface GossipModules {
  readonly peers: Pick<PeerSet, 'all' | 'byId' | 'succeeded' | 'useful' | 'blame'>;
  /** Pending transactions, for a peer that was away or on another branch. */
  readonly pending: { bySenders(): Iterable<{ readonly txid: string; readonly transaction: Transaction }> };
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly log: Log;
  /** Sends these items to a peer by `send`, within their trace. Absent where nothing is traced. */
  readonly within?: <Result>(items: readonly object[], peer: PeerState, send: () => Promise<Result>) => Promise<Result>;
}

/** A message to one peer that ended. */
export interface Sent {
  readonly content: Content;
  readonly milliseconds: number;
  /** Without an answer. */
  readonly failed: boolean;
}

/**
 * Relay: sends every transaction and block once to each peer, and never back to its giver, the node that forwarded it here: a transaction to
 * some as a whole, and to the others its id, so that these get it once, from whoever is first. Each peer has its own bounded queues and one
 * message of a kind under way, so a silent one does not delay the others. For an unreachable one only the last block is kept, with which
 * branches come together at once when it is back: sync and `catchUp` bring it the rest once it is greeted.
 */
export class Gossip {
  /** A peer declined on the ground of another branch. */
  readonly branchesDiffer = new Event<PeerState>();
  /** A peer answered a message, or failed to. */
  readonly sent = new Event<Sent>();
  readonly #modules: GossipModules;
  readonly #deliveries: Deliveries;
  readonly #queues = new Map<PeerState, PeerQueues>();
  readonly #ways: Ways;
  /** The giver of a block, as its message named it. By the very list of its transactions: another body under its header may be forged. */
  readonly #givers = new WeakMap<Block['transactions'], string>();

  constructor(options: GossipOptions, modules: GossipModules) {
    const { wholeCopies = WHOLE_COPIES } = options;
    this.#modules = modules;
    this.#deliveries = new Deliveries(options, modules);
    this.#ways = new Ways(wholeCopies, modules);
  }

  /** Sends new transactions to some peers as a whole, and tells the others of them, but never their giver. */
  announceTransactions(transactions: readonly Transaction[], giver: string | undefined): void {
    const audience = this.#audience();
    for (const transaction of transactions) {
      const id = transaction.txid;
      this.markKnown(id, giver);
      this.#deliveries.begin(id, audience);
      const lacking = audience.filter((state) => this.#lacks(state, id));
      const whole = this.#ways.choose(lacking, transaction.sender, giver !== undefined);
      for (const state of lacking) {
        const queues = this.#queuesOf(state);
        if (whole.has(state)) queues.push({ item: transaction, id });
        else queues.tell({ item: transaction, id });
      }
    }
  }

  /** Whether a transaction is to be sent to the peer; if not, its delivery ends here. */
  #lacks(state: PeerState, id: string): boolean {
    const isKnown = this.#queuesOf(state).knows(id);
    if (isKnown) this.#deliveries.end(id, state, 'ALREADY_KNOWN');
    else if (state.status === 'UNREACHABLE') this.#deliveries.end(id, state, OF_SILENCE[state.silence]);
    else return true;
    return false;
  }

  /** A block came and named this node id as its giver. The claim counts once the block is announced, for then the block is good. */
  given(block: Block, giver: string | undefined): void {
    if (giver !== undefined) this.#givers.set(block.transactions, giver);
  }

  /** Sends a block to every peer that is not known to have it. */
  announceBlock(block: Block): void {
    const id = toHex(block.header.hash);
    this.markKnown(id, this.#givers.get(block.transactions));
    const audience = this.#audience();
    this.#deliveries.begin(id, audience);
    for (const state of audience) {
      const outbox = this.#queuesOf(state).blocks;
      if (state.status === 'UNREACHABLE') outbox.giveUp();
      if (!outbox.push({ item: block, id })) this.#deliveries.end(id, state, 'ALREADY_KNOWN');
    }
  }

  /**
   * The peer has this node's tip, and gets what is pending as far as it is not known to have it: it was away, or declined it when it
   * stood elsewhere. After two refusals on one tip, a transaction waits for the next tip. One that its queue has no room for is sent after
   * the next greeting; one that others said it has, and it did not acknowledge itself, after the next greeting but one.
   */
  catchUp(state: PeerState, tip: string): void {
    const queues = this.#queuesOf(state);
    const { transactions } = queues;
    transactions.doubtClaims();
    if (queues.sharedTip !== tip) transactions.forgetDeclined();
    queues.sharedTip = tip;
    for (const { txid, transaction } of this.#modules.pending.bySenders()) {
      if (queues.isFull) break;
      queues.tell({ item: transaction, id: txid });
    }
  }

  /**
   * The node with this id is said to have the transaction or block with this hexadecimal id. Only for what has proven to be valid, in
   * the very copy that came: else anybody could keep the real one from a peer with a forged copy in its name.
   */
  markKnown(id: string, giver: string | undefined): void {
    const state = giver === undefined ? undefined : this.#modules.peers.byId(giver);
    if (!state) return;
    const { transactions, blocks } = this.#queuesOf(state);
    transactions.markKnown(id);
    blocks.markKnown(id);
  }

  /** The answers of the peers to an item that was announced just now; empty for any other. Bounded by the deadline. */
  deliveries(id: Uint8Array): Promise<readonly Delivery[]> {
    return this.#deliveries.of(toHex(id));
  }

  /** Transactions and blocks that were given up for newer ones because a peer's queue was full; peers of now only. */
  get dropped(): number {
    let sum = 0;
    for (const queues of this.#queues.values()) sum += queues.dropped;
    return sum;
  }

  /** Messages that wait to be sent to peers, all together. */
  get waiting(): number {
    let sum = 0;
    for (const state of this.#queues.keys()) sum += this.queued(state);
    return sum;
  }

  /** Messages that wait to be sent to this peer. */
  queued(state: PeerState): number {
    return this.#queues.get(state)?.size ?? 0;
  }

  /** Gives up what waits for a peer that was removed. */
  drop(state: PeerState): void {
    const queues = this.#queues.get(state);
    this.#queues.delete(state);
    queues?.close();
  }

  /** Gives up everything that waits. */
  close(): void {
    for (const state of [...this.#queues.keys()]) this.drop(state);
  }

  #audience(): PeerState[] {
    return this.#modules.peers.all().filter(({ status }) => status !== 'BANNED' && status !== 'INCOMPATIBLE');
  }

  #queuesOf(state: PeerState): PeerQueues {
    const { within = sendAlone, clock } = this.#modules;
    let queues = this.#queues.get(state);
    if (!queues) {
      queues = new PeerQueues(state, {
        send: (content, items, send) => this.#timed(state, content, () => within(items, state, send)),
        settled: (what, id, result) => this.#settle(state, id, what, result),
        clock,
      });
      this.#queues.set(state, queues);
    }
    return queues;
  }

  async #timed<Result>(state: PeerState, content: Content, send: () => Promise<Result>): Promise<Result> {
    const { peers, clock } = this.#modules;
    const started = clock.elapsed();
    try {
      const result = await send();
      const milliseconds = clock.elapsed() - started;
      peers.succeeded(state, milliseconds);
      this.sent.emit({ content, milliseconds, failed: false });
      return result;
    } catch (error) {
      this.sent.emit({ content, milliseconds: clock.elapsed() - started, failed: true });
      if (error instanceof PeerError) {
        peers.blame(state, error.misdeed, error.message);
        // What waits for a peer that did not answer has no answer either.
        if (isSilence(error.misdeed)) this.#queues.get(state)?.giveUp(error);
      }
      throw error;
    }
  }

  #settle(state: PeerState, id: string, what: 'transaction' | 'block', result: Outcome | Error | undefined): void {
    if (result === undefined) {
      this.#deliveries.end(id, state, 'TIMED_OUT');
    } else if (result instanceof Error) {
      const fault = result instanceof PeerError ? result.misdeed : 'unreachable';
      if (isSilence(fault)) this.#deliveries.end(id, state, OF_SILENCE[fault]);
      else this.#declined(state, id, what, { code: 'MALFORMED', message: result.message });
    } else if ('code' in result) {
      this.#declined(state, id, what, remoteRejection(result));
    } else {
      if (!result.alreadyKnown) this.#modules.peers.useful(state);
      this.#deliveries.end(id, state, result.alreadyKnown ? 'ALREADY_KNOWN' : 'ACCEPTED');
    }
  }

  /** The local acceptance stands: a decline is the peer's view, and a reason to compare branches. */
  #declined(state: PeerState, id: string, what: 'transaction' | 'block', rejected: RemoteRejection): void {
    const { log } = this.#modules;
    const subject = what === 'transaction' ? { txid: id } : { hash: id };
    log.warn(
      { peer: state.url, code: rejected.code, reason: rejected.message, ...subject },
      `${what} declined, resolving needed`,
    );
    this.#deliveries.end(id, state, 'DECLINED', rejected);
    if (what === 'transaction' && MAY_PASS.has(rejected.code)) this.#queues.get(state)?.transactions.declined(id);
    if (OTHER_BRANCH.has(rejected.code)) this.branchesDiffer.emit(state);
  }
}

const sendAlone: Required<GossipModules>['within'] = (_items, _peer, send) => send();

/** A code of a newer node that this one does not know is a decline all the same. */
function remoteRejection({ code, message }: { code: string; message: string }): RemoteRejection {
  const known = REJECTION_CODES.find((candidate) => candidate === code);
  if (known) return { code: known, message };
  return { code: 'MALFORMED', message: `expected a code of protocol version 1, got ${code}: ${message}` };
}
