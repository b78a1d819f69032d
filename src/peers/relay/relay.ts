import type { ChainReader } from '../../chain/chainStore.js';
import type { AddBlockOutcome, TipChange } from '../../chain/outcome.js';
import type { Block } from '../../consensus/block.js';
import type { Transaction } from '../../consensus/transaction.js';
import { toHex } from '../../crypto/bytes.js';
import { relayed, type Submission, type SubmitOutcome } from '../../mempool/admission.js';
import type { PeerState } from '../peerState.js';
import type { DatedClock } from '../ports.js';
import type { Sync } from '../sync/sync.js';
import type { Gossip } from './gossip.js';

/** A block of a download under way that is older than this is not announced. */
const OLD_NEWS_MS = 2 * 60 * 1000;

export interface RelayModules {
  readonly chain: { view(): ChainReader };
  /** Takes blocks and transactions through the rules. */
  readonly intake: {
    addBlock(block: Block): Promise<AddBlockOutcome>;
    submit(submissions: readonly Submission[], giver: string | undefined): Promise<SubmitOutcome[]>;
  };
  readonly gossip: Pick<Gossip, 'given' | 'markKnown' | 'announceBlock' | 'catchUp'>;
  readonly sync: Pick<Sync, 'fetchParent' | 'isFetchingBeyond'>;
  readonly clock: Pick<DatedClock, 'now'>;
}

/** Takes in what other nodes forward to this one, and decides which news it passes on. */
export class Relay {
  readonly #modules: RelayModules;

  constructor(modules: RelayModules) {
    this.#modules = modules;
  }

  /** Offers a block that another node forwarded; `giver` is that node's id if it said so. */
  async receiveBlock(block: Block, giver: string | undefined): Promise<AddBlockOutcome> {
    const { gossip, intake, sync } = this.#modules;
    gossip.given(block, giver);
    const outcome = await intake.addBlock(block);
    if ('block' in outcome) gossip.markKnown(toHex(block.header.hash), giver);
    if (outcome.status === 'orphan') void sync.fetchParent(block.header, giver);
    return outcome;
  }

  /** Submits transactions that another node forwarded. One outcome each, in order. */
  async receiveTransactions(transactions: readonly Transaction[], giver: string | undefined): Promise<SubmitOutcome[]> {
    const { gossip, intake } = this.#modules;
    const outcomes = await intake.submit(relayed(transactions), giver);
    // A new one was announced as its giver's.
    for (const outcome of giver === undefined ? [] : outcomes) {
      if ('transaction' in outcome && outcome.alreadyKnown) gossip.markKnown(toHex(outcome.transaction.id), giver);
    }
    return outcomes;
  }

  /** Announces the new tip, unless it is old: what a first sync brings is known to everybody else. */
  tipChanged({ tip, connected }: Pick<TipChange, 'tip' | 'connected'>): void {
    const { gossip, sync, clock } = this.#modules;
    // A recent block is announced whatever branches peers claim meanwhile.
    const isNews = !sync.isFetchingBeyond(tip.height) || tip.timestamp > clock.now() - OLD_NEWS_MS;
    if (isNews) gossip.announceBlock(connected.at(-1)!);
  }

  /** Sends what is pending to a peer that was greeted and stands on this node's tip. */
  greeted(state: PeerState): void {
    const { chain, gossip } = this.#modules;
    const tip = toHex(chain.view().tip().hash);
    if (state.answer?.tip === tip) gossip.catchUp(state, tip);
  }
}
