import type { Block } from '../../consensus/block.js';
import { MAX_BATCH_TRANSACTIONS } from '../../consensus/protocol.js';
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
import { Outbox } from './outbox.js';

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
const MAX_QUEUED_TRANSACTIONS = 10_000;
const MAX_QUEUED_BLOCKS = 16;

export interface GossipModules {
  readonly peers: Pick<PeerSet, 'all' | 'byId' | 'succeeded' | 'useful' | 'blame'>;
  /** Pending transactions, for a peer that was away or on another branch. */
  readonly pending: { bySenders(): Iterable<{ readonly txid: string; readonly transaction: Transaction }> };
  readonly clock: Clock;
  readonly log: Log;
  /** Sends these items to a peer by `send`, within their trace. Absent where nothing is traced. */
  readonly within?: <Result>(items: readonly object[], peer: PeerState, send: () => Promise<Result>) => Promise<Result>;
}

/** A message to one peer that ended. */
export interface Sent {
  readonly content: 'transactions' | 'block';
  readonly milliseconds: number;
  /** Without an answer. */
  readonly failed: boolean;
}

interface Outboxes {
  /** Hexadecimal hash of the tip that the peer was last seen to share. */
  sharedTip: string | undefined;
  readonly transactions: Outbox<Transaction, Outcome>;
  readonly blocks: Outbox<Block, Outcome>;
}

/**
 * Relay: sends every transaction and block once to each peer, and never back to its giver, the node that forwarded it here. Each peer has
 * its own bounded queue and one message under way, so a silent one does not delay the others. For an unreachable one only the last block
 * is kept, with which branches come together at once when it is back: sync and `catchUp` bring it the rest once it is greeted.
 */
export class Gossip {
  /** A peer declined on the ground of another branch. */
  readonly branchesDiffer = new Event<PeerState>();
  /** A peer answered a message, or failed to. */
  readonly sent = new Event<Sent>();
  readonly #modules: GossipModules;
  readonly #deliveries: Deliveries;
  readonly #outboxes = new Map<PeerState, Outboxes>();
  /** The giver of a block, as its message named it. By the very list of its transactions: another body under its header may be forged. */
  readonly #givers = new WeakMap<Block['transactions'], string>();

  /** `timeoutMs` is how long a client that asks for deliveries waits at most. */
  constructor(options: { readonly timeoutMs: number }, modules: GossipModules) {
    this.#modules = modules;
    this.#deliveries = new Deliveries(options, modules);
  }

  /** Sends new transactions to every peer but the giver. */
  announceTransactions(transactions: readonly Transaction[], giver: string | undefined): void {
    const audience = this.#audience();
    for (const transaction of transactions) {
      const id = transaction.txid;
      this.markKnown(id, giver);
      this.#deliveries.begin(id, audience);
      for (const state of audience) {
        const outbox = this.#outboxesOf(state).transactions;
        if (state.status === 'UNREACHABLE' && !outbox.knows(id))
          this.#deliveries.end(id, state, OF_SILENCE[state.silence]);
        else if (!outbox.push({ item: transaction, id })) this.#deliveries.end(id, state, 'ALREADY_KNOWN');
      }
    }
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
      const outbox = this.#outboxesOf(state).blocks;
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
    const outboxes = this.#outboxesOf(state);
    const { transactions } = outboxes;
    transactions.doubtClaims();
    if (outboxes.sharedTip !== tip) transactions.forgetDeclined();
    outboxes.sharedTip = tip;
    for (const { txid, transaction } of this.#modules.pending.bySenders()) {
      if (transactions.size === MAX_QUEUED_TRANSACTIONS) break;
      transactions.push({ item: transaction, id: txid });
    }
  }

  /**
   * The node with this id is said to have the transaction or block with this hexadecimal id. Only for what has proven to be valid, in
   * the very copy that came: else anybody could keep the real one from a peer with a forged copy in its name.
   */
  markKnown(id: string, giver: string | undefined): void {
    const state = giver === undefined ? undefined : this.#modules.peers.byId(giver);
    if (!state) return;
    const { transactions, blocks } = this.#outboxesOf(state);
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
    for (const { transactions, blocks } of this.#outboxes.values()) sum += transactions.dropped + blocks.dropped;
    return sum;
  }

  /** Messages that wait to be sent to peers, all together. */
  get waiting(): number {
    let sum = 0;
    for (const state of this.#outboxes.keys()) sum += this.queued(state);
    return sum;
  }

  /** Messages that wait to be sent to this peer. */
  queued(state: PeerState): number {
    const outboxes = this.#outboxes.get(state);
    return outboxes ? outboxes.transactions.size + outboxes.blocks.size : 0;
  }

  /** Gives up what waits for a peer that was removed. */
  drop(state: PeerState): void {
    const outboxes = this.#outboxes.get(state);
    this.#outboxes.delete(state);
    outboxes?.transactions.close();
    outboxes?.blocks.close();
  }

  /** Gives up everything that waits. */
  close(): void {
    for (const state of [...this.#outboxes.keys()]) this.drop(state);
  }

  #audience(): PeerState[] {
    return this.#modules.peers.all().filter(({ status }) => status !== 'BANNED' && status !== 'INCOMPATIBLE');
  }

  #outboxesOf(state: PeerState): Outboxes {
    const { within = sendAlone } = this.#modules;
    let outboxes = this.#outboxes.get(state);
    if (!outboxes) {
      outboxes = {
        sharedTip: undefined,
        transactions: new Outbox({
          batch: MAX_BATCH_TRANSACTIONS,
          capacity: MAX_QUEUED_TRANSACTIONS,
          send: (items) =>
            this.#timed(state, 'transactions', () => within(items, state, () => state.client.sendTransactions(items))),
          settled: ({ id }, result) => {
            this.#settle(state, id, 'transaction', result);
          },
        }),
        blocks: new Outbox({
          batch: 1,
          capacity: MAX_QUEUED_BLOCKS,
          send: (items) =>
            this.#timed(state, 'block', () =>
              within(items, state, async () => [await state.client.sendBlock(items[0]!)]),
            ),
          settled: ({ id }, result) => {
            this.#settle(state, id, 'block', result);
          },
        }),
      };
      this.#outboxes.set(state, outboxes);
    }
    return outboxes;
  }

  async #timed<Result>(state: PeerState, content: Sent['content'], send: () => Promise<Result>): Promise<Result> {
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
        if (isSilence(error.misdeed)) this.#giveUp(state, error);
      }
      throw error;
    }
  }

  /** What waits for a peer that did not answer has no answer either. */
  #giveUp(state: PeerState, silence: PeerError): void {
    const outboxes = this.#outboxes.get(state);
    outboxes?.transactions.giveUp(silence);
    outboxes?.blocks.giveUp(silence);
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
    if (what === 'transaction' && MAY_PASS.has(rejected.code)) this.#outboxes.get(state)?.transactions.declined(id);
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
