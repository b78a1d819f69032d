import type { Chain } from '../chain/chain.js';
import type { Transaction } from '../consensus/transaction.js';
import type { BlockCache } from '../graphql/blockCache.js';
import type { Activity } from '../graphql/live/activity.js';
import type { Admission } from '../mempool/admission.js';
import type { Mempool } from '../mempool/mempool.js';
import type { Miner } from '../mining/miner.js';
import type { Peer } from '../peers/peer.js';
import type { Event } from '../util/event.js';
import type { Joined } from './joinNetwork.js';
import type { Members } from './members.js';
import type { Metrics } from './metrics.js';
import type { OpenStorage } from './openStorage.js';
import type { Pulse } from './pulse.js';
import type { NewsDesk } from './workers/newsDesk.js';
import type { TipLog } from './tipLog.js';
import type { Tracing } from './tracing.js';
import type { NodeClock } from './world.js';

export interface EventModules {
  readonly storage: Pick<OpenStorage, 'chain' | 'mempool' | 'admission' | 'journal' | 'databases'>;
  readonly joined: Joined;
  readonly members: Pick<Members, 'changed'>;
  readonly miner: Pick<Miner, 'restart'>;
  readonly activity: Activity;
  readonly blocks: Pick<BlockCache, 'tipChanged'>;
  readonly metrics: Metrics;
  readonly pulse: Pulse;
  readonly tipLog: TipLog;
  readonly clock: Pick<NodeClock, 'elapsed'>;
  readonly tracing: Tracing | undefined;
  /** Where processes of their own answer requests. */
  readonly desk: NewsDesk | undefined;
  readonly log: { error(details: object, message: string): void };
}

/** Everything that one part of a node hears of another, in the order in which they hear it. */
export function wireEvents(modules: EventModules): void {
  const { storage, joined, members, miner, activity, blocks, metrics, pulse, tipLog, clock, tracing, log } = modules;
  const { chain, mempool, admission, journal, databases } = storage;
  const { peers, gossip, exchange, sync, downloads, offering, pull, relay } = joined;
  const written = (journalled: Promise<void>): void =>
    void journalled.catch((error: unknown) => log.error({ err: error }, 'returned transactions not written'));

  chain.tipChanged.on(() => pulse.beat());
  chain.tipChanged.on((change) => relay.tipChanged(change));
  chain.tipChanged.on((change) => sync.tipChanged(change));
  chain.tipChanged.on((change) => tipLog.changed(change, downloads.isFetchingBeyond(change.tip.height)));
  chain.tipChanged.on((change) => metrics.tipChanged(change));
  chain.tipChanged.on((change) => blocks.tipChanged(change));
  chain.tipChanged.on(() => miner.restart());
  downloads.ended.on(() => tipLog.flush());

  admission.accepted.on(({ transactions, giver }) => gossip.announceTransactions(transactions, giver));
  mempool.removed.on((transaction) => journal.remove([transaction]));
  // Peers of the other branch have never seen them.
  mempool.returned.on((entries) => gossip.announceTransactions(entries.map(transactionOf), undefined));
  mempool.returned.on((entries) => written(journal.keep(entries)));

  peers.greeted.on((state) => sync.consider(state));
  peers.greeted.on((state) => void offering.consider(state));
  peers.greeted.on((state) => void pull?.consider(state));
  peers.greeted.on((state) => relay.greeted(state));
  peers.removed.on((state) => gossip.drop(state));
  peers.removed.on((state) => exchange.avoid(state.url));
  // Who left the list is greeted for the last time, and who came to it at once.
  members.changed.on(() => peers.all().forEach((state) => void peers.greet(state)));
  gossip.branchesDiffer.on((state) => void sync.compare(state));

  admission.staged.on((staged) => metrics.staged(staged));
  admission.staged.on((staged) => tracing?.staged(staged));
  admission.accepted.on(({ transactions }) => metrics.entered(transactions, clock.elapsed()));
  admission.accepted.on(({ transactions }) => tracing?.accepted(transactions));
  mempool.removed.on((transaction) => {
    if (mempool.dropped(transaction.id)) return;
    metrics.confirmed(transaction, clock.elapsed());
    tracing?.confirmed(transaction);
  });
  gossip.sent.on((sent) => metrics.sent(sent));
  databases.chain.committed.on((committed) => metrics.committed('chain', committed));
  databases.node.committed.on((committed) => metrics.committed('node', committed));

  wireActivity(activity, { chain, mempool, admission, peers });
  if (modules.desk) wireNews(modules.desk, { chain, mempool, admission, peers, members });
}

/** Everything that the processes which answer requests hear of. */
function wireNews(
  desk: NewsDesk,
  { chain, mempool, admission, peers, members }: ActivitySources & Pick<EventModules, 'members'>,
): void {
  chain.tipChanged.on((change) => desk.tipChanged(change));
  admission.accepted.on(() => desk.accepted());
  mempool.removed.on(() => desk.removed());
  peers.changed.on((peer) => desk.peerChanged(peer.toPeer()));
  peers.removed.on((peer) => desk.peerChanged({ ...peer.toPeer(), status: 'REMOVED' }));
  members.changed.on(() => desk.membersChanged());
}

export interface ActivitySources {
  readonly chain: Pick<Chain, 'tipChanged'>;
  readonly mempool: Pick<Mempool, 'returned' | 'removed'>;
  readonly admission: Pick<Admission, 'accepted'>;
  readonly peers: Readonly<Record<'changed' | 'removed', Pick<Event<PeerView>, 'on'>>>;
}

interface PeerView {
  toPeer(): Peer;
}

/** Everything that subscribers of the API hear of. */
export function wireActivity(activity: Activity, { chain, mempool, admission, peers }: ActivitySources): void {
  chain.tipChanged.on((change) => activity.changeTip(change));
  admission.accepted.on(({ transactions }) => activity.enter(transactions));
  mempool.returned.on((entries) => activity.enter(entries.map(transactionOf)));
  mempool.removed.on((transaction) => activity.touch([transaction]));
  peers.changed.on((peer) => activity.peerChanged.emit(peer.toPeer()));
  peers.removed.on((peer) => activity.peerChanged.emit({ ...peer.toPeer(), status: 'REMOVED' }));
}

function transactionOf({ transaction }: { readonly transaction: Transaction }): Transaction {
  return transaction;
}
