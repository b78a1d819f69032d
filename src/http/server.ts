import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { MAX_HTTP_BODY_BYTES } from '../consensus/protocol.js';
import { Executor } from '../graphql/execution/executor.js';
import { createSchema } from '../graphql/schema.js';
import type { Services } from '../graphql/services.js';
import { Operations } from '../graphql/live/operations.js';
import { authorizer } from './adminToken.js';
import { answerOperation } from './api.js';
import { type Budgets, meterRequests } from './callers/budgets.js';
import type { Callers } from './callers/callers.js';
import { CONNECTION_LIMITS } from './callers/connectionBounds.js';
import { boundConnections, takeTurns } from './connections.js';
import { registerExplorer, registerIde, registerPlayground } from './pages.js';
import { guardHost, guardOrigin, secureHeaders } from './guards.js';
import { parseJsonBodies } from './operation.js';
import { answerBadUrl, answerErrors, answerNoRequest } from './refusal.js';
import { type LoadLimits, Shedding } from './load/shedding.js';
import { lingerAfterRefusals } from './load/lingering.js';
import { Unsent, type UnsentLimits } from './load/unsent.js';
import { endpointOf } from './endpoint.js';
import { registerEventStream } from './eventStream.js';
import { drainOnClose, sharesOf, STREAM_LIMITS, type StreamLimits } from './streams.js';
import { registerWebSocket } from './webSocket.js';
import { renewTls, type TlsFiles, tlsOptions } from './tls.js';
import { type IdentityOptions, proveIdentities } from './identity.js';
import { registerHealth, type Health } from './health.js';

/** For the whole request to arrive: a client that trickles bytes holds a connection no longer. */
const REQUEST_TIMEOUT_MS = 15_000;
/** For its head: the smaller part, which nothing else can be known without. */
const HEAD_TIMEOUT_MS = 10_000;
const TIMEOUT_CHECK_MS = 1_000;
const KEEP_ALIVE_MS = 72_000;

export interface ServerOptions {
  /** Address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** What `Authorization: Bearer …` must carry for admin operations. */
  readonly adminToken: string;
  /** Data folder with the admin tokens that have a name. */
  readonly tokenFolder?: string;
  /** Names that a request's Host may have beside those this node knows for its own. */
  readonly allowedHosts?: readonly string[];
  /** Origins of pages, served elsewhere, that may call. */
  readonly allowedOrigins?: readonly string[];
  /** How long close waits for requests in flight; 5,000 by default. */
  readonly closeTimeoutMs?: number;
  /** How long a request may take to arrive whole; 15,000 by default. */
  readonly requestTimeoutMs?: number;
  /** Speaks TLS with this pair, and plain HTTP where absent. */
  readonly tls?: TlsFiles | undefined;
  /** Another process accepts connections, bounds them, and hands them over: see Server.take. */
  readonly takesConnections?: true;
  /** Other bounds of WebSockets and event streams than STREAM_LIMITS. */
  readonly streams?: Partial<StreamLimits>;
  /** Other bounds of the work that waits. */
  readonly load?: Partial<LoadLimits>;
  /** Other bounds of answers that nobody reads than UNSENT_LIMITS. */
  readonly unsent?: Partial<UnsentLimits>;
}

export interface ServerModules {
  readonly services: Services;
  readonly health: Health;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly callers: Callers;
  /** Of these callers. */
  readonly budgets: Budgets;
  /** Knows envelopes that came before. */
  readonly replays: { isNew: IdentityOptions['isNew'] };
  /** Errors that are this node's own fault go here; requests are not logged. */
  readonly logger: FastifyBaseLogger;
}

export interface Server {
  readonly app: FastifyInstance;
  /** Of the GraphQL endpoint, as this machine can call it; throws before listen. */
  readonly url: string;
  listen(): Promise<string>;
  /** Gets ready for connections that another process accepts, instead of listen. */
  open(): Promise<void>;
  /** Serves a connection that another process has accepted. */
  take(socket: Socket): void;
  /** Reads the TLS pair again: new connections get it. Resolves to its last day; undefined for plain HTTP. Throws as renewTls. */
  renewTls(): Promise<Date | undefined>;
  /** Takes no more requests, waits for those in flight until closeTimeoutMs, then ends every connection. */
  close(): Promise<void>;
}

/**
 * The HTTP host of the API: POST and GET /graphql, WebSockets there, event streams at /graphql/stream, what monitors ask for, and the IDEs
 * and the explorer for browsers. Pages of other origins may call only
 * where they are allowed.
 */
export async function createServer(options: ServerOptions, modules: ServerModules): Promise<Server> {
  const { host = '127.0.0.1', port, closeTimeoutMs = 5_000, requestTimeoutMs = REQUEST_TIMEOUT_MS, tls } = options;
  const { services, health, now, callers, budgets, replays, logger } = modules;
  // By default Node.js checks each 30 s, and waits for the head longer than for the whole request.
  const timeouts = {
    headersTimeout: Math.min(HEAD_TIMEOUT_MS, requestTimeoutMs),
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
  };
  const app: FastifyInstance = Fastify({
    ...(tls ? { https: { ...timeouts, ...(await tlsOptions(tls)) } } : { http: timeouts }),
    trustProxy: callers.trusts,
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    // One logger for all: a child for each request costs more than it is worth.
    childLoggerFactory: (parent) => parent,
    bodyLimit: MAX_HTTP_BODY_BYTES,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // What is in flight is waited for before: what is left then is idle, silent or too slow.
    forceCloseConnections: true,
    // drainOnClose answers.
    return503OnClosing: false,
    frameworkErrors: answerBadUrl,
    clientErrorHandler: answerNoRequest(requestTimeoutMs),
  });
  if (!options.takesConnections) boundConnections(app.server, CONNECTION_LIMITS, { callers, budgets, logger });
  takeTurns(app);
  callers.name(app);
  lingerAfterRefusals(app);
  const schema = createSchema(services.network);
  const executor = new Executor({ schema, logger });
  await executor.apollo.start();
  const authorize = authorizer({ adminToken: options.adminToken, dataFolder: options.tokenFolder }, { log: logger });
  const operations = new Operations({ executor, schema, services, logger });
  const limits = { ...STREAM_LIMITS, ...options.streams };
  const shedding = new Shedding(options.load ?? {}, { authorize, metrics: health.metrics, chain: services.chain });
  const unsent = new Unsent(options.unsent ?? {}, { logger, metrics: health.metrics });
  const shared = { operations, authorize, logger, budgets, shedding, unsent, ...sharesOf(limits, callers) };
  const { wsHandler, sockets } = await registerWebSocket(app, { limits }, shared);
  const endEventStreams = registerEventStream(app, { limits }, shared);

  drainOnClose(app, closeTimeoutMs, { operations, sockets, endEventStreams });
  const meterSealed = meterRequests(app, budgets, authorize);
  answerErrors(app);
  parseJsonBodies(app);
  const { publicUrl } = services.info;
  guardHost(app, { listen: host, publicUrl, allowed: options.allowedHosts ?? [] });
  const isPeer = (id: string) => (services.peers.byId(id)?.status ?? 'BANNED') !== 'BANNED';
  const isMember = (id: string) => services.members.admits(id);
  const isNew: IdentityOptions['isNew'] = (signer, sent) => replays.isNew(signer, sent);
  proveIdentities(app, { chainId: services.network.chainId, ownId: services.info.id, isPeer, isMember, isNew, now });
  meterSealed();
  secureHeaders(app);
  registerHealth(app, health);
  await registerIde(app);
  guardOrigin(app, { publicUrl, allowed: options.allowedOrigins ?? [] });
  shedding.guard(app);
  unsent.guard(app);
  await registerPlayground(app);
  await registerExplorer(app);

  const handler = answerOperation(app, { executor, services, authorize, shedding });
  app.route({ method: 'POST', url: '/graphql', handler });
  app.route({ method: 'GET', url: '/graphql', handler, wsHandler });
  app.addHook('onClose', () => executor.apollo.stop());

  return serverOf(app, { host, port, tls });
}

/** What others do with the finished host. */
function serverOf(
  app: FastifyInstance,
  { host, port, tls }: Required<Pick<ServerOptions, 'host' | 'port'>> & Pick<ServerOptions, 'tls'>,
): Server {
  const url = () => endpointOf(app.server.address(), tls ? 'https' : 'http');
  return {
    app,
    get url() {
      return url();
    },
    listen: async () => {
      await app.listen({ host, port, backlog: CONNECTION_LIMITS.maxConnections });
      return url();
    },
    open: async () => {
      await app.ready();
      // Node's server begins to look for requests that are too slow with this event.
      app.server.emit('listening');
    },
    take: (socket) => {
      app.server.emit('connection', socket);
      // Nothing of it was read where it was accepted.
      socket.resume();
    },
    renewTls: async () => (tls && app.server instanceof TlsServer ? renewTls(app.server, tls) : undefined),
    close: () => app.close(),
  };
}
