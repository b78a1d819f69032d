import { Chain } from '../../src/chain/chain.js';
import type { Block } from '../../src/consensus/block.js';
import type { Network } from '../../src/consensus/network.js';
import { signingPayload } from '../../src/consensus/transaction.js';
import { verifySignature } from '../../src/crypto/ed25519.js';
import { BlockCache } from '../../src/graphql/blockCache.js';
import type { Services } from '../../src/graphql/services.js';
import { Activity } from '../../src/graphql/live/activity.js';
import { Admission } from '../../src/mempool/admission.js';
import { relayed } from '../../src/mempool/submission.js';
import { Mempool } from '../../src/mempool/mempool.js';
import { DEFAULT_POLICY } from '../../src/mempool/policy.js';
import type { SignatureVerifier } from '../../src/consensus/blockRules.js';
import { wireActivity } from '../../src/node/events.js';
import { MemoryChainStore } from '../support/memoryChainStore.js';
import { Event } from '../../src/util/event.js';
import type { Peer } from '../../src/peers/peer.js';
import { mineBlock, testNetwork, type MineBlockOptions } from '../support/blocks.js';

/** Services on a real chain and mempool in memory; answers in `overrides` replace parts that talk to the outside. */
export function testServices(overrides: Partial<Services> = {}, network: Network = testNetwork()) {
  const verifier: SignatureVerifier = {
    verify: (transactions) =>
      Promise.resolve(
        transactions.map((transaction) =>
          verifySignature(transaction.sender, signingPayload(network.chainId, transaction), transaction.signature),
        ),
      ),
  };
  const mempool = new Mempool(DEFAULT_POLICY);
  const chain = new Chain({ network }, { store: new MemoryChainStore(network), verifier, pending: mempool });
  const clock = { now: network.timestamp + 60_000 };
  const snapshots = { open: 0, taken: 0 };
  const admission = new Admission({
    mempool,
    verifier,
    journal: {
      append: () => Promise.resolve(),
      keep: () => Promise.resolve(),
      remove: () => undefined,
      load: () => [],
    },
    chain,
    clock: { elapsed: () => 0 },
  });
  const peerEvents = { changed: new Event<PeerView>(), removed: new Event<PeerView>() };
  const activity = new Activity();
  wireActivity(activity, { chain, mempool, admission, peers: peerEvents });
  const services: Services = {
    network,
    chain: {
      get isWorking() {
        return chain.isWorking;
      },
      snapshot: () => {
        const snapshot = chain.snapshot();
        snapshots.taken++;
        snapshots.open++;
        let released = false;
        return new Proxy(snapshot, {
          get(target, name) {
            if (released) throw new Error(`used a released snapshot: ${String(name)}`);
            if (name === 'release') {
              return () => {
                released = true;
                snapshots.open--;
                target.release();
              };
            }
            const member: unknown = Reflect.get(target, name);
            return typeof member === 'function' ? (member.bind(target) as unknown) : member;
          },
        });
      },
    },
    blocks: new BlockCache(),
    relay: {
      submit: (submissions) => admission.submit(submissions, undefined, clock.now),
      receiveTransactions: (transactions, giver) => admission.submit(relayed(transactions), giver, clock.now),
      receiveBlock: (block) => chain.addBlock(block, FAR_FUTURE),
      announcedTransactions: () => Promise.resolve([]),
      refused: () => undefined,
    },
    compactBlocks: { announced: () => Promise.resolve(WHOLE), completed: () => Promise.resolve(WHOLE) },
    admission,
    payments: { send: () => Promise.resolve({ code: 'WALLET_UNAVAILABLE' }) },
    mempool,
    gossip: { deliveries: () => Promise.resolve([]) },
    peers: {
      list: () => [],
      add: (url) => Promise.resolve({ url, status: 'CONNECTING', consecutiveFailures: 0, standing: 0, queued: 0 }),
      remove: () => Promise.resolve(false),
      byId: () => undefined,
      contacted: () => undefined,
    },
    members: { admits: () => true },
    exchange: { announced: () => undefined },
    sync: {
      progress: () => {
        const { height } = chain.tip();
        return { status: 'SYNCED', height, targetHeight: height, reason: undefined };
      },
      resolutionNeeded: () => false,
      resolve: () => Promise.resolve({ replaced: false, tip: chain.tip(), reorganization: undefined, asked: [] }),
    },
    offers: {
      begin: () => Promise.resolve(OVER),
      headers: () => Promise.resolve(OVER),
      bodies: () => Promise.resolve(OVER),
    },
    pulse: () => ({ lastBlockAt: chain.tip().timestamp, secondsSinceBlock: 0, standstill: false }),
    miner: {
      isMining: () => false,
      start: () => undefined,
      stop: () => undefined,
      mineBlocks: () => Promise.resolve([]),
    },
    wallet: {
      state: () => undefined,
      create: () => Promise.resolve({ code: 'WALLET_EXISTS' }),
      unlock: () => Promise.resolve({ code: 'WALLET_UNAVAILABLE' }),
      lock: () => ({ code: 'WALLET_UNAVAILABLE' }),
    },
    operator: { vitals: () => VITALS, log: () => [], spenders: () => [] },
    audit: { performed: () => undefined, refused: () => undefined },
    activity,
    prove: () => Promise.resolve(new Uint8Array(64).fill(9)),
    info: {
      id: 'ab'.repeat(32),
      version: '1.2.3',
      protocolVersion: 1,
      publicUrl: undefined,
      instance: new Uint8Array(32).fill(7),
      startedAt: network.timestamp,
    },
    ...overrides,
  };
  /** Mines a block on the tip and connects it. */
  const mine = async (options: Partial<MineBlockOptions> = {}): Promise<Block> => {
    const block = mineBlock({ network, parent: chain.tip(), ...options });
    await chain.addBlock(block, FAR_FUTURE);
    return block;
  };
  return { services, network, chain, mempool, clock, snapshots, mine, peerEvents };
}

export interface PeerView {
  toPeer(): Peer;
}

const VITALS = {
  hindrances: [],
  loopHoldsMs: [0.5, 12],
  memoryBytes: 2 ** 33,
  heapLimitBytes: 2 ** 34,
  queues: [{ name: 'relay', items: 3 }],
  databases: [{ name: 'chain', fileBytes: 2 ** 40, usedBytes: 7, liveBytes: 5, views: 1 }],
  diskFreeBytes: undefined,
  diskTotalBytes: undefined,
};
const WHOLE = { missing: undefined };
const OVER = { offer: '', headersAfter: undefined, first: 0, bodies: [], isOver: true };
const FAR_FUTURE = Date.UTC(2100, 0, 1);
