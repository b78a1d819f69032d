import { decodeTransaction, type Transaction } from '../consensus/transaction.js';
import { toHex } from '../crypto/bytes.js';
import { sha256 } from '../crypto/hash.js';
import { readOnce, type StoreDatabase } from './lmdb/database.js';
import type { Operation } from './lmdb/packing.js';
import { requestEntryKey, successor, type NodeTable } from './keys.js';

const FIRST_KEY = requestEntryKey.of({ sequence: 0n });
const AFTER_LAST_KEY = successor(requestEntryKey.of({ sequence: 2n ** 64n - 1n }));
const HASH_BYTES = 32;

export interface RequestStoreModules {
  /** Open with NODE_TABLES; closed by its owner. */
  readonly database: StoreDatabase<NodeTable>;
}

/** The transaction that each request key stands for. At most `capacity` are kept; a new one replaces the oldest. */
export class RequestStore {
  readonly #chainId: Uint8Array;
  readonly #capacity: number;
  readonly #database: RequestStoreModules['database'];
  /** Sequence number by hash of the request key, oldest first. */
  readonly #sequences = new Map<string, bigint>();
  #nextSequence = 0n;

  constructor(options: { readonly chainId: Uint8Array; readonly capacity: number }, modules: RequestStoreModules) {
    this.#chainId = options.chainId;
    this.#capacity = options.capacity;
    this.#database = modules.database;
    const entries = readOnce(this.#database, (view) => view.range('meta', { from: FIRST_KEY, to: AFTER_LAST_KEY }));
    for (const { key, value } of entries) {
      const { sequence } = requestEntryKey.read(key);
      this.#sequences.set(toHex(value.subarray(0, HASH_BYTES)), sequence);
      this.#nextSequence = sequence + 1n;
    }
  }

  get(requestKey: string): Transaction | undefined {
    const sequence = this.#sequences.get(toHex(hashOf(requestKey)));
    if (sequence === undefined) return undefined;
    const value = readOnce(this.#database, (view) => view.get('meta', requestEntryKey.of({ sequence })));
    return value && decodeTransaction(this.#chainId, value.subarray(HASH_BYTES));
  }

  /** Resolves once the key stands for the transaction after a power cut, too; the key must be free. Rejects with StorageFullError. */
  async put(requestKey: string, transaction: Transaction): Promise<void> {
    const hash = hashOf(requestKey);
    const sequence = this.#nextSequence++;
    const value = new Uint8Array(HASH_BYTES + transaction.size);
    value.set(hash);
    value.set(transaction.encoded, HASH_BYTES);
    const operations: Operation<NodeTable>[] = [{ table: 'meta', key: requestEntryKey.of({ sequence }), value }];
    const [oldest] = this.#sequences.size >= this.#capacity ? this.#sequences : [];
    if (oldest) operations.push({ table: 'meta', key: requestEntryKey.of({ sequence: oldest[1] }) });
    await this.#database.commit(operations);
    if (oldest) this.#sequences.delete(oldest[0]);
    this.#sequences.set(toHex(hash), sequence);
  }

  /** Frees the key: its transaction was refused. */
  async remove(requestKey: string): Promise<void> {
    const hash = toHex(hashOf(requestKey));
    const sequence = this.#sequences.get(hash);
    if (sequence === undefined) return;
    await this.#database.commit([{ table: 'meta', key: requestEntryKey.of({ sequence }) }]);
    this.#sequences.delete(hash);
  }
}

function hashOf(requestKey: string): Uint8Array {
  return sha256(new TextEncoder().encode(requestKey));
}
