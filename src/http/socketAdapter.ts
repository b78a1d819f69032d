import { randomBytes } from 'node:crypto';
import type { WebSocket } from '@fastify/websocket';
import { CloseCode, type Server } from 'graphql-ws';

/** Of answers that wait to be read. A single one may be larger; then the next message waits for it. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

export interface SocketOptions {
  /** Pause between pings; a socket whose last one is unanswered when the next is due is cut off. */
  readonly keepAliveMs: number;
  /** Called with the failure that ended the socket from this side. */
  readonly failed: (failure: unknown) => void;
}

/**
 * Connects a WebSocket to the protocol. `send` resolves when the message has left this process, so that nothing is computed
 * for a client that does not read; and what such a client sends is not read either, since it would be answered.
 */
export function serveSocket<Extra>(
  socket: WebSocket,
  server: Server<Extra>,
  extra: Extra,
  options: SocketOptions,
): void {
  const { keepAliveMs, failed } = options;
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
          socket.send(text, () => {
            if (socket.isPaused && socket.bufferedAmount <= MAX_BUFFERED_BYTES) socket.resume();
            resolve();
          });
        }),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (take) => {
        socket.on('message', (data: Buffer) => {
          if (socket.bufferedAmount > MAX_BUFFERED_BYTES) socket.pause();
          take(data.toString()).catch((failure: unknown) => {
            failed(failure);
            socket.close(CloseCode.InternalServerError, 'internal error');
          });
        });
      },
    },
    extra,
  );
  const stopKeepingAlive = keepAlive(socket, keepAliveMs);
  socket.once('close', (code, reason) => {
    stopKeepingAlive();
    closed(code, reason.toString()).catch(failed);
  });
}

/** Closes a socket that does not answer a ping before the next. The content is random, so that a pong proves that the ping was read. */
function keepAlive(socket: WebSocket, everyMs: number): () => void {
  let unanswered: Buffer | undefined;
  socket.on('pong', (content) => {
    if (unanswered?.equals(content)) unanswered = undefined;
  });
  const timer = setInterval(() => {
    if (unanswered) {
      socket.terminate();
      return;
    }
    unanswered = randomBytes(8);
    socket.ping(unanswered);
  }, everyMs);
  return () => clearInterval(timer);
}
