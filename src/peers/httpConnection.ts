import { Pool } from 'undici';
import type { PeerConnection } from './ports.js';
import { publicLookup } from './publicLookup.js';

/** Keep-alive connections to the node at this URL. If it was `learned` from strangers, a name in it must have a public address. */
export function httpConnection(url: string, learned: boolean): PeerConnection {
  return new Pool(new URL(url).origin, {
    connections: CONNECTIONS,
    pipelining: 1,
    ...(learned && { connect: { lookup: publicLookup } }),
  });
}

/** Transactions, a block, a handshake, and the three requests of sync: none waits behind another. */
const CONNECTIONS = 6;
