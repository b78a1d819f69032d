import { Pool } from 'undici';
import type { PeerConnection } from '../ports.js';
import { publicLookup } from './publicLookup.js';

/** Keep-alive connections to the node at this URL. If it was `learned` from strangers, a name in it must have a public address. */
export function httpConnection(url: string, learned: boolean): PeerConnection {
  return new Pool(new URL(url).origin, {
    connections: CONNECTIONS,
    pipelining: 1,
    connectTimeout: CONNECT_MS,
    ...(learned && { connect: { lookup: publicLookup } }),
  });
}

/** Transactions, a block, a handshake, and the three requests of sync: none waits behind another. */
const CONNECTIONS = 6;
/**
 * Longer than a packet that is lost and sent again after a second. An attempt that goes on, ever more slowly, when its request was
 * given up would hold back the requests behind it after the network is whole again.
 */
const CONNECT_MS = 2_500;
