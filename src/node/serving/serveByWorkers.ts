import type { Config } from '../../config.js';
import { loadAdminToken } from '../../http/adminToken.js';
import { Budgets } from '../../http/callers/budgets.js';
import { Callers } from '../../http/callers/callers.js';
import { ConnectionBounds, CONNECTION_LIMITS } from '../../http/callers/connectionBounds.js';
import { endpointOf } from '../../http/endpoint.js';
import { tlsOptions } from '../../http/tls.js';
import type { Closers } from '../../util/closers.js';
import { NodeMonitor } from '../monitor.js';
import { ledgerTasks } from '../workers/ledgerTasks.js';
import type { NewsDesk } from '../workers/newsDesk.js';
import type { Publication } from '../workers/publication.js';
import { Spendings, TOLD_MS } from '../workers/spendings.js';
import { WorkerHost } from '../workers/workerHost.js';
import type { WorkerProcess } from '../workers/workerProcess.js';
import type { Served, ServeModules } from './serve.js';
import { nodeServices } from './services.js';

/** API workers that were started, and what they follow. */
export interface StartedWorkers {
  readonly processes: readonly WorkerProcess[];
  readonly fork: () => WorkerProcess;
  /** How many files each may have open at once. */
  readonly openFiles: number;
  /** Takes a line of a worker's log, in JSON. */
  readonly logLine: (line: string) => void;
  readonly publication: Publication;
  readonly desk: NewsDesk;
}

/** As `serve`, by processes of their own: this one answers nobody but them. */
export async function serveByWorkers(
  config: Config,
  modules: ServeModules & { readonly workers: StartedWorkers },
  closers: Closers,
): Promise<Served> {
  const { storage, joined, metrics, pulse, world, workers } = modules;
  const { clock, logger } = world;
  const callers = new Callers(config.trustProxy);
  const spendings = new Spendings();
  const budgets = new Budgets(callers, { clock, metrics, tell: (spending) => spendings.add(spending) });
  const monitor = new NodeMonitor({ storage, joined, metrics, pulse, budgets, world });
  closers.add(() => monitor.close());
  const services = nodeServices(config, { ...modules, monitor });
  const dataFolder = storage.folder.path;
  // Each worker reads both by itself: the token is made before, and a pair that cannot be used is refused as in one process.
  await loadAdminToken(dataFolder);
  if (config.tls) await tlsOptions(config.tls);
  const host = new WorkerHost({
    ...workers,
    tasks: ledgerTasks({ network: config.network, services, storage, monitor }),
    betweenChanges: (call) => storage.chain.betweenChanges(clock.now(), call),
    beginning: { config, info: services.info, chainPath: storage.folder.chainPath, dataFolder },
    bounds: new ConnectionBounds(CONNECTION_LIMITS, { callers, budgets, logger }),
    ...{ budgets, spendings },
    metrics,
    forgetReaders: () => storage.databases.chain.forgetReaders(),
    logLine: workers.logLine,
    log: logger,
    tracing: world.tracing,
  });
  closers.add(() => host.close());
  closers.add(() => joined.offers.close());
  const address = await host.start(config.host, config.port);
  closers.add(clock.every(TOLD_MS, () => host.share()));
  return {
    url: endpointOf(address, config.tls ? 'https' : 'http'),
    monitor,
    tick: () => host.tick(),
    renewTls: () => host.renewTls(),
  };
}
