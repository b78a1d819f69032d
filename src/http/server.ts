import type { AddressInfo } from 'node:net';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { createApollo } from '../graphql/apollo.js';
import { RequestView, type Context } from '../graphql/context.js';
import { createSchema } from '../graphql/schema.js';
import type { Services } from '../graphql/services.js';
import { Operations } from '../graphql/subscriptions/operations.js';
import { carriesToken } from './adminToken.js';
import { registerExplorer } from './explorer.js';
import { guardHost, isLoopback } from './hostGuard.js';
import { registerIde } from './ide.js';
import { registerPlayground } from './playground.js';
import { secureHeaders } from './secureHeaders.js';
import { STREAM_LIMITS, type StreamLimits } from './streamLimits.js';
import { registerStreams, type Streams } from './streams.js';
import { registerWatch, type Watch } from './watch.js';

export interface ServerOptions {
  /** Address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** What `Authorization: Bearer …` must carry for admin operations. */
  readonly adminToken: string;
  /** How long close waits for requests in flight; 5,000 by default. */
  readonly closeTimeoutMs?: number;
  /** Other bounds of WebSockets and event streams than STREAM_LIMITS. */
  readonly streams?: Partial<StreamLimits>;
}

export interface ServerModules {
  readonly services: Services;
  readonly watch: Watch;
  /** Errors that are this node's own fault go here; requests are not logged. */
  readonly logger: FastifyBaseLogger;
}

export interface Server {
  readonly app: FastifyInstance;
  /** Of the GraphQL endpoint; throws before listen. */
  readonly url: string;
  listen(): Promise<string>;
  /** Takes no more requests, waits for those in flight until closeTimeoutMs, then ends every connection. */
  close(): Promise<void>;
}

/**
 * The HTTP host of the API: POST and GET /graphql, WebSockets there, event streams at /graphql/stream, what monitors ask for, and the IDEs
 * and the explorer for browsers. No CORS: no foreign page may call.
 */
export async function createServer(options: ServerOptions, modules: ServerModules): Promise<Server> {
  const { host = '127.0.0.1', port, adminToken, closeTimeoutMs = 5_000 } = options;
  const { services, watch, logger } = modules;
  const app: FastifyInstance = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    // One logger for all: a child for each request costs more than it tells.
    childLoggerFactory: (parent) => parent,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // What is in flight is waited for before: what is left then is idle, silent or too slow.
    forceCloseConnections: true,
  });
  const schema = createSchema(services.network);
  const apollo = createApollo({ schema, logger });
  await apollo.start();
  const streams = await registerStreams(
    app,
    { publicUrl: services.info.publicUrl, limits: { ...STREAM_LIMITS, ...options.streams } },
    {
      operations: new Operations({ apollo, schema, services, logger }),
      isAdmin: (authorization) => carriesToken(authorization, adminToken),
      logger,
    },
  );

  drainOnClose(app, closeTimeoutMs, streams);
  answerErrors(app);
  if (isLoopback(host)) guardHost(app, services.info.publicUrl);
  secureHeaders(app);
  registerWatch(app, watch);
  await registerIde(app);
  await registerPlayground(app);
  await registerExplorer(app);

  const handler = async (request: FastifyRequest, reply: FastifyReply) => {
    const giver = giverOf(request);
    if (giver !== undefined) services.peers.contacted(giver);
    const publicUrl = request.headers['corrente-url'];
    if (giver !== undefined && typeof publicUrl === 'string') services.exchange.announced(publicUrl, giver);
    const view = new RequestView(services.chain);
    const context: Context = {
      services,
      view,
      giver,
      from: request.ip,
      admin: carriesToken(request.headers.authorization, adminToken),
    };
    try {
      // The body it resolves to is complete text: nothing reads the view any more.
      return await fastifyApolloHandler(apollo, { context: () => Promise.resolve(context) }).call(app, request, reply);
    } finally {
      view.release();
    }
  };
  app.route({ method: 'POST', url: '/graphql', handler });
  app.route({ method: 'GET', url: '/graphql', handler, wsHandler: streams.wsHandler });
  app.addHook('onClose', () => apollo.stop());

  const url = () => {
    const address = app.server.address() as AddressInfo | null;
    if (!address) throw new Error('expected listen() before url');
    const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return `http://${name}:${address.port}/graphql`;
  };
  return {
    app,
    get url() {
      return url();
    },
    listen: async () => {
      await app.listen({ host, port });
      return url();
    },
    close: () => app.close(),
  };
}

function giverOf(request: FastifyRequest): string | undefined {
  const id = request.headers['corrente-node'];
  return typeof id === 'string' && /^[0-9a-f]{64}$/.test(id) ? id : undefined;
}

/** Once close has begun, fastify answers 503 to new requests; those in flight get `timeoutMs` to end, streams are told to. */
function drainOnClose(app: FastifyInstance, timeoutMs: number, streams: Streams): void {
  let inFlight = 0;
  let drained: (() => void) | undefined;
  app.addHook('onRequest', (_request, reply, done) => {
    inFlight++;
    // 'close' comes once in every case: answered, failed, or given up by the client.
    reply.raw.once('close', () => {
      inFlight--;
      if (inFlight === 0) drained?.();
    });
    done();
  });
  app.addHook('preClose', async () => {
    if (inFlight === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      drained = () => {
        clearTimeout(timer);
        resolve();
      };
      void streams.end();
    });
    streams.cutOff();
  });
}

/** Errors outside GraphQL in the form of GraphQL's: `{"errors":[{"message","extensions":{"code"}}]}`. */
function answerErrors(app: FastifyInstance): void {
  const body = (message: string, code: string) => ({ errors: [{ message, extensions: { code } }] });
  app.setNotFoundHandler((request, reply) => {
    const got = `${request.method} ${request.url.slice(0, 80)}`;
    return reply
      .code(404)
      .send(body(`expected POST /graphql, GET /health or a page such as /, got ${got}`, 'NOT_FOUND'));
  });
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) return reply.code(status).send(body(error.message, error.code ?? 'BAD_REQUEST'));
    request.log.error({ err: error }, 'a request failed');
    return reply.code(500).send(body('internal error', 'INTERNAL_SERVER_ERROR'));
  });
}

/** JSON is three times what it says: 1,000 transactions are half a MiB, a full block of the default 2 MiB is six. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
/** For the whole request to arrive: a client that trickles bytes holds a connection no longer. */
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 72_000;
