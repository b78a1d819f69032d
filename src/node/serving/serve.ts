import type { Config } from '../../config.js';
import { loadAdminToken } from '../../http/adminToken.js';
import { Budgets } from '../../http/callers/budgets.js';
import { Callers } from '../../http/callers/callers.js';
import { Replays } from '../../http/callers/replays.js';
import { createServer } from '../../http/server.js';
import type { Closers } from '../../util/closers.js';
import type { Metrics } from '../metrics.js';
import { NodeMonitor } from '../monitor.js';
import { nodeServices, type ServicesModules } from './services.js';

export interface ServeModules extends Omit<ServicesModules, 'monitor'> {
  readonly metrics: Metrics;
}

export interface Served {
  /** GraphQL endpoint. */
  readonly url: string;
  readonly monitor: NodeMonitor;
  /** Call it every second or so. */
  readonly tick: () => void;
  readonly renewTls: () => Promise<Date | undefined>;
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
  return { url: await transport.listen(server), monitor, tick: () => undefined, renewTls: () => server.renewTls() };
}
