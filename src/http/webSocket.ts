import { randomBytes } from 'node:crypto';
import fastifyWebsocket, { type WebSocket } from '@fastify/websocket';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GraphQLError, OperationTypeNode, type GraphQLFormattedError } from 'graphql';
import {
  CloseCode,
  type Context,
  handleProtocols,
  makeServer,
  type OperationResult,
  type Server as Protocol,
} from 'graphql-ws';
import { codedError, formatErrors } from '../graphql/errors.js';
import { type Outcome, Slots, type Responses } from '../graphql/live/operations.js';
import { carried, carry } from '../graphql/live/passages.js';
import type { Budget } from '../graphql/limits.js';
import { addressKey } from './callers/callers.js';
import { countValues, STRANGER_BODY } from './body.js';
import { ignoreOtherUpgrades } from './connections.js';
import type { StreamModules, StreamOptions } from './streams.js';
import { OVERLOADED, refuse } from './refusal.js';

/** A thousand transactions are half of it. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Of answers that wait to be read. A single one may be larger; then the next message waits for it. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

/** What a WebSocket carries. */
const CARRIED = [OperationTypeNode.QUERY, OperationTypeNode.MUTATION, OperationTypeNode.SUBSCRIPTION];

/** Operations of one connection that wait for the one at work. */
const MAX_WAITING = 8;

/** What turns GET /graphql into a WebSocket where a client asks for one. */
export interface WebSocketRoute {
  readonly wsHandler: (socket: WebSocket, request: FastifyRequest) => void;
  /** The open ones. */
  readonly sockets: ReadonlySet<WebSocket>;
}

/** Of one connection. */
interface Client {
  readonly authorization: string | undefined;
  /** Address that it comes from. */
  readonly from: string;
  /** What it may still spend now. */
  readonly budget: () => Budget | undefined;
  readonly slots: Slots;
  /** Counts so many bytes of an answer until the function that is returned is called. */
  readonly hold: (bytes: number) => () => void;
  readonly turns: Turns;
  /** Its open subscriptions. The library forgets all but the last of several subscriptions that were given one id at once. */
  readonly streams: Set<Responses>;
}

/**
 * The protocol graphql-transport-ws: queries and mutations as well, since its clients send them too, under the same limits.
 * The admin token comes in `connectionParams.authorization` or, from programs, in the header. Call it before any route is added.
 */
export async function registerWebSocket(
  app: FastifyInstance,
  { limits }: StreamOptions,
  { operations, shares, socketShares, budgets, authorize, logger, shedding, unsent }: StreamModules,
): Promise<WebSocketRoute> {
  const failed = (failure: unknown) => logger.warn({ err: failure }, 'a WebSocket was closed');
  const server = makeServer<Record<string, unknown>, Client>({
    connectionInitWaitTimeout: limits.initialisationMs,
    onSubscribe: async (context, _id, payload) => {
      const { from, slots: own, turns } = context.extra;
      const admin = authorize(authorizationOf(context));
      const budget = admin ? undefined : context.extra.budget();
      budget?.spend('requests', 1);
      const outcome = await turns.take(async (): Promise<Outcome> => {
        const end = await shedding.turnOf(from, { text: payload.query, admin });
        if (!end) return { kind: 'refused', errors: formatErrors([codedError('OVERLOADED', OVERLOADED)], logger) };
        return operations.run(payload, { from, admin, budget, operations: CARRIED, slots: own }).finally(end);
      });
      if (outcome.kind === 'stream') track(outcome.responses, context.extra.streams);
      return outcome.kind === 'refused' ? outcome.errors.map((error) => new ToldError(error)) : carry(outcome);
    },
    subscribe: (args) => carried(args) as OperationResult,
    onClose: ({ extra }) => {
      for (const responses of extra.streams) void responses.return();
    },
    // Formatted before.
    onNext: (_context, _id, _payload, _args, result) => result as object,
    onError: (_context, _id, _payload, errors) =>
      errors.map((error) => (error instanceof ToldError ? error.toJSON() : formatErrors([error], logger)[0]!)),
  });
  await app.register(fastifyWebsocket, {
    options: { handleProtocols, maxPayload: MAX_MESSAGE_BYTES, clientTracking: true },
    errorHandler: (error, socket) => {
      logger.debug({ err: error }, 'a WebSocket failed');
      socket.terminate();
    },
    preClose: (done) => done(),
  });
  ignoreOtherUpgrades(app.server);
  const { clients } = app.websocketServer;
  app.addHook('onRequest', (request, reply, done) => {
    const path = request.url.split('?', 1)[0]!;
    if (!request.ws) {
      done();
    } else if (path !== '/graphql') {
      return refuse(reply, 'NOT_FOUND', `expected a WebSocket at /graphql, got ${path.slice(0, 80)}`);
    } else if (!socketShares.of(request.caller).hasRoom) {
      const message = 'as many WebSockets are open as this node, or your address, has room for';
      return refuse(reply, 'TOO_MANY_CONNECTIONS', message);
    } else {
      done();
    }
  });
  return {
    wsHandler: (socket, { headers: { authorization }, caller: from }) => {
      const own = new Slots(limits.maxOperationsPerConnection, shares.of(from));
      const giveBack = socketShares.of(from).take();
      if (giveBack) socket.once('close', giveBack);
      const turns = new Turns(socket);
      const budget = () => budgets.ofAddress(from);
      const hold = (bytes: number) => unsent.hold(addressKey(from), bytes, () => socket.terminate());
      const client: Client = { hold, authorization, from, budget, slots: own, turns, streams: new Set() };
      serveSocket(socket, server, client, limits.keepAliveMs, failed);
    },
    sockets: clients,
  };
}

function authorizationOf({ connectionParams, extra }: Context<Record<string, unknown>, Client>): string | undefined {
  const given = connectionParams?.['authorization'] ?? connectionParams?.['Authorization'];
  return typeof given === 'string' ? given : extra.authorization;
}

/** One operation of a connection at a time, with a turn for everybody else after each; what waits is bounded, and then nothing is read. */
class Turns {
  readonly #socket: WebSocket;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  /** Nothing was read for a while, since the last time that this was cleared. */
  wasFull = false;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  get isFull(): boolean {
    return this.#waiting >= MAX_WAITING;
  }

  take<Result>(task: () => Promise<Result>): Promise<Result> {
    this.#waiting++;
    if (this.isFull) {
      this.wasFull = true;
      this.#socket.pause();
    }
    const result = this.#last.then(task).finally(() => {
      this.#waiting--;
      if (!this.isFull && this.#socket.isPaused && this.#socket.bufferedAmount <= MAX_BUFFERED_BYTES)
        this.#socket.resume();
    });
    this.#last = result.then(nextTurn, nextTurn);
    return result;
  }
}

/** Resolves after what others have sent meanwhile was begun. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** An error that is in its final form. */
class ToldError extends GraphQLError {
  readonly #formatted: GraphQLFormattedError;

  constructor(formatted: GraphQLFormattedError) {
    super(formatted.message);
    this.#formatted = formatted;
  }

  override toJSON(): GraphQLFormattedError {
    return this.#formatted;
  }
}

/** Adds a stream and drops those that are over, so that at most one for each slot is kept. */
function track(responses: Responses, streams: Set<Responses>): void {
  for (const earlier of streams) if (earlier.isOver) streams.delete(earlier);
  streams.add(responses);
}

/**
 * Connects a WebSocket to the protocol. `send` resolves when the message has left this process, so that nothing is computed
 * for a client that does not read; and what such a client sends is not read either, since it would be answered.
 */
function serveSocket(
  socket: WebSocket,
  server: Protocol<Client>,
  client: Client,
  keepAliveMs: number,
  failed: (failure: unknown) => void,
): void {
  const closed = server.opened(
    {
      protocol: socket.protocol,
      send: (text) =>
        new Promise((resolve) => {
          // Closed meanwhile: the close event ends whatever waits.
          if (socket.readyState !== socket.OPEN) {
            resolve();
            return;
          }
          client.budget()?.spend('bytes', text.length);
          const forget = client.hold(text.length);
          socket.send(text, () => {
            forget();
            if (!client.turns.isFull && socket.isPaused && socket.bufferedAmount <= MAX_BUFFERED_BYTES) socket.resume();
            resolve();
          });
        }),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (take) => {
        socket.on('message', (data: Buffer) => {
          client.budget()?.spend('bytes', data.length);
          if (socket.bufferedAmount > MAX_BUFFERED_BYTES) socket.pause();
          try {
            countValues(data, STRANGER_BODY);
          } catch (refusal) {
            // The code of the WebSocket protocol for what is too large; a reason has room for 123 bytes.
            socket.close(1009, (refusal as Error).message);
            return;
          }
          take(data.toString()).catch((failure: unknown) => {
            // A message that only a server sends, for which graphql-ws has no code of its own.
            if (/^Unexpected message of type /.test((failure as Error).message)) {
              socket.close(CloseCode.BadRequest, (failure as Error).message);
              return;
            }
            failed(failure);
            socket.close(CloseCode.InternalServerError, 'internal error');
          });
        });
      },
    },
    client,
  );
  const stopKeepingAlive = keepAlive(socket, client.turns, keepAliveMs);
  socket.once('close', (code, reason) => {
    stopKeepingAlive();
    closed(code, reason.toString()).catch(failed);
  });
}

/** Closes a socket that does not answer a ping before the next. The content is random, so that a pong proves that the ping was read. */
function keepAlive(socket: WebSocket, turns: Turns, everyMs: number): () => void {
  let unanswered: Buffer | undefined;
  socket.on('pong', (content) => {
    if (unanswered?.equals(content)) unanswered = undefined;
  });
  const timer = setInterval(() => {
    // Its pong was not read while its operations had no room.
    if (turns.wasFull) unanswered = undefined;
    turns.wasFull = turns.isFull;
    if (unanswered) {
      socket.terminate();
      return;
    }
    unanswered = randomBytes(8);
    socket.ping(unanswered);
  }, everyMs);
  return () => clearInterval(timer);
}
