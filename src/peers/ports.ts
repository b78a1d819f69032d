import type { Block, BlockHeader } from '../consensus/block.js';
import type { Transaction } from '../consensus/transaction.js';
import type { HandshakeAnswer } from './peerClient.js';
import type { Outcome } from './wire.js';

/** What this layer asks of a peer: PeerClient over HTTP, or a test's own. */
export interface PeerClientPort {
  handshake(): Promise<HandshakeAnswer>;
  sendTransactions(transactions: readonly Transaction[]): Promise<Outcome[]>;
  sendBlock(block: Block): Promise<Outcome>;
  headersAfter(locator: readonly Uint8Array[], first: number): Promise<BlockHeader[]>;
  bodies(hashes: readonly Uint8Array[]): Promise<(Transaction[] | undefined)[]>;
  close(): Promise<void>;
}

/** Where this layer tells what an operator should know. */
export interface Log {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/** Time, as far as waiting for a peer needs it. */
export interface Clock {
  /** Milliseconds, only differences count. */
  now(): number;
  /** Resolves after so many milliseconds, or at once when it is aborted; never rejects. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}
