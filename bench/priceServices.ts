import type { ChainStore } from '../src/chain/chainStore.js';
import type { Network } from '../src/consensus/network.js';
import { MAX_BATCH_TRANSACTIONS, MAX_BODIES, MAX_HEADERS, MAX_LOCATOR_HASHES } from '../src/consensus/protocol.js';
import { createTransaction, type Transaction } from '../src/consensus/transaction.js';
import { lend } from '../src/util/lender.js';
import { Activity } from '../src/graphql/live/activity.js';
import { BlockCache } from '../src/graphql/blockCache.js';
import { MAX_SPENDERS } from '../src/graphql/page.js';
import type { Services, Vitals } from '../src/graphql/services.js';
import { EMPTY_ACCOUNT } from '../src/ledger/accounts.js';
import { Admission } from '../src/mempool/admission.js';
import { Mempool } from '../src/mempool/mempool.js';
import { DEFAULT_POLICY } from '../src/mempool/policy.js';
import { relayed } from '../src/mempool/submission.js';
import { MAX_PEERS } from '../src/peers/peerSet.js';
import { TransactionRequests } from '../src/peers/relay/transactionRequests.js';
import { atOnce } from '../src/util/turns.js';
import { CompactBlocks } from '../src/peers/relay/compactBlocks.js';
import type { Peer } from '../src/peers/peer.js';
import { loadNativeVerify } from '../src/verification/batch.js';
import { localSigner } from '../src/wallet/signer.js';
import { generateKeyPair } from '../src/crypto/ed25519.js';
import { benchKey, signTransfer } from './benchKey.js';
import { LATER } from './priceSamples.js';

/** Of its own senders; more would only take longer to make. */
const PENDING = 2_000;
const HELD_BACK = 100;

/** What prices are measured on besides the chain: the mempool, lists of peers and the like, each as full as a query can see it. */
export async function priceServices({ network, store }: { readonly network: Network; readonly store: ChainStore }) {
  const mempool = new Mempool(DEFAULT_POLICY);
  const dropped = fill(mempool, network);
  const chain = {
    snapshot: () => store.snapshot(),
    read: <Result>(use: Parameters<typeof lend<ReturnType<ChainStore['snapshot']>, Result>>[1]) => {
      const snapshot = store.snapshot();
      const result = lend(snapshot, use);
      snapshot.release();
      return result;
    },
    tip: () => tip,
  };
  const snapshot = store.snapshot();
  const tip = snapshot.tip();
  const hashes = snapshot.headersFrom(0, MAX_HEADERS).map(({ hash }) => hash);
  snapshot.release();
  const verify = await loadNativeVerify();
  const signer = localSigner(generateKeyPair());
  const admission = new Admission({
    mempool,
    verifier: {
      verify: (transactions) =>
        Promise.resolve(transactions.map(({ sender, payload, signature }) => verify(sender, payload, signature))),
    },
    journal: {
      append: () => Promise.resolve(),
      keep: () => Promise.resolve(),
      remove: () => undefined,
      load: () => [],
    },
    chain,
    clock: { elapsed: () => 0 },
  });
  const wanted = {
    offer: 'a'.repeat(32),
    headersAfter: hashes.slice(0, MAX_LOCATOR_HASHES),
    first: MAX_HEADERS,
    bodies: hashes.slice(0, MAX_BODIES),
    isOver: false,
  };
  const reorganization = { forkPoint: tip, oldTip: tip, newTip: tip, disconnected: 7, connected: 8, returned: 9 };
  const mined = { status: 'reorganized' as const, block: tip, reorganization };
  const known = { status: 'known' as const, block: tip, onBestChain: true };
  const compactBlocks = new CompactBlocks({
    pending: mempool,
    relay: { receiveBlock: () => Promise.resolve(known), judge: () => undefined },
    peers: { byId: () => undefined },
    clock: { elapsed: () => 0 },
  });
  const requests = new TransactionRequests({
    has: (id) => mempool.get(id) !== undefined || chain.read((reader) => reader.isConfirmed(id)),
    peers: { byId: () => undefined },
    clock: { elapsed: () => 0 },
  });
  const walletState = { publicKey: benchKey(1).publicKey, locked: false };
  const services: Services = {
    network,
    chain: { ...chain, isWorking: false },
    blocks: new BlockCache(),
    mempool,
    admission,
    relay: {
      submit: async (submissions) => {
        const outcomes = await admission.submit(submissions, undefined, 0);
        return outcomes.map((outcome) => ('code' in outcome ? outcome : { ...outcome, replaced: outcome.transaction }));
      },
      receiveTransactions: (transactions, giver) => admission.submit(relayed(transactions), giver, 0),
      announcedTransactions: (ids, giver) => {
        const each = Array.from({ length: ids.length / 32 }, (_, place) => ids.subarray(32 * place, 32 * (place + 1)));
        const interests = atOnce(requests.answering(each, giver));
        return Promise.resolve(interests.map((interest) => (ids[0] === LATER ? 'later' : interest)));
      },
      // What else it takes is paid by the block's proof of work.
      receiveBlock: () => Promise.resolve(known),
      refused: () => undefined,
    },
    compactBlocks: {
      announced: (block, giver) => compactBlocks.announced(block, giver),
      // The longest answer.
      completed: () =>
        Promise.resolve({ missing: Array.from({ length: MAX_BATCH_TRANSACTIONS }, (_, place) => place) }),
    },
    payments: { send: () => Promise.resolve({ code: 'WALLET_UNAVAILABLE' }) },
    gossip: {
      deliveries: () =>
        Promise.resolve(
          peers.map((peer) => ({
            peer,
            outcome: 'DECLINED' as const,
            rejected: { code: 'FEE_TOO_LOW' as const, message: 'm'.repeat(60) },
            latencyMs: 12,
          })),
        ),
    },
    peers: {
      list: () => peers,
      add: () => Promise.resolve(peers[0]!),
      remove: () => Promise.resolve(true),
      byId: () => undefined,
      contacted: () => undefined,
    },
    members: { admits: () => true },
    exchange: { announced: () => undefined },
    sync: {
      progress: () => ({ status: 'BEHIND', height: 7, targetHeight: 9, reason: 'r'.repeat(60) }),
      resolutionNeeded: () => false,
      resolve: () => Promise.resolve({ replaced: true, tip, reorganization, asked: peers }),
    },
    offers: {
      begin: () => Promise.resolve(wanted),
      headers: () => Promise.resolve(wanted),
      bodies: () => Promise.resolve(wanted),
    },
    pulse: () => ({ lastBlockAt: tip.timestamp, secondsSinceBlock: 0, standstill: false }),
    miner: {
      isMining: () => false,
      start: () => undefined,
      stop: () => undefined,
      mineBlocks: (count: number) => Promise.resolve(Array.from({ length: count }, () => mined)),
    },
    wallet: {
      state: () => walletState,
      create: () => Promise.resolve(walletState),
      unlock: () => Promise.resolve(walletState),
      lock: () => walletState,
    },
    operator: {
      vitals: () => VITALS,
      log: (last) => Array.from({ length: last }, () => LINE),
      spenders: () => SPENDERS,
    },
    audit: { performed: () => undefined, refused: () => undefined },
    activity: new Activity(),
    prove: (challenge) => signer.sign(challenge),
    info: {
      id: 'ab'.repeat(32),
      version: '1.2.3',
      protocolVersion: 1,
      publicUrl: peers[0]!.url,
      instance: new Uint8Array(32).fill(7),
      startedAt: network.timestamp,
    },
  };
  return { services, dropped };
}

/** Pending, held back, and replaced ones, of which the ids are returned. */
function fill(mempool: Mempool, network: Network): Uint8Array[] {
  const rich = { ...EMPTY_ACCOUNT, balance: 10n ** 12n };
  const dropped: Uint8Array[] = [];
  const add = (index: number, nonce: bigint, fee: bigint) => {
    const unsigned = { sender: benchKey(index + 5_000_000).publicKey, recipient: benchKey(1).publicKey, nonce };
    const transaction = createTransaction(
      network.chainId,
      { ...unsigned, amount: 1_000n, fee, memo: 'm'.repeat(64) },
      SIGNATURE,
    );
    const fault = mempool.add(transaction, rich, 0, { isNew: true, replaces: 'any' });
    if (fault) throw new Error(`a pending transaction is refused: ${fault.code}`);
    return transaction.id;
  };
  for (let i = 0; i < PENDING; i++) add(i, 0n, 100_000n);
  for (let i = 0; i < HELD_BACK; i++) add(PENDING + i, 1n, 100_000n);
  for (let i = 0; i < HELD_BACK; i++) {
    dropped.push(add(PENDING + HELD_BACK + i, 0n, 100_000n));
    add(PENDING + HELD_BACK + i, 0n, 200_000n);
  }
  return dropped;
}

/** Transfers that the node takes, on accounts that have coins. */
export function transfers(network: Network, accountOf: (publicKey: Uint8Array) => { readonly nonce: bigint }) {
  const transfer = (sender: number, ahead: number): Transaction => {
    const key = benchKey(sender);
    const nonce = accountOf(key.publicKey).nonce + BigInt(ahead);
    const unsigned = { sender: key.publicKey, recipient: benchKey(1).publicKey, amount: 1_000n, fee: 10_000n, nonce };
    const memoed = { ...unsigned, memo: '' };
    return createTransaction(network.chainId, memoed, signTransfer(network.chainId, memoed, key));
  };
  let next = 0;
  return {
    /** Another each time. */
    next: () => transfer(next % SENDERS, Math.floor(next++ / SENDERS)),
    /** Of an account that sends no other. */
    unsent: transfer(SENDERS, 0),
  };
}

/** Of those that a generated chain gives coins to; the last one is left out. */
const SENDERS = 99;
const SIGNATURE = new Uint8Array(64).fill(1);
const LINE = { at: 0, level: 'info', message: 'm'.repeat(60), details: 'd'.repeat(200) };
const SPENDERS = Array.from({ length: MAX_SPENDERS }, (_, index) => {
  return { user: `peer ${'ab'.repeat(32)}`, kind: 'cost' as const, left: -7.5, burst: 37_500_000, refused: index };
});
const peers: readonly Peer[] = Array.from({ length: MAX_PEERS }, (_, index) => ({
  id: index.toString(16).padStart(64, '0'),
  url: `https://node-${index}.example.com:4000/graphql`,
  status: 'CONNECTED',
  height: index,
  version: '1.2.3',
  lastSeen: 1_700_000_000_000,
  latencyMs: 12,
  consecutiveFailures: 0,
  standing: 0,
  bannedUntil: 1_700_000_000_000,
  lastError: 'e'.repeat(60),
  queued: 3,
}));
const VITALS: Vitals = {
  hindrances: Array.from({ length: 8 }, () => ({ code: 'BEHIND', message: 'm'.repeat(60) })),
  loopHoldsMs: Array.from({ length: 60 }, (_, second) => second / 7),
  memoryBytes: 2 ** 33,
  heapLimitBytes: 2 ** 34,
  queues: Array.from({ length: 8 }, () => ({ name: 'relay', items: 3 })),
  databases: Array.from({ length: 2 }, () => {
    return { name: 'chain', fileBytes: 2 ** 40, usedBytes: 7, liveBytes: 5, views: 1 };
  }),
  diskFreeBytes: 2 ** 40,
  diskTotalBytes: 2 ** 41,
};
