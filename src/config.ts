import type { TrustedProxies } from './http/callers/callers.js';
import type { TlsFiles } from './http/tls.js';
import type { Network } from './consensus/network.js';
import { readFileSync } from 'node:fs';

/** Settings of a node, checked. */
export interface Config {
  /** Data folder. */
  readonly data: string;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** URLs of peers to be added at the start. */
  readonly peers: readonly string[];
  readonly network: Network;
  /** Mine a block every so many seconds; 'off' mines on demand only. */
  readonly mine: 'off' | number;
  /** Public key that mining pays; the wallet's account where undefined, and on the development network account 0. */
  readonly miner: Uint8Array | undefined;
  /** This node's GraphQL endpoint as peers reach it. */
  readonly publicUrl: string | undefined;
  /** Names that requests may use beside the host of publicUrl. */
  readonly allowedHosts?: readonly string[];
  /** Origins of pages, served elsewhere, that may call. */
  readonly allowedOrigins?: readonly string[];
  /** Speaks TLS with the pair in these files. */
  readonly tls?: TlsFiles | undefined;
  /** Proxies that are believed about who asks. */
  readonly trustProxy?: TrustedProxies | undefined;
  /** Path of the Unix socket of a program that holds the node's keys. */
  readonly signer?: string | undefined;
  /** File with the ids of the nodes that this one deals with; with all where undefined. */
  readonly peersOnly?: string | undefined;
  /** Peers that the node finds and keeps by itself; 0 leaves it with those added by hand. 8 where absent. */
  readonly outbound?: number;
  /** How long a peer has to answer, and a client that asks for deliveries waits. */
  readonly broadcastTimeoutMs: number;
}

/** Version of this program, from its package. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
