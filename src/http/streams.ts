import type { FastifyInstance } from 'fastify';
import { Slots } from '../graphql/live/operations.js';
import { registerEventStream } from './eventStream.js';
import type { StreamModules, StreamOptions } from './streamModules.js';
import { registerWebSocket, type WebSocketRoute } from './webSocket.js';

/** The connections that stay open. */
export interface Streams {
  /** For the route GET /graphql. */
  readonly wsHandler: WebSocketRoute['wsHandler'];
  /** Lets queries and mutations finish, then tells every client that this node goes away. */
  end(): Promise<void>;
  /** Ends what is still open, whether the client listens or not. */
  cutOff(): void;
}

/** Adds WebSockets and event streams; they share one number of slots. Call it before any route is added. */
export async function registerStreams(
  app: FastifyInstance,
  options: StreamOptions,
  modules: Omit<StreamModules, 'slots'>,
): Promise<Streams> {
  const all = { ...modules, slots: new Slots(options.limits.maxOperations) };
  const { wsHandler, sockets } = await registerWebSocket(app, options, all);
  const endEventStreams = registerEventStream(app, options, all);
  return {
    wsHandler,
    end: async () => {
      endEventStreams();
      await modules.operations.idle();
      // What came of them is handed on from promise to promise before it is sent.
      await new Promise((resolve) => setImmediate(resolve));
      for (const socket of sockets) socket.close(1001, 'Going away');
    },
    cutOff: () => {
      for (const socket of sockets) socket.terminate();
    },
  };
}
