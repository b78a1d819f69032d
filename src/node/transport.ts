import type { Server } from '../http/server.js';
import { httpConnection } from '../peers/client/connection.js';
import type { PeerConnection } from '../peers/ports.js';

/** How a node is reached, and reaches others. */
export interface Transport {
  /** Serves from now on; resolves to the URL of the GraphQL endpoint. */
  listen(server: Pick<Server, 'app' | 'listen'>): Promise<string>;
  /** Opens nothing before the first request. `learned`: the URL came from strangers. */
  connect(url: string, learned: boolean): PeerConnection;
}

/** HTTP over sockets. */
export const httpTransport: Transport = { listen: (server) => server.listen(), connect: httpConnection };
