import { sha256 } from '../crypto/hash.js';
import type { NodeTable } from './keys.js';
import { readOnce, type StoreDatabase } from './lmdb/database.js';

const FIRST_KEY = new Uint8Array(32);
const AFTER_LAST_KEY = new Uint8Array(33).fill(0xff);
const UTF8 = new TextDecoder();

/** What a node keeps of a peer from one run to the next. */
export interface PeerRecord {
  /** Normalised; the peer's name. */
  readonly url: string;
  /** Absent: the operator added it. A chosen one is an anchor: it is tried first after a restart. */
  readonly origin?: 'operator' | 'chosen' | 'announced';
  readonly standing: number;
  /** Milliseconds since 1970. */
  readonly bannedUntil?: number;
  /** Milliseconds since 1970. */
  readonly lastSeen?: number;
  /** Why it is banned, where it is. */
  readonly lastError?: string;
}

export interface PeerStoreModules {
  /** Open with NODE_TABLES; closed by its owner. */
  readonly database: StoreDatabase<NodeTable>;
}

/** The peers in the node's database. It has no bound of its own: the caller bounds the number of peers. */
export class PeerStore {
  readonly #database: PeerStoreModules['database'];

  constructor(modules: PeerStoreModules) {
    this.#database = modules.database;
  }

  /** Every peer kept, any order. */
  load(): PeerRecord[] {
    const entries = readOnce(this.#database, (view) => view.range('peers', { from: FIRST_KEY, to: AFTER_LAST_KEY }));
    return entries.map(({ value }) => JSON.parse(UTF8.decode(value)) as PeerRecord);
  }

  /** Adds the peer or replaces what was kept of it; resolves once it is on disk. Rejects with StorageFullError. */
  save(record: PeerRecord): Promise<void> {
    const { url, origin, standing, bannedUntil, lastSeen, lastError } = record;
    const value = new TextEncoder().encode(JSON.stringify({ url, origin, standing, bannedUntil, lastSeen, lastError }));
    return this.#database.commit([{ table: 'peers', key: keyOf(url), value }]);
  }

  /** Forgets the peer; nothing happens if it is not kept. Rejects with StorageFullError. */
  remove(url: string): Promise<void> {
    return this.#database.commit([{ table: 'peers', key: keyOf(url) }]);
  }
}

/** A URL may be longer than an LMDB key. */
function keyOf(url: string): Uint8Array {
  return sha256(new TextEncoder().encode(url));
}
