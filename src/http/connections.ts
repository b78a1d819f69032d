import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Budgets } from './callers/budgets.js';
import { addressKey, type Callers } from './callers/callers.js';

/** Bounds of the connections that are open at once, WebSockets among them. */
export interface ConnectionLimits {
  /** Of everybody. */
  readonly maxConnections: number;
  /** Of one IPv4 address or one IPv6 network of 64 bits, if it is public. */
  readonly maxConnectionsPerAddress: number;
}

/** Requests of one connection that wait for their turn. */
const MAX_PIPELINED = 32;

export const CONNECTION_LIMITS: ConnectionLimits = { maxConnections: 4_000, maxConnectionsPerAddress: 64 };

export interface ConnectionsModules {
  readonly callers: Callers;
  readonly budgets: Pick<Budgets, 'ofAddress'>;
  readonly logger: FastifyBaseLogger;
}

/**
 * Closes connections above the bounds at once, so that the others go on being answered, and those of an address that owes a whole burst of
 * new ones; the log says so at most once a minute.
 */
export function boundConnections(
  app: FastifyInstance,
  limits: ConnectionLimits,
  { callers, budgets, logger }: ConnectionsModules,
): void {
  const { maxConnections, maxConnectionsPerAddress } = limits;
  const open = new Map<string, number>();
  const told = onceAMinute(logger);
  app.server.maxConnections = maxConnections;
  app.server.on('drop', () => told(`expected at most ${maxConnections} connections, got more: they are closed`));
  app.server.on('connection', (socket: Socket) => {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined || callers.maySendForMany(remoteAddress)) return;
    const key = addressKey(remoteAddress);
    const count = (open.get(key) ?? 0) + 1;
    open.set(key, count);
    socket.once('close', () => {
      const left = open.get(key)! - 1;
      if (left > 0) open.set(key, left);
      else open.delete(key);
    });
    const budget = budgets.ofAddress(remoteAddress);
    budget?.spend('connections', 1);
    const isFlood = budget !== undefined && budget.left('connections') <= -budget.rates.connections.burst;
    if (count <= maxConnectionsPerAddress && !isFlood) return;
    const most = isFlood
      ? `${budget.rates.connections.perSecond} new connections a second`
      : `${maxConnectionsPerAddress} connections`;
    told(`expected at most ${most} of ${key}, got more: they are closed`);
    socket.destroy();
  });
}

/**
 * Begins a request of a connection once the one before was answered, and all others have had their turn: of a client that sends without
 * waiting for answers (HTTP pipelining), each request would be begun at once, and nobody else be read. A connection with more than
 * MAX_PIPELINED that wait is closed. Call it before other hooks.
 */
export function takeTurns(app: FastifyInstance): void {
  const waiting = new WeakMap<Socket, (() => void)[]>();
  const next = (socket: Socket, queue: (() => void)[]): void => {
    const begin = socket.destroyed ? undefined : queue.shift();
    if (begin) begin();
    else waiting.delete(socket);
  };
  app.addHook('onRequest', ({ raw: { socket } }, reply, done) => {
    const known = waiting.get(socket);
    const queue = known ?? [];
    const begin = (): void => {
      reply.raw.once('close', () => {
        // The rule: it was the only one.
        if (queue.length === 0) waiting.delete(socket);
        else setImmediate(next, socket, queue);
      });
      done();
    };
    if (!known) {
      waiting.set(socket, queue);
      begin();
    } else if (queue.length < MAX_PIPELINED) {
      queue.push(begin);
    } else {
      socket.destroy();
    }
  });
}

/**
 * Leaves WebSocket requests to the listeners, and answers every other request that offers an upgrade, such as the h2c of Java and
 * curl, as if it offered none (RFC 9110, 7.8). Once there is a listener for upgrades, Node hands it all of them
 * and reads no body, so they are put back where they came from, without the offer.
 */
export function ignoreOtherUpgrades(server: Server): void {
  const listeners = server.listeners('upgrade');
  server.removeAllListeners('upgrade');
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.method === 'GET' && request.headers.upgrade?.toLowerCase() === 'websocket') {
      for (const listener of listeners) listener.call(server, request, socket, head);
      return;
    }
    // Each time it is put back, the server adds one of its own.
    socket.removeAllListeners('timeout');
    socket.unshift(head);
    socket.unshift(Buffer.from(withoutUpgrade(request), 'latin1'));
    server.emit('connection', socket);
  });
}

/** The head of a request as it came, in which no upgrade is offered. */
function withoutUpgrade({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name, value] = [rawHeaders[i]!, rawHeaders[i + 1]!];
    const lower = name.toLowerCase();
    if (OF_UPGRADE.has(lower)) continue;
    const rest = lower === 'connection' ? besidesUpgrade(value) : value;
    if (lower !== 'connection' || rest !== '') lines.push(`${name}: ${rest}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Of the header Connection, what is not about the upgrade. */
function besidesUpgrade(connection: string): string {
  const tokens = connection.split(',').map((token) => token.trim());
  return tokens.filter((token) => !OF_UPGRADE.has(token.toLowerCase())).join(', ');
}

const OF_UPGRADE: ReadonlySet<string> = new Set(['upgrade', 'http2-settings']);

/** Logs a warning at most once a minute, with how many there were since. */
export function onceAMinute(logger: FastifyBaseLogger): (message: string) => void {
  let quietUntil = 0;
  let kept = 0;
  return (message) => {
    kept++;
    const now = performance.now();
    if (now < quietUntil) return;
    quietUntil = now + 60_000;
    logger.warn({ refused: kept }, message);
    kept = 0;
  };
}
