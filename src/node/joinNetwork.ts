import { randomUUID } from 'node:crypto';
import type { Config } from '../config.js';
import { PROTOCOL_VERSION } from '../consensus/protocol.js';
import { toHex } from '../crypto/bytes.js';
import { PeerClient } from '../peers/client/peerClient.js';
import { Wire } from '../peers/client/wire.js';
import { OUTBOUND, PeerExchange } from '../peers/discovery/peerExchange.js';
import { PeerSet, type PeerSetModules } from '../peers/peerSet.js';
import { CompactBlocks } from '../peers/relay/compactBlocks.js';
import { Gossip, type GossipModules } from '../peers/relay/gossip.js';
import { PendingPull, type PendingPullModules, Relay } from '../peers/relay/relay.js';
import { TransactionRequests } from '../peers/relay/transactionRequests.js';
import type { SyncedChain } from '../peers/sync/branchDownload.js';
import { Downloads } from '../peers/sync/downloads.js';
import { Offering } from '../peers/sync/offering.js';
import { Offers } from '../peers/sync/offers.js';
import { Sync } from '../peers/sync/sync.js';
import type { Closers } from '../util/closers.js';
import type { Members } from './members.js';
import type { Metrics } from './metrics.js';
import type { OpenStorage } from './openStorage.js';
import type { World } from './world.js';

/** Pause between handshakes with a connected peer. */
const HANDSHAKE_MS = 5_000;

export interface JoinModules {
  readonly self: NodeSelf;
  readonly storage: Pick<OpenStorage, 'chain' | 'mempool' | 'admission' | 'verifier' | 'peerStore' | 'identity'>;
  readonly metrics: Metrics;
  readonly members: Pick<Members, 'admits'>;
  readonly world: World;
}

/** How this node calls itself. */
export interface NodeSelf {
  /** Hexadecimal public key of its identity. */
  readonly id: string;
  /** 32 random bytes, new at each start. */
  readonly instance: Uint8Array;
}

/** What keeps this node and its peers on one chain. */
export interface Joined {
  readonly peers: PeerSet;
  readonly exchange: PeerExchange;
  readonly gossip: Gossip;
  readonly downloads: Downloads;
  readonly sync: Sync;
  readonly offers: Offers;
  readonly offering: Offering;
  readonly relay: Relay;
  readonly compactBlocks: CompactBlocks;
  /** Only for a node that others cannot send to. */
  readonly pull: PendingPull | undefined;
}

/** Builds the parts that speak to peers. Nothing is sent before they are ticked. */
export function joinNetwork(config: Config, modules: JoinModules, closers: Closers): Joined {
  const { storage, metrics, world } = modules;
  const { network, publicUrl, broadcastTimeoutMs, outbound = OUTBOUND } = config;
  const { chain, mempool, admission, verifier } = storage;
  const { clock, random, tracing, logger: log } = world;
  const now = () => clock.now();
  const peers = buildPeers(config, modules, (state) => gossip.queued(state));
  const exchange = new PeerExchange({ outbound, publicUrl }, { peers, clock, random });
  const within: GossipModules['within'] = (items, { url }, send) => tracing!.relayed(items, url, send);
  const gossip = new Gossip(
    { timeoutMs: broadcastTimeoutMs },
    { peers, pending: mempool, clock, random, log, ...(tracing && { within }) },
  );
  const synced: SyncedChain = {
    tip: () => chain.tip(),
    read: (use) => chain.read(use),
    addBlock: (block) => chain.addBlock(block, now()),
    extend: (blocks) => chain.extend(blocks, now()),
  };
  const downloads = new Downloads({ network }, { chain: synced, verifier, clock, now, log });
  const sync = new Sync({ chain, downloads, peers, clock, log });
  const offers = new Offers({ network }, { chain, downloads, sync, clock, newName: randomUUID, log });
  const offering = new Offering({ chain, clock, log });
  const has = (id: Uint8Array) => mempool.get(id) !== undefined || chain.read((reader) => reader.isConfirmed(id));
  const requests = new TransactionRequests({ has, peers, clock });
  const relay = new Relay({
    chain: tracing ? tracing.chain(chain) : chain,
    admission: tracing ? tracing.admission(admission) : admission,
    ...{ gossip, requests, sync, peers, metrics, clock, log },
  });
  const compactBlocks = new CompactBlocks({ pending: mempool, relay, peers, clock });
  const take: PendingPullModules['take'] = (transactions, giver) => relay.receiveTransactions(transactions, giver);
  const pull = publicUrl === undefined ? new PendingPull({ pending: mempool, take, log }) : undefined;
  closers.add(() => sync.close());
  closers.add(() => peers.close());
  closers.add(() => gossip.close());
  return { peers, exchange, gossip, downloads, sync, offers, offering, relay, compactBlocks, pull };
}

function buildPeers(
  config: Config,
  { self, storage, members, world }: JoinModules,
  queued: PeerSetModules['queued'],
): PeerSet {
  const { network, publicUrl, broadcastTimeoutMs: timeoutMs } = config;
  const { clock, transport, random, tracing, logger: log } = world;
  const wire = new Wire(network);
  return new PeerSet(
    {
      ownId: self.id,
      ownInstance: toHex(self.instance),
      chainId: toHex(network.chainId),
      protocolVersion: PROTOCOL_VERSION,
      handshakeIntervalMs: HANDSHAKE_MS,
      isMember: (id) => members.admits(id),
    },
    {
      connect: (url, origin) => {
        const plain = transport.connect(url, origin !== 'operator');
        const connection = tracing ? tracing.connection(plain) : plain;
        const options = { url, timeoutMs, publicUrl, chainId: network.chainId };
        return new PeerClient(options, { key: storage.identity, wire, connection, clock, log });
      },
      store: storage.peerStore,
      clock,
      random,
      log,
      queued,
    },
  );
}
