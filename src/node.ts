import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { AddBlockOutcome } from './chain/outcome.js';
import { type Config, VERSION } from './config.js';
import type { Block } from './consensus/block.js';
import type { Transaction } from './consensus/transaction.js';
import { developmentAccount, developmentNetwork, type Network } from './consensus/network.js';
import { equalBytes, toHex } from './crypto/bytes.js';
import type { Services } from './graphql/services.js';
import { Activity } from './graphql/live/activity.js';
import { loadAdminToken } from './http/adminToken.js';
import { createServer } from './http/server.js';
import { Admission, relayed, type Submission, type SubmitOutcome } from './mempool/admission.js';
import { Mempool } from './mempool/mempool.js';
import { DEFAULT_POLICY } from './mempool/policy.js';
import { Miner } from './mining/miner.js';
import { ClockWatch, httpTransport, type NodeClock, systemClock, type Transport } from './node/world.js';
import { Agreement } from './node/agreement.js';
import { Closers } from './util/closers.js';
import { openLedger } from './node/openChain.js';
import { scrub, untilLost } from './node/folderWatch.js';
import { wireMempool } from './node/mempoolEvents.js';
import { MAX_REQUESTS, Payments } from './wallet/payments.js';
import { sideBranchTransactions } from './chain/branches.js';
import { startupCheck } from './audit/startupCheck.js';
import { PROTOCOL_VERSION } from './consensus/protocol.js';
import { NodeWatch } from './node/monitor.js';
import { Gossip } from './peers/relay/gossip.js';
import { proveNode } from './peers/client/nodeProof.js';
import { PeerRefusedError } from './peers/peer.js';
import { PeerClient } from './peers/client/peerClient.js';
import { OUTBOUND, PeerExchange } from './peers/discovery/peerExchange.js';
import { PeerSet } from './peers/peerSet.js';
import type { SyncProgress } from './peers/sync/sync.js';
import { Wire } from './peers/client/wire.js';
import { Database } from './storage/lmdb/database.js';
import { NODE_TABLES } from './storage/keys.js';
import { LmdbMempoolJournal } from './storage/mempoolJournal.js';
import { PeerStore } from './storage/peerStore.js';
import { RequestStore } from './storage/requestStore.js';
import { loadIdentity } from './wallet/secretFile.js';
import { Wallet } from './wallet/wallet.js';

/** A node that serves. */
export interface RunningNode {
  /** GraphQL endpoint. */
  readonly url: string;
  readonly network: Network;
  /** Who is paid for mining, if anybody. */
  readonly miner: Uint8Array | undefined;
  /** Where it stands among its peers. */
  readonly sync: () => SyncProgress;
  /**
   * Resolves with what is damaged, or was deleted or replaced, once anything is, and with undefined when the node is closed. Such a
   * node has to be stopped, for its answers may be wrong.
   */
  readonly damage: Promise<Error | undefined>;
  /** Stops taking requests, finishes what is under way, and frees the data folder. */
  close(): Promise<void>;
}

/** The world that a node lives in: this machine's where nothing else is given. */
export interface NodeModules {
  readonly logger: Logger;
  readonly clock?: NodeClock;
  readonly transport?: Transport;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/** Builds a node from its parts, starts it, and resolves when it serves. Whatever was opened is closed again if that fails. */
export async function startNode(config: Config, modules: NodeModules): Promise<RunningNode> {
  const closers = new Closers();
  try {
    return await build(config, modules, closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
}

async function build(config: Config, modules: NodeModules, closers: Closers): Promise<RunningNode> {
  const { logger, clock = systemClock, transport = httpTransport, random = Math.random } = modules;
  const { network, broadcastTimeoutMs } = config;
  const { chainId } = network;
  const now = () => clock.now();

  // Storage and ledger. Closers run in reverse order, so the folder is freed last.
  const mempool = new Mempool(DEFAULT_POLICY);
  const { folder, database, verifier, verifierPool, chain } = await openLedger(
    { data: config.data, network, verifiedSignatures: 2 * DEFAULT_POLICY.maxTransactions },
    mempool,
    closers,
  );
  const checked = startupCheck(network, chain.view());
  const nodeDatabase = await Database.open({ path: folder.nodePath, chainId, tables: NODE_TABLES });
  closers.add(() => nodeDatabase.close());
  const journal = new LmdbMempoolJournal({ chainId }, { database: nodeDatabase });
  closers.add(() => journal.close());
  const identity = await loadIdentity(join(folder.path, 'node.key'));
  const wallet = await Wallet.open(join(folder.path, 'wallet.json'));
  const ownId = toHex(identity.publicKey);
  const instance = Uint8Array.from(randomBytes(32));
  const own = { ownId, ownInstance: toHex(instance), chainId: toHex(chainId), protocolVersion: PROTOCOL_VERSION };
  const admission = new Admission({ mempool, verifier, journal, chain });

  // Network: peers, relay, sync.
  const wire = new Wire(network);
  const peers = new PeerSet(
    { ...own, handshakeIntervalMs: HANDSHAKE_MS },
    {
      connect: (url, origin) =>
        new PeerClient(
          { url, ownId, timeoutMs: broadcastTimeoutMs, publicUrl: config.publicUrl },
          { wire, connection: transport.connect(url, origin !== 'operator'), clock },
        ),
      store: new PeerStore({ database: nodeDatabase }),
      clock,
      random,
      log: logger,
      queued: (state): number => gossip.queued(state),
    },
  );
  const exchange = new PeerExchange(
    { outbound: config.outbound ?? OUTBOUND, publicUrl: config.publicUrl },
    { peers, clock, random },
  );
  const gossip = new Gossip({ timeoutMs: broadcastTimeoutMs }, { peers, pending: mempool, clock, log: logger });
  const addBlock = (block: Block): Promise<AddBlockOutcome> => watch.metrics.offered(chain.addBlock(block, now()));
  const agreement = new Agreement(
    { network, isReachable: config.publicUrl !== undefined },
    {
      chain,
      addBlock,
      peers,
      gossip,
      verifier,
      isMining: () => miner.mining,
      pending: mempool,
      take: (transactions, giver) => receive(transactions, giver),
      clock,
      log: logger,
    },
  );
  const { sync, pulse } = agreement;
  const watch: NodeWatch = new NodeWatch({
    folder: folder.path,
    chain,
    mempool,
    peers,
    sync,
    pulse: () => pulse.read(),
    verifierPool,
    databases: { chain: database, node: nodeDatabase },
    clock,
    log: logger,
  });
  const submit = (submissions: readonly Submission[], giver: string | undefined): Promise<SubmitOutcome[]> =>
    watch.submitted(admission.submit(submissions, giver, now()), submissions, giver);
  const receive = async (transactions: readonly Transaction[], giver: string | undefined): Promise<SubmitOutcome[]> => {
    const outcomes = await submit(relayed(transactions), giver);
    // What is new was announced as its giver's.
    for (const outcome of giver === undefined ? [] : outcomes) {
      if ('transaction' in outcome && outcome.alreadyKnown) gossip.markKnown(toHex(outcome.transaction.id), giver);
    }
    return outcomes;
  };
  closers.add(() => sync.close());
  closers.add(() => peers.close());
  closers.add(() => gossip.close());

  // Mining.
  const developmentKey = equalBytes(chainId, developmentNetwork().chainId)
    ? developmentAccount(0).publicKey
    : undefined;
  const minerKey = () => config.miner ?? wallet.state()?.publicKey ?? developmentKey;
  const miner = new Miner(
    { network, intervalMs: config.mine === 'off' ? 0 : config.mine * 1000 },
    {
      chain: { view: () => chain.view(), addBlock },
      pending: mempool,
      minerKey,
      now,
      sleep: (milliseconds, signal) => clock.sleep(milliseconds, signal),
      log: logger,
    },
  );
  closers.add(() => miner.close());

  // Events between the parts that are built here.
  wireMempool({ mempool, admission, gossip, journal, log: logger });
  chain.tipChanged.on(() => miner.restart());
  const activity = new Activity({
    tipChanged: chain.tipChanged,
    accepted: admission.accepted,
    returned: mempool.returned,
    left: mempool.left,
    peerChanged: peers.changed,
    peerRemoved: peers.removed,
  });

  // What was pending before the last stop, and what only a side branch holds since a reorganization that was cut short.
  const restored = admission.restore(sideBranchTransactions(chain.view(), now()), now(), clock.elapsed());
  const { height } = chain.view().tip();
  logger.info(
    { height, checked, pending: restored, chain: toHex(chainId), network: network.name },
    `opened network ${network.name} at height ${height}, ${restored} pending`,
  );

  const payments = new Payments(
    { chainId },
    {
      requests: new RequestStore({ chainId, capacity: MAX_REQUESTS }, { database: nodeDatabase }),
      wallet,
      mempool,
      chain,
      submit: async (submission) => (await submit([submission], undefined))[0]!,
    },
  );
  const services: Services = {
    network,
    chain,
    blocks: { receive: (block, giver) => agreement.receive(block, giver) },
    transactions: {
      submit: (submissions) => submit(submissions, undefined),
      receive,
      check: (submission) => admission.check(submission),
      send: (payment) => payments.send(payment),
    },
    mempool,
    gossip,
    peers,
    exchange,
    sync,
    offers: agreement.offers,
    pulse: () => pulse.read(),
    miner,
    wallet,
    audit: watch.audit,
    activity,
    prove: (challenge) => proveNode({ chainId, instance, challenge, publicUrl: config.publicUrl }, identity),
    info: {
      id: ownId,
      version: VERSION,
      protocolVersion: PROTOCOL_VERSION,
      publicUrl: config.publicUrl,
      instance,
      startedAt: now(),
    },
  };
  const adminToken = await loadAdminToken(folder.path);
  const { host, port, allowedHosts = [], allowedOrigins = [] } = config;
  const options = { host, port, adminToken, allowedHosts, allowedOrigins };
  const server = await createServer(options, { services, watch, logger });
  closers.add(() => server.close());
  closers.add(() => agreement.offers.close());
  const url = await transport.listen(server);

  for (const peer of config.peers) {
    peers.add(peer).catch((error: unknown) => {
      if (!(error instanceof PeerRefusedError)) logger.warn({ err: error, peer }, 'a peer was not added');
    });
  }
  const clockWatch = new ClockWatch({ clock, log: logger });
  const stopTicking = clock.every(TICK_MS, () => {
    clockWatch.tick();
    void peers.tick();
    void exchange.tick();
    agreement.tick();
    watch.tick();
    mempool.expire(now(), clock.elapsed());
  });
  closers.add(stopTicking);
  void peers.tick();
  if (config.mine !== 'off') {
    const refused = miner.start();
    if (refused)
      logger.warn(
        { code: refused.code },
        'not mining: expected an account to be paid: --miner ADDRESS, or a wallet (mutation createWallet)',
      );
  }
  const databases = [database, nodeDatabase];
  return {
    url,
    network,
    miner: minerKey(),
    sync: () => sync.progress(),
    damage: untilLost(
      scrub({ databases, log: logger }, closers),
      { files: [folder, ...databases, { lost: () => chain.violation }], clock },
      closers,
    ),
    close: () => closers.close(),
  };
}

/** Pause between handshakes with a connected peer. */
const HANDSHAKE_MS = 5_000;
const TICK_MS = 1_000;
