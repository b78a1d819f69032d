import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Chain } from '../chain/chain.js';
import type { AddBlockOutcome, TipChange } from '../chain/outcome.js';
import type { Block } from '../consensus/block.js';
import type { Network } from '../consensus/network.js';
import { toHex } from '../crypto/bytes.js';
import { Downloads, type DownloadsModules } from '../peers/sync/downloads.js';
import type { Gossip } from '../peers/relay/gossip.js';
import type { PeerSet } from '../peers/peerSet.js';
import type { PeerState } from '../peers/peerState.js';
import { Offering } from '../peers/sync/offering.js';
import { Offers } from '../peers/sync/offers.js';
import { PendingPull, type PendingPullModules } from '../peers/relay/pendingPull.js';
import { Sync } from '../peers/sync/sync.js';
import { Pulse } from './pulse.js';
import type { NodeClock } from './world.js';
import { TipLog } from './tipLog.js';

export interface AgreementModules {
  readonly chain: Pick<Chain, 'view' | 'addBlock' | 'extend' | 'tipChanged'>;
  /** For a block that came by itself. */
  readonly addBlock: (block: Block) => Promise<AddBlockOutcome>;
  readonly peers: PeerSet;
  readonly gossip: Gossip;
  readonly verifier: DownloadsModules['verifier'];
  readonly isMining: () => boolean;
  readonly pending: PendingPullModules['pending'];
  readonly take: PendingPullModules['take'];
  readonly clock: NodeClock;
  readonly log: Logger;
}

/** What keeps this node and its peers on one chain, and what is told of it: the parts, and which event of one another hears of. */
export class Agreement {
  readonly sync: Sync;
  readonly offers: Offers;
  readonly pulse: Pulse;
  readonly #modules: AgreementModules;
  readonly #offering: Offering;
  readonly #pull: PendingPull | undefined;
  readonly #tipLog: TipLog;

  constructor(
    options: {
      readonly network: Network;
      /** Others can send to this node. */
      readonly isReachable: boolean;
    },
    modules: AgreementModules,
  ) {
    const { network, isReachable } = options;
    const { chain, peers, gossip, verifier, isMining, clock, log } = modules;
    const now = () => clock.now();
    this.#modules = modules;
    const synced = {
      view: () => chain.view(),
      addBlock: (block: Block) => chain.addBlock(block, now()),
      extend: (blocks: readonly Block[]) => chain.extend(blocks, now()),
    };
    const downloads = new Downloads({ network }, { chain: synced, verifier, clock, now, log });
    this.sync = new Sync({ chain, downloads, peers, clock, log });
    this.offers = new Offers({ network }, { chain, downloads, sync: this.sync, clock, newName: randomUUID, log });
    this.#offering = new Offering({ chain, clock, log });
    this.#pull = isReachable ? undefined : new PendingPull(modules);
    const isExpecting = () => isMining() || peers.all().length > 0;
    this.pulse = new Pulse({ network }, { chain, isExpecting, clock, log });
    this.#tipLog = new TipLog({ chain, clock, log });
    chain.tipChanged.on((change) => this.#tipChanged(change));
    downloads.ended.on(() => this.#tipLog.flush());
    peers.greeted.on((state) => this.#greeted(state));
    gossip.branchesDiffer.on((state) => void this.sync.compare(state));
  }

  /** A block that another node forwarded; `giver` is that node's id if it said so. */
  async receive(block: Block, giver: string | undefined): Promise<AddBlockOutcome> {
    const { gossip, addBlock } = this.#modules;
    gossip.given(block, giver);
    const outcome = await addBlock(block);
    if ('block' in outcome) gossip.markKnown(toHex(block.header.hash), giver);
    if (outcome.status === 'orphan') void this.sync.fetchParent(block.header, giver);
    return outcome;
  }

  /** Call it every second or so. */
  tick(): void {
    this.sync.tick();
    this.pulse.tick();
    this.#tipLog.tick();
  }

  #tipChanged(change: TipChange): void {
    const { gossip, clock } = this.#modules;
    const { tip, connected } = change;
    this.pulse.beat();
    const isDownloading = this.sync.isFetchingBeyond(tip.height);
    // What a first sync brings is old news to everybody else; what is new is announced, whatever peers claim meanwhile.
    if (!isDownloading || tip.timestamp > clock.now() - OLD_NEWS_MS) gossip.announceBlock(connected.at(-1)!);
    this.#tipLog.changed(change, isDownloading);
  }

  #greeted(state: PeerState): void {
    const { chain, gossip } = this.#modules;
    this.sync.consider(state);
    void this.#offering.consider(state);
    void this.#pull?.consider(state);
    const tip = toHex(chain.view().tip().hash);
    if (state.answer?.tip === tip) gossip.catchUp(state, tip);
  }
}

/** A block of a download under way that is older than this is not announced. */
const OLD_NEWS_MS = 2 * 60 * 1000;
