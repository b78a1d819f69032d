import { type Config, VERSION } from '../../config.js';
import { PROTOCOL_VERSION } from '../../consensus/protocol.js';
import type { BlockCache } from '../../graphql/blockCache.js';
import type { Activity } from '../../graphql/live/activity.js';
import type { Services } from '../../graphql/services.js';
import type { Miner } from '../../mining/miner.js';
import { proveNode } from '../../peers/client/nodeProof.js';
import { Payments, type PaymentModules } from '../../wallet/payments.js';
import type { Joined, NodeSelf } from '../joinNetwork.js';
import type { Members } from '../members.js';
import type { NodeMonitor } from '../monitor.js';
import type { OpenStorage } from '../openStorage.js';
import type { Pulse } from '../pulse.js';
import type { World } from '../world.js';

export interface ServicesModules {
  readonly self: NodeSelf;
  readonly storage: OpenStorage;
  readonly joined: Joined;
  readonly miner: Miner;
  readonly activity: Activity;
  readonly blocks: BlockCache;
  readonly members: Members;
  readonly pulse: Pulse;
  readonly monitor: NodeMonitor;
  readonly world: World;
}

/** What resolvers call, where they run in the process of the ledger. */
export function nodeServices(config: Config, modules: ServicesModules): Services {
  const { self, storage, joined, miner, activity, blocks, members, pulse, monitor, world } = modules;
  const { network, publicUrl } = config;
  const { chainId } = network;
  const { chain, mempool, admission, requests, wallet, identity } = storage;
  const { relay, compactBlocks, gossip, peers, exchange, sync, offers } = joined;
  const submit: PaymentModules['submit'] = async (submission) => (await relay.submit([submission]))[0]!;
  const payments = new Payments({ chainId }, { requests, wallet, mempool, chain, submit });
  return {
    network,
    chain,
    blocks,
    relay,
    compactBlocks,
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
