import { randomBytes } from 'node:crypto';
import { type Config } from './config.js';
import { developmentAccount, developmentNetwork, type Network } from './consensus/network.js';
import { equalBytes, toHex } from './crypto/bytes.js';
import { BlockCache } from './graphql/blockCache.js';
import { Activity } from './graphql/live/activity.js';
import { Miner } from './mining/miner.js';
import { CertificateWatch } from './node/certificateWatch.js';
import { wireEvents } from './node/events.js';
import { Members } from './node/members.js';
import { joinNetwork, type Joined } from './node/joinNetwork.js';
import { Metrics } from './node/metrics.js';
import { openStorage, type OpenStorage } from './node/openStorage.js';
import { Pulse } from './node/pulse.js';
import { startWorkers } from './node/workers/start.js';
import { sidelinedTransactions } from './chain/sidelined.js';
import { TipLog } from './node/tipLog.js';
import { ClockWatch, httpTransport, systemClock, type World } from './node/world.js';
import { PeerRefusedError } from './peers/peer.js';
import type { SyncProgress } from './peers/sync/sync.js';
import { Closers } from './util/closers.js';

const TICK_MS = 1_000;

/** A node that serves. */
export interface RunningNode {
  /** GraphQL endpoint. */
  readonly url: string;
  readonly network: Network;
  /** Public key that mining pays; undefined if there is none. */
  readonly miner: Uint8Array | undefined;
  /** Where it stands among its peers. */
  readonly sync: () => SyncProgress;
  /**
   * Resolves with what is damaged, or was deleted or replaced, once anything is, and with undefined when the node is closed. Such a
   * node has to be stopped, for its answers may be wrong.
   */
  readonly damage: Promise<Error | undefined>;
  /** Reads again the files that may change while it runs; what cannot be used changes nothing, and the log says why. */
  reload(): Promise<void>;
  /** Stops taking requests, finishes what is under way, and frees the data folder. */
  close(): Promise<void>;
}

/** This machine's clock, sockets and randomness where nothing else is given. */
export type NodeModules = Pick<World, 'logger'> & Partial<World>;

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

/** Closers run in reverse order, so the data folder is freed last. */
async function build(config: Config, modules: NodeModules, closers: Closers): Promise<RunningNode> {
  const world: World = { clock: systemClock, transport: httpTransport, random: Math.random, ...modules };
  const { clock, logger: log } = world;
  const { network } = config;
  // First of all: they take as long to start as the rest.
  const workers = startWorkers(world.workers, closers);
  const storage = await openStorage(config, world, closers, workers?.publication);
  const { chain } = storage;
  const self = { id: toHex(storage.identity.publicKey), instance: Uint8Array.from(randomBytes(32)) };

  const metrics = new Metrics();
  const minerKey = payee(config, storage);
  const members = await Members.open(config.peersOnly, log);
  const joined = joinNetwork(config, { self, storage, metrics, members, world }, closers);
  const miner = buildMiner(config, { storage, joined, minerKey, world });
  const { peers, exchange, sync } = joined;
  closers.add(() => miner.close());

  const isExpecting = () => miner.isMining() || peers.all().length > 0;
  const pulse = new Pulse({ network }, { chain, isExpecting, clock, log });
  const tipLog = new TipLog({ chain, clock, log });
  const activity = new Activity();
  const blocks = new BlockCache();
  const desk = workers?.newsDesk({ storage, blocks, peers, members });
  wireEvents({
    storage,
    joined,
    members,
    miner,
    activity,
    blocks,
    metrics,
    pulse,
    tipLog,
    clock,
    tracing: world.tracing,
    desk,
    log,
  });
  await restorePending(network, storage, world);

  const parts = { self, storage, joined, miner, activity, blocks, metrics, members, pulse, world };
  const { url, monitor, tick, renewTls } =
    workers && desk
      ? await (
          await import('./node/serving/serveByWorkers.js')
        ).serveByWorkers(config, { ...parts, workers: { ...workers, desk } }, closers)
      : await (await import('./node/serving/serve.js')).serve(config, parts, closers);
  const certificate = new CertificateWatch({ renew: renewTls, clock, log });
  await certificate.start();
  metrics.observeCertificate(() => certificate.validUntil);
  addPeers(config, joined, world);
  const clockWatch = new ClockWatch({ clock, log });
  const stopTicking = clock.every(TICK_MS, () => {
    clockWatch.tick();
    void peers.tick();
    void exchange.tick();
    for (const part of [sync, pulse, tipLog, monitor, certificate]) part.tick();
    tick();
    storage.mempool.expire(clock.now(), clock.elapsed());
  });
  closers.add(stopTicking);
  void peers.tick();
  if (config.mine !== 'off') startMining(miner, world);
  return {
    url,
    network,
    miner: minerKey(),
    sync: () => sync.progress(),
    reload: async () => {
      await Promise.all([certificate.reload(), members.reload()]);
      // The operator's peers that were not listed before were not kept.
      if (config.peersOnly !== undefined) addPeers(config, joined, world);
    },
    damage: untilDamaged(storage, world, closers),
    close: () => closers.close(),
  };
}

/** Whom mining pays now: the key of the settings, else the wallet's, else on the development network account 0. */
function payee({ network, miner }: Config, { wallet }: OpenStorage): () => Uint8Array | undefined {
  const isDevelopment = equalBytes(network.chainId, developmentNetwork().chainId);
  const fallback = isDevelopment ? developmentAccount(0).publicKey : undefined;
  return () => miner ?? wallet.state()?.publicKey ?? fallback;
}

interface MinerParts {
  readonly storage: OpenStorage;
  readonly joined: Pick<Joined, 'relay'>;
  readonly minerKey: () => Uint8Array | undefined;
  readonly world: World;
}

function buildMiner({ network, mine }: Config, { storage, joined, minerKey, world }: MinerParts): Miner {
  const { chain, mempool } = storage;
  const { clock, logger } = world;
  return new Miner(
    { network, intervalMs: mine === 'off' ? 0 : mine * 1000 },
    {
      chain: {
        withSnapshot: (task) => chain.withSnapshot(task),
        addBlock: (block) => joined.relay.addBlock(block),
      },
      pending: mempool,
      minerKey,
      now: () => clock.now(),
      sleep: (milliseconds, signal) => clock.sleep(milliseconds, signal),
      log: logger,
    },
  );
}

/** Puts back what was pending before the last stop, and what only a side branch holds since a reorganization that was cut short. */
async function restorePending(network: Network, storage: OpenStorage, { clock, logger }: World): Promise<void> {
  const { chain, admission, checked } = storage;
  const pending = await chain.withSnapshot((snapshot) =>
    admission.restore(sidelinedTransactions(snapshot), clock.now(), clock.elapsed()),
  );
  const { height } = chain.tip();
  logger.info(
    { height, checked, pending, chain: toHex(network.chainId), network: network.name },
    `opened network ${network.name} at height ${height}, ${pending} pending`,
  );
}

function addPeers(config: Config, { peers }: Joined, { logger }: World): void {
  for (const peer of config.peers) {
    // One that was set up with another network may be given the right one.
    peers.add(peer, { keepsForeign: true }).catch((error: unknown) => {
      if (!(error instanceof PeerRefusedError)) logger.warn({ err: error, peer }, 'a peer was not added');
    });
  }
}

function startMining(miner: Miner, { logger }: World): void {
  const refused = miner.start();
  if (!refused) return;
  logger.warn(
    { code: refused.code },
    'not mining: expected an account to be paid: --miner ADDRESS, or a wallet (mutation createWallet)',
  );
}

/**
 * The first fault, or undefined once `closers` ended it. Either a page of the databases is damaged: each is looked at while they are in
 * use, since a long file takes longer than a start may. Or a file was deleted or replaced under the running node: what is written to it
 * from then on is on no disk that a restart finds.
 */
function untilDamaged(storage: OpenStorage, { clock, logger }: World, closers: Closers): Promise<Error | undefined> {
  const databases = Object.values(storage.databases);
  const files = [storage.folder, ...databases, { lost: () => storage.chain.violation }];
  const abort = new AbortController();
  const scrub = async (): Promise<void> => {
    for (const database of databases) await database.scrub(abort.signal);
    logger.info('every page of the databases is as it was written');
  };
  return new Promise((resolve) => {
    scrub().catch(resolve);
    const stop = clock.every(TICK_MS, () => {
      const fault = files.map((file) => file.lost()).find((lost) => lost !== undefined);
      if (fault) resolve(fault);
    });
    closers.add(() => {
      stop();
      resolve(undefined);
      abort.abort();
    });
  });
}
