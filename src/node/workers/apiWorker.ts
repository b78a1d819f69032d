import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { loadAdminToken } from '../../http/adminToken.js';
import { Budgets, type Spending } from '../../http/callers/budgets.js';
import { Callers } from '../../http/callers/callers.js';
import type { Health } from '../../http/health.js';
import { createServer, type Server } from '../../http/server.js';
import { STREAM_LIMITS, type StreamLimits } from '../../http/streams.js';
import { CHAIN_TABLES, type ChainTable } from '../../storage/keys.js';
import { DatabaseReader } from '../../storage/lmdb/databaseReader.js';
import { loadNativeVerify } from '../../verification/batch.js';
import { EventLoopWatch } from '../eventLoop.js';
import { Metrics } from '../metrics.js';
import type { Tracing } from '../tracing.js';
import { systemClock } from '../world.js';
import { Calls, type Message } from './calls.js';
import type { Beginning, LedgerDuties, WorkerDuties } from './duties.js';
import type { News } from './publication.js';
import { Replica } from './replica.js';
import { Spendings, TOLD_MS } from './spendings.js';
import { SignatureCheck } from './submissions.js';
import { workerServices } from './workerServices.js';

const TICK_MS = 1_000;

/** What connects a worker with the ledger process. */
export interface WorkerPort {
  send(message: Message): void;
  listen(heard: {
    /** Takes a message of the ledger process. */
    message(message: Message): void;
    /** Takes a connection that it accepted, with its number there. */
    connection(connection: number, socket: Socket): void;
  }): void;
  /** Ends this process with a failure: another one takes its place. */
  fail(failure: unknown): void;
}

export interface ApiWorkerModules {
  readonly port: WorkerPort;
  /** A logger of this process whose lines go where `write` takes them. */
  readonly logger: (write: (line: string) => void) => Logger;
  /** Where requests are traced; `stop` sends what was not sent yet. */
  readonly traces: { readonly tracing: Tracing; stop(): Promise<void> } | undefined;
}

/**
 * A process that answers requests: HTTP, GraphQL, signatures and reads are its own work, and what changes the ledger it asks of the ledger
 * process. It ends when that one ends.
 */
export function runApiWorker({ port, logger, traces }: ApiWorkerModules): void {
  const tracing = traces?.tracing;
  let worker: ApiWorker | undefined;
  const begun = (): ApiWorker => {
    if (!worker) throw new Error('expected begin before anything else');
    return worker;
  };
  const tasks: WorkerDuties = {
    begin: (beginning) => {
      worker = new ApiWorker(beginning, { ledger, tracing, log: logger((line) => ledger.tell('logged', line)) });
      return worker.serving.then(() => undefined);
    },
    news: (number, news) => begun().learn(number, news),
    visible: (number) => begun().replica.visible(number),
    spent: (spendings) => begun().charge(spendings),
    metrics: () => begun().metrics.list(),
    renewTls: async () => (await begun().serving).renewTls(),
    close: async () => {
      await begun().close();
      await traces?.stop();
    },
  };
  const ledger = new Calls<LedgerDuties, WorkerDuties>({
    tasks,
    send: (message) => port.send(message),
    failed: (failure) => port.fail(failure),
    traces: tracing,
  });
  tracing?.complainBy((reason) => ledger.tell('tracesLost', reason));
  port.listen({
    message: (message) => ledger.receive(message),
    connection: (connection, socket) => {
      socket.once('close', () => ledger.tell('ended', connection));
      begun().serving.then(
        (server) => server.take(socket),
        () => socket.destroy(),
      );
    },
  });
  ledger.tell('ready');
}

interface ApiWorkerParts {
  readonly ledger: Calls<LedgerDuties, WorkerDuties>;
  readonly log: Logger;
  readonly tracing: Tracing | undefined;
}

/** The parts of a worker. Its view is that of the beginning when this is made; the server takes a while. */
class ApiWorker {
  readonly replica: Replica;
  readonly metrics = new Metrics();
  /** Resolves when it can take connections. */
  readonly serving: Promise<Server>;
  readonly #ledger: ApiWorkerParts['ledger'];
  readonly #budgets: Budgets;
  readonly #eventLoop = new EventLoopWatch();
  readonly #database: DatabaseReader<ChainTable>;

  constructor(beginning: Beginning, { ledger, ...parts }: ApiWorkerParts) {
    const { config, chainPath, number, news } = beginning;
    this.#ledger = ledger;
    this.#database = new DatabaseReader(chainPath, CHAIN_TABLES);
    this.replica = new Replica({ network: config.network }, { database: this.#database });
    this.learn(number, news);
    this.replica.visible(number);
    const callers = new Callers(config.trustProxy);
    const spendings = new Spendings();
    const tell = (spending: Spending) => spendings.add(spending);
    this.#budgets = new Budgets(callers, { clock: systemClock, metrics: this.metrics, tell });
    systemClock.every(TOLD_MS, () => {
      const spent = spendings.take();
      if (spent.length > 0) ledger.tell('spent', spent);
    });
    systemClock.every(TICK_MS, () => this.metrics.lagged(this.#eventLoop.tick()));
    this.serving = this.#serve(beginning, callers, parts);
  }

  /** Takes news, and says so. */
  learn(number: number, news: News): void {
    this.replica.apply(number, news);
    this.#ledger.tell('applied', number);
  }

  charge(spendings: readonly Spending[]): void {
    for (const spending of spendings) this.#budgets.charge(spending);
  }

  async close(): Promise<void> {
    await (await this.serving).close();
    this.replica.close();
    await this.#database.close();
  }

  async #serve(
    { config, info, dataFolder, workers }: Beginning,
    callers: Callers,
    { log, tracing }: Omit<ApiWorkerParts, 'ledger'>,
  ): Promise<Server> {
    const { host, port, allowedHosts = [], allowedOrigins = [], tls, network } = config;
    const ledger = this.#ledger;
    const { replica } = this;
    const signatures = new SignatureCheck({
      mempool: replica.mempool,
      chain: { read: (use) => replica.read(use) },
      verify: await loadNativeVerify(),
    });
    const adminToken = await loadAdminToken(dataFolder);
    const server = await createServer(
      {
        ...{ host, port, adminToken, tokenFolder: dataFolder, allowedHosts, allowedOrigins, tls },
        takesConnections: true,
        streams: shareOf(workers),
      },
      {
        services: workerServices({ network, info, ledger, replica, signatures }),
        health: { readiness: () => ledger.call('readiness'), metrics: this.#reported() },
        now: () => systemClock.now(),
        callers,
        budgets: this.#budgets,
        replays: { isNew: (signer, sent) => ledger.call('isNewEnvelope', signer, sent) },
        logger: log,
      },
    );
    tracing?.serve(server.app, ({ isPeer }) => isPeer);
    await server.open();
    return server;
  }

  /** What this worker counts, shown with what all the others do. */
  #reported(): Health['metrics'] {
    const { metrics } = this;
    return {
      contentType: metrics.contentType,
      answered: (route, status, milliseconds) => metrics.answered(route, status, milliseconds),
      observeTurns: (waiting) => metrics.observeTurns(waiting),
      shed: (kind) => metrics.shed(kind),
      cut: (reason) => metrics.cut(reason),
      text: () => this.#ledger.call('metrics'),
    };
  }
}

/** Of what the whole node has room for, what one of so many workers has; one WebSocket may be as full as ever. */
function shareOf(workers: number): Partial<StreamLimits> {
  const share = (whole: number) => Math.ceil(whole / workers);
  const { maxConnections, maxConnectionsPerAddress, maxOperations } = STREAM_LIMITS;
  const { maxOperationsPerAddress, maxOperationsPerConnection } = STREAM_LIMITS;
  return {
    maxConnections: share(maxConnections),
    maxConnectionsPerAddress: share(maxConnectionsPerAddress),
    maxOperations: share(maxOperations),
    maxOperationsPerAddress: Math.max(share(maxOperationsPerAddress), maxOperationsPerConnection),
  };
}
