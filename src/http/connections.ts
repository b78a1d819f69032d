import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { ConnectionBounds, type ConnectionLimits, type ConnectionsModules } from './callers/connectionBounds.js';

/** Requests of one connection that wait for their turn. */
const MAX_PIPELINED = 32;

/** Closes connections above the bounds at once, so that the others go on being answered; the log says so at most once a minute. */
export function boundConnections(server: Server, limits: ConnectionLimits, modules: ConnectionsModules): void {
  const bounds = new ConnectionBounds(limits, modules);
  // One whose offer to upgrade is ignored comes again (ignoreOtherUpgrades).
  const counted = new WeakSet<Socket>();
  server.maxConnections = limits.maxConnections;
  server.on('drop', () => bounds.dropped());
  server.on('connection', (socket: Socket) => {
    if (counted.has(socket)) return;
    counted.add(socket);
    const end = bounds.admit(socket.remoteAddress);
    if (end) socket.once('close', end);
    else socket.destroy();
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
