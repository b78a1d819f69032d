import {
  ReceiveBroadcastPackedTransactionsDocument as PACKED,
  ReceiveBroadcastTransactionIdsDocument as IDS,
} from '../../src/client/operations/peer.js';
import { type Transaction } from '../../src/consensus/transaction.js';
import { concatBytes, toHex } from '../../src/crypto/bytes.js';
import type { SubmitOutcome } from '../../src/mempool/submission.js';
import type { Interest, Outcome } from '../../src/peers/client/wire.js';
import { PeerState } from '../../src/peers/peerState.js';
import { Gossip } from '../../src/peers/relay/gossip.js';
import { Relay } from '../../src/peers/relay/relay.js';
import { TransactionRequests } from '../../src/peers/relay/transactionRequests.js';
import { PeerError } from '../../src/peers/standing.js';
import { FakeClient } from '../peers/fakeClient.js';
import type { StepClock } from './stepClock.js';

/** How a node of the network takes part: `silent` ones answer nothing; `liars` acknowledge and announce everything, and bring nothing. */
export type Manner = 'honest' | 'silent' | 'liar';

/** What the nodes of a network share. */
export interface RelayWorld {
  readonly clock: StepClock;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** As Gossip has it. */
  readonly wholeCopies: number | undefined;
  /** A node has a transaction from now on. */
  arrived(id: string, node: RelayNode): void;
  /** A message leaves. */
  sent(from: RelayNode, to: RelayNode, message: { readonly bytes: number; readonly copies: number }): void;
}

const TIMEOUT_MS = 3_000;

/** A node of the network. */
export class RelayNode {
  readonly index: number;
  readonly manner: Manner;
  readonly id: string;
  readonly #network: RelayWorld;
  readonly #has = new Map<string, Transaction>();
  readonly #states = new Map<string, PeerState>();
  readonly #gossip: Gossip;
  readonly #relay: Relay;

  constructor(index: number, manner: Manner, network: RelayWorld) {
    this.index = index;
    this.manner = manner;
    this.#network = network;
    this.id = index.toString(16).padStart(64, '0');
    const { clock, random } = network;
    const peers = {
      all: () => [...this.#states.values()],
      byId: (id: string) => this.#states.get(id),
      succeeded: () => undefined,
      useful: () => undefined,
      blame: (state: PeerState, misdeed: PeerError['misdeed'], reason: string) =>
        state.blamed(misdeed, { reason, told: reason }, NO_LOG),
    };
    const requests = new TransactionRequests({ has: (id) => this.#has.has(toHex(id)), peers, clock });
    const pending = {
      bySenders: () => [...this.#has].map(([txid, transaction]) => ({ txid, transaction })),
    };
    const { wholeCopies } = network;
    this.#gossip = new Gossip(
      { timeoutMs: TIMEOUT_MS, ...(wholeCopies !== undefined && { wholeCopies }) },
      { peers, pending, clock, random, log: NO_LOG },
    );
    this.#relay = new Relay({
      chain: { tip: never, judge: () => undefined, offerBlock: never },
      admission: {
        submit: (submissions, giver) =>
          Promise.resolve(
            this.#admit(
              submissions.map((each) => each.transaction),
              giver,
            ),
          ),
      },
      gossip: this.#gossip,
      requests,
      sync: { fetchParent: never, isFetchingBeyond: () => false },
      peers,
      metrics: { offered: () => undefined, submitted: () => undefined },
      clock: { now: () => clock.elapsed() },
      log: NO_LOG,
    });
  }

  /** Makes another one its peer. */
  join(other: RelayNode, delayMs: number): void {
    const client = new LinkClient(this, { other, delayMs, network: this.#network });
    const { clock } = this.#network;
    const state = new PeerState(`http://${other.id}.test/graphql`, 'chosen', {
      client,
      clock: { elapsed: () => clock.elapsed(), now: () => clock.elapsed() },
      queued: () => 0,
    });
    state.id = other.id;
    state.apply('accepted');
    this.#states.set(other.id, state);
  }

  /** Has new transactions, and passes them on. */
  accept(transactions: readonly Transaction[], giver: string | undefined): void {
    for (const transaction of transactions) {
      const id = toHex(transaction.id);
      this.#has.set(id, transaction);
      this.#network.arrived(id, this);
    }
    this.#gossip.announceTransactions(transactions, giver);
  }

  /** Its peers that answer have shaken hands with it, and stand on its tip. */
  greet(): void {
    for (const state of this.#states.values()) if (state.status === 'CONNECTED') this.#gossip.catchUp(state, 'tip');
  }

  async take(transactions: readonly Transaction[], giver: string): Promise<Outcome[]> {
    const outcomes = await this.#relay.receiveTransactions(transactions, giver);
    return outcomes.map((outcome) => ({ alreadyKnown: 'transaction' in outcome && outcome.alreadyKnown }));
  }

  hear(ids: readonly Uint8Array[], giver: string): Promise<Interest[]> {
    return this.#relay.announcedTransactions(concatBytes(...ids), giver);
  }

  #admit(transactions: readonly Transaction[], giver: string | undefined): SubmitOutcome[] {
    const news = transactions.filter(({ id }) => !this.#has.has(toHex(id)));
    if (news.length > 0) this.accept(news, giver);
    return transactions.map((transaction) => ({
      transaction,
      alreadyKnown: !news.includes(transaction),
      replaced: undefined,
    }));
  }
}

interface Link {
  readonly other: RelayNode;
  /** Each way. */
  readonly delayMs: number;
  readonly network: RelayWorld;
}

/** The way from one node to a peer. */
class LinkClient extends FakeClient {
  readonly #from: RelayNode;
  readonly #link: Link;

  constructor(from: RelayNode, link: Link) {
    super('f');
    this.#from = from;
    this.#link = link;
  }

  override sendTransactions(transactions: readonly Transaction[]): Promise<Outcome[]> {
    const { other } = this.#link;
    const bytes = bodyBytes(
      PACKED,
      transactions.reduce((sum, { size }) => sum + size, 0),
    );
    // A liar has told of them, and lets whoever wants them wait.
    if (this.#from.manner === 'liar') return this.#silence();
    return this.#ask({ bytes, copies: transactions.length }, () => other.take(transactions, this.#from.id));
  }

  override announceTransactions(ids: readonly Uint8Array[]): Promise<Interest[]> {
    const { other } = this.#link;
    const bytes = bodyBytes(IDS, 32 * ids.length);
    return this.#ask({ bytes, copies: 0 }, () => other.hear(ids, this.#from.id));
  }

  async #ask<Result>(
    message: { readonly bytes: number; readonly copies: number },
    answer: () => Promise<Result>,
  ): Promise<Result> {
    const { other, delayMs, network } = this.#link;
    network.sent(this.#from, other, message);
    if (other.manner === 'silent') return this.#silence();
    await network.clock.pause(delayMs);
    const result = await network.clock.busy(answer());
    await network.clock.pause(delayMs);
    return result;
  }

  async #silence(): Promise<never> {
    await this.#link.network.clock.pause(TIMEOUT_MS);
    throw new PeerError('timedOut', 'no answer');
  }
}

/** Of a request with so many bytes, which are base64 in it. */
function bodyBytes(document: { toString(): string }, bytes: number): number {
  return (
    JSON.stringify({ query: document.toString(), variables: { transactions: '' } }).length + 4 * Math.ceil(bytes / 3)
  );
}

const never = (): never => {
  throw new Error('expected transactions only');
};
const NO_LOG = {
  info: () => undefined,
  warn: () => undefined,
  debug: () => undefined,
  isLevelEnabled: () => false,
};
