import type { Reorganization } from '../../chain/outcome.js';
import type { ChangedPeer } from '../../graphql/types/node.js';
import type { PeerStatus } from '../../peers/peer.js';
import type { PackedChanges } from './packing.js';

/** A new tip, as those who read the chain by views of their own hear of it. */
export interface TipNews {
  /** Of the block that their next view has to show. */
  readonly hash: Uint8Array;
  /** Accounts that it changed, one 32-byte public key after another. */
  readonly accounts: Uint8Array;
  readonly reorganization: Reorganization | undefined;
  /** Of the new block, where it is one and came on top. */
  readonly fees: bigint | undefined;
}

/** A peer whose id is proven. */
export interface PeerNews {
  readonly id: string;
  readonly status: PeerStatus;
}

/** What happened in the ledger process, in one piece: a reader sees all of it or nothing. */
export interface News {
  readonly tip?: TipNews | undefined;
  readonly mempool?: PackedChanges | undefined;
  readonly peer?: ChangedPeer | undefined;
  /** All peers with a proven id, where one of them changed. */
  readonly peers?: readonly PeerNews[] | undefined;
  /** The ids of the nodes that this one deals with, where they changed; null for all nodes. */
  readonly members?: readonly string[] | null | undefined;
}

/** One who follows the ledger from another process. */
export interface Reader {
  /** Takes news; `applied` is to be called with that number once its view has them. */
  news(number: number, news: News): void;
  /** Every reader's view has what came up to this number. */
  visible(number: number): void;
}

/** How far a reader is. */
interface Place {
  /** Of the last news that its view has. */
  seen: number;
  /** How often `tick` found it behind the same news. */
  ticksBehind: number;
}

/**
 * Tells every reader what happened, and knows when all of them have seen it: an answer to a write leaves after that, and nothing is committed
 * to the chain before. So what was acknowledged is seen everywhere, and the file shows a reader no other tip than the one it was told of.
 */
export class Publication {
  readonly #readers = new Map<Reader, Place>();
  #published = 0;
  #seen = 0;
  #waiting: { readonly number: number; readonly resolve: () => void }[] = [];

  /** Whether anybody reads. */
  get isRead(): boolean {
    return this.#readers.size > 0;
  }

  publish(news: News): void {
    this.#published++;
    for (const reader of this.#readers.keys()) reader.news(this.#published, news);
    this.#settle();
  }

  /** The reader gets what is published from now on; `applied` says when it has what was before. */
  join(reader: Reader): number {
    this.#readers.set(reader, { seen: this.#published - 1, ticksBehind: 0 });
    this.#seen = Math.min(this.#seen, this.#published - 1);
    return this.#published;
  }

  /** It reads no more: nobody waits for it. */
  leave(reader: Reader): void {
    this.#readers.delete(reader);
    this.#settle();
  }

  /** The reader's view has what came up to this number. */
  applied(reader: Reader, number: number): void {
    if (!this.#readers.has(reader)) return;
    this.#readers.set(reader, { seen: number, ticksBehind: 0 });
    this.#settle();
  }

  /** Call it every second or so. */
  tick(): void {
    for (const place of this.#readers.values()) if (place.seen < this.#published) place.ticksBehind++;
  }

  /** For how many ticks this reader has not moved, though there were news. */
  ticksBehind(reader: Reader): number {
    return this.#readers.get(reader)?.ticksBehind ?? 0;
  }

  /** Resolves once every reader has seen what was published so far; undefined if all have. */
  everywhere(): Promise<void> | undefined {
    const number = this.#published;
    if (this.#seen >= number) return undefined;
    return new Promise((resolve) => this.#waiting.push({ number, resolve }));
  }

  #settle(): void {
    let seen = this.#published;
    for (const place of this.#readers.values()) seen = Math.min(seen, place.seen);
    if (seen <= this.#seen) return;
    this.#seen = seen;
    for (const reader of this.#readers.keys()) reader.visible(seen);
    const done = this.#waiting.filter(({ number }) => number <= seen);
    this.#waiting = this.#waiting.filter(({ number }) => number > seen);
    for (const { resolve } of done) resolve();
  }
}
