import type { Socket } from 'node:net';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import ipaddr from 'ipaddr.js';
import { addressScope } from '../peers/address.js';

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

/** Closes connections above the bounds at once, so that the others go on being answered; the log says so at most once a minute. */
export function boundConnections(app: FastifyInstance, limits: ConnectionLimits, logger: FastifyBaseLogger): void {
  const { maxConnections, maxConnectionsPerAddress } = limits;
  const open = new Map<string, number>();
  const told = onceAMinute(logger);
  app.server.maxConnections = maxConnections;
  app.server.on('drop', () => told(`expected at most ${maxConnections} connections, got more: they are closed`));
  app.server.on('connection', (socket: Socket) => {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined || mayStandForMany(remoteAddress)) return;
    const key = addressKey(remoteAddress);
    const count = (open.get(key) ?? 0) + 1;
    open.set(key, count);
    socket.once('close', () => {
      const left = open.get(key)! - 1;
      if (left > 0) open.set(key, left);
      else open.delete(key);
    });
    if (count <= maxConnectionsPerAddress) return;
    told(`expected at most ${maxConnectionsPerAddress} connections of ${key}, got more: they are closed`);
    socket.destroy();
  });
}

/**
 * Begins one request of a connection, then lets all others have their turn: of a client that sends without waiting for answers (HTTP
 * pipelining), each request would be begun at once, and nobody else be read. A connection with more than MAX_PIPELINED that wait is closed.
 * Call it before other hooks.
 */
export function takeTurns(app: FastifyInstance): void {
  const waiting = new WeakMap<Socket, (() => void)[]>();
  const next = (socket: Socket, queue: (() => void)[]) => {
    const begin = socket.destroyed ? undefined : queue.shift();
    if (!begin) {
      waiting.delete(socket);
      return;
    }
    begin();
    setImmediate(next, socket, queue);
  };
  app.addHook('onRequest', ({ raw: { socket } }, _reply, done) => {
    const queue = waiting.get(socket);
    if (queue) {
      if (queue.length < MAX_PIPELINED) queue.push(done);
      else socket.destroy();
      return;
    }
    const own: (() => void)[] = [];
    waiting.set(socket, own);
    done();
    setImmediate(next, socket, own);
  });
}

/**
 * Whether bounds of one user would be bounds of all: on this machine and in its own network a proxy, or the gateway of a container, sends
 * what everybody asks.
 */
export function mayStandForMany(address: string): boolean {
  const scope = addressScope(ipaddr.process(address).toString());
  return scope === 'loopback' || scope === 'private';
}

/** What stands for one user: an IPv4 address, or the first 64 bits of an IPv6 address, of which each user has all the others. */
export function addressKey(address: string): string {
  const known = ipaddr.process(address);
  if (known instanceof ipaddr.IPv4) return known.toString();
  return `${new ipaddr.IPv6([...known.parts.slice(0, 4), 0, 0, 0, 0]).toString()}/64`;
}

function onceAMinute(logger: FastifyBaseLogger): (message: string) => void {
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
