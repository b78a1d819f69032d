import { type Config, VERSION } from '../config.js';
import { PROTOCOL_VERSION } from '../consensus/protocol.js';
import type { Activity } from '../graphql/live/activity.js';
import type { BlockCache } from '../graphql/blockCache.js';
import type { Services } from '../graphql/services.js';
import { loadAdminToken } from '../http/adminToken.js';
import { Budgets } from '../http/callers/budgets.js';
import { Callers } from '../http/callers/callers.js';
import { Replays } from '../http/callers/replays.js';
import { createServer, type Server } from '../http/server.js';
import type { Miner } from '../mining/miner.js';
import { proveNode } from '../peers/client/nodeProof.js';
import type { Closers } from '../util/closers.js';
import { Payments, type PaymentModules } from '../wallet/payments.js';
import type { Joined, NodeSelf } from './joinNetwork.js';
import type { Members } from './members.js';
import type { Metrics } from './metrics.js';
import { NodeMonitor } from './monitor.js';
import type { OpenStorage } from './openStorage.js';
import type { Pulse } from './pulse.js';
import type { World } from './world.js';

export interface ServeModules {
  readonly self: NodeSelf;
  readonly storage: OpenStorage;
  readonly joined: Joined;
  readonly miner: Miner;
  readonly activity: Activity;
  readonly blocks: BlockCache;
  readonly metrics: Metrics;
  readonly members: Members;
  readonly pulse: Pulse;
  readonly world: World;
}

export interface Served {
  /** GraphQL endpoint. */
  readonly url: string;
  readonly monitor: NodeMonitor;
  readonly renewTls: Server['renewTls'];
}

/** Answers clients, peers and monitors from now on. */
export async function serve(config: Config, modules: ServeModules, closers: Closers): Promise<Served> {
  const { storage, joined, metrics, pulse, world } = modules;
  const { clock, transport, logger } = world;
  const { host, port, allowedHosts = [], allowedOrigins = [], tls, trustProxy } = config;
  const callers = new Callers(trustProxy);
  const budgets = new Budgets(callers, { clock, metrics });
  const monitor = new NodeMonitor({ storage, joined, metrics, pulse, budgets, world });
  closers.add(() => monitor.close());
  const services = nodeServices(config, { ...modules, monitor });
  const adminToken = await loadAdminToken(storage.folder.path);
  const tokenFolder = storage.folder.path;
  const options = { host, port, adminToken, tokenFolder, allowedHosts, allowedOrigins, tls };
  const server = await createServer(options, {
    services,
    health: monitor,
    now: () => clock.now(),
    callers,
    budgets,
    replays: new Replays(),
    logger,
  });
  world.tracing?.serve(server.app, ({ isPeer }) => isPeer);
  closers.add(() => server.close());
  closers.add(() => joined.offers.close());
  return { url: await transport.listen(server), monitor, renewTls: () => server.renewTls() };
}

function nodeServices(config: Config, modules: ServeModules & { readonly monitor: NodeMonitor }): Services {
  const { self, storage, joined, miner, activity, blocks, members, pulse, monitor, world } = modules;
  const { network, publicUrl } = config;
  const { chainId } = network;
  const { chain, mempool, admission, requests, wallet, identity } = storage;
  const { relay, gossip, peers, exchange, sync, offers } = joined;
  const submit: PaymentModules['submit'] = async (submission) => (await relay.submit([submission]))[0]!;
  const payments = new Payments({ chainId }, { requests, wallet, mempool, chain, submit });
  return {
    network,
    chain,
    blocks,
    relay,
    admission,
    payments,
    mempool,
    gossip,
    peers,
    members,
    exchange,
    sync,
    offers,
    pulse: () => pulse.read(),
    miner,
    wallet,
    audit: monitor.audit,
    operator: monitor,
    activity,
    prove: (challenge) => proveNode({ chainId, instance: self.instance, challenge, publicUrl }, identity),
    info: {
      id: self.id,
      version: VERSION,
      protocolVersion: PROTOCOL_VERSION,
      publicUrl,
      instance: self.instance,
      startedAt: world.clock.now(),
    },
  };
}
