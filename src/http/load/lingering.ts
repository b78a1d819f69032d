import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { MAX_HTTP_BODY_BYTES } from '../../consensus/protocol.js';
import { senderOf } from '../callers/callers.js';

/** Bytes of a body that are read and thrown away after its request was answered: as many as anybody may send. */
const MAX_LINGER_BYTES = MAX_HTTP_BODY_BYTES;
/** For how long. */
const MAX_LINGER_MS = 2_000;
/** Of one sender at once: reading takes processor time. */
const MAX_LINGERING = 8;
const LINGER_CHECK_MS = 50;

/**
 * Goes on reading, for a while, what comes after an answer that did not wait for the whole body: a connection that is closed while bytes
 * come is reset, and a client that is still writing loses the answer.
 */
export function lingerAfterRefusals(app: FastifyInstance): void {
  const lingering = new Map<string, number>();
  const take = (from: string): (() => void) | undefined => {
    const count = lingering.get(from) ?? 0;
    if (count >= MAX_LINGERING) return undefined;
    lingering.set(from, count + 1);
    return () => {
      const left = lingering.get(from)! - 1;
      if (left > 0) lingering.set(from, left);
      else lingering.delete(from);
    };
  };
  app.addHook('onSend', (request, { raw: response }, _payload, done) => {
    // Of one who is gone, the response has closed already.
    const isThere = !request.raw.socket.destroyed && !response.destroyed;
    const giveBack = isThere && !isWhole(request.raw) && hasBody(request.raw) ? take(senderOf(request)) : undefined;
    if (giveBack) linger(request.raw, response, giveBack);
    done();
  });
}

function isWhole({ complete, readableEnded }: IncomingMessage): boolean {
  return complete || readableEnded;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function linger(request: IncomingMessage, response: ServerResponse, over: () => void): void {
  const { socket } = request;
  let isLast = false;
  // How Node ends a connection after its last answer; here only this side's half of it is ended, at first.
  socket.destroySoon = () => {
    isLast = true;
    socket.end();
  };
  response.once('close', () => {
    const before = socket.bytesRead;
    const since = performance.now();
    const timer = setInterval(() => {
      const isOver = socket.bytesRead - before > MAX_LINGER_BYTES || performance.now() - since >= MAX_LINGER_MS;
      if (!isOver) return;
      socket.destroy();
      stop();
    }, LINGER_CHECK_MS);
    const stop = () => {
      clearInterval(timer);
      request.off('end', stop);
      socket.off('close', stop);
      over();
      Reflect.deleteProperty(socket, 'destroySoon');
      if (isLast) socket.destroySoon();
    };
    if (request.complete || socket.destroyed) {
      stop();
    } else {
      socket.once('close', stop);
      request.once('end', stop).resume();
    }
  });
}
