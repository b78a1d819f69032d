import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RootDatabase } from 'lmdb';
import { Piscina } from 'piscina';
import { StorageFullError, StorageLostError } from '../../chain/chainStore.js';
import { toHex } from '../../crypto/bytes.js';
import { Decoder, Encoder } from '../../crypto/encoder.js';
import { Event } from '../../util/event.js';
import { atOnce, type Steps } from '../../util/turns.js';
import type { CheckExtent } from '../pages/walk.js';
import { checkDatabaseFile, corrupted } from '../pages/databaseFile.js';
import { type DatabaseView, viewOf } from './databaseView.js';
import { DataFolderError, WrongChainError } from '../dataFolder.js';
import { freeBytes, inodeOf, isSameFile, syncFolder } from '../../util/files.js';
import { FORMAT_VERSION, IDENTITY_KEY, type ChainTable, type NodeTable, type TableName } from '../keys.js';
import {
  commitCause,
  type DatabaseUsage,
  errorNumber,
  isCorruption,
  isOutOfSpace,
  liveBytesOf,
  openEnvironment,
  type Tables,
} from './environment.js';
import type { PageScrubTask } from '../pages/scrubWorker.js';
import { type Operation, packing, type PackedOperations } from './packing.js';
import { SpaceReserve } from './spaceReserve.js';

const SCRUB_WORKER = new URL('../pages/scrubWorker.js', import.meta.url).href;
/** Every database has it. */
const IDENTITY_TABLE: ChainTable & NodeTable = 'meta';
/** What an empty database takes, with its lock. */
const NEW_FILE_BYTES = 512 * 1024;
/** Each operation dirties about one page, and each commit some more: the way to the root, the list of free pages. */
const PAGE_BYTES = 4096;
const EXTRA_PAGES = 16;
/** Only a commit of tens of thousands of operations needs more, and most of that is in pages that were freed before. */
const MAX_CLAIMED_BYTES = 32 * 1024 * 1024;

/** What a store asks of its database; one of the other database's tables does not compile. */
export interface StoreDatabase<Name extends TableName> {
  view(): DatabaseView<Name>;
  commit(operations: readonly Operation<Name>[]): Promise<void>;
}

/** Reads in a view of its own. */
export function readOnce<Name extends TableName, Result>(
  database: Pick<StoreDatabase<Name>, 'view'>,
  read: (view: DatabaseView<Name>) => Result,
): Result {
  const view = database.view();
  try {
    return read(view);
  } finally {
    view.release();
  }
}

/** A write that ended. */
export interface Committed {
  readonly milliseconds: number;
  readonly failed: boolean;
}

export interface DatabaseOptions<Name extends TableName> {
  /** The file; its folder exists. */
  readonly path: string;
  readonly chainId: Uint8Array;
  readonly tables: readonly Name[];
  /** Which pages of the file are looked at before it is used; 'quick' by default. */
  readonly check?: CheckExtent | undefined;
}

/**
 * An LMDB environment: synchronous reads of one moment, atomic durable writes off the main thread.
 *
 * `overlappingSync: false` makes a write resolve after LMDB's fdatasync of the pages and the synchronous write of the meta
 * page that points to them. `eventTurnBatching: false`, because nothing can catch a rejection of the promise that lmdb makes for each turn.
 */
export class Database<Name extends TableName> {
  readonly committed = new Event<Committed>();
  readonly #path: string;
  readonly #root: RootDatabase;
  readonly #tables: Tables;
  readonly #space: SpaceReserve;
  readonly #isChecked: boolean;
  readonly #views = new Set<DatabaseView<Name>>();
  readonly #inode: number | undefined;
  #failure: Error | undefined;

  private constructor(path: string, root: RootDatabase, tables: Tables, isChecked: boolean) {
    this.#path = path;
    this.#root = root;
    this.#tables = tables;
    this.#isChecked = isChecked;
    this.#space = new SpaceReserve(path);
    this.#inode = inodeOf(path);
  }

  /** Opens or makes the file. Throws DataFolderError for a file that is damaged, of another chain or of a newer format. */
  static async open<Name extends TableName>(options: DatabaseOptions<Name>): Promise<Database<Name>> {
    const { path, chainId, tables, check = 'quick' } = options;
    if (!existsSync(path)) expectSpace(path);
    const isChecked = checkDatabaseFile(path, new Set<string>(tables), check);
    const environment = openEnvironment(path, tables);
    const database = new Database<Name>(path, environment.root, environment.tables, isChecked);
    try {
      await database.#identify(chainId);
      syncFolder(dirname(path));
    } catch (error) {
      await database.close();
      throw error;
    }
    return database;
  }

  /** A view of the last commit that resolved, or of the one being resolved. The caller releases it. */
  view(): DatabaseView<Name> {
    return viewOf({ root: this.#root, tables: this.#tables }, this.#views);
  }

  /** What `write` writes, an operation a step: some microseconds. */
  packing(operations: readonly Operation<Name>[]): Steps<PackedOperations> {
    return packing(operations, this.#tables);
  }

  /** As `write`. */
  async commit(operations: readonly Operation<Name>[]): Promise<void> {
    return this.write(atOnce(this.packing(operations)));
  }

  /**
   * Writes all operations or none, in their order. Resolves once they would survive a power cut; rejects with
   * StorageFullError if there is no space, with StorageLostError if the file is gone, and after any other failure refuses every later write with it.
   */
  async write(packed: PackedOperations): Promise<void> {
    const start = performance.now();
    let failed = true;
    try {
      await this.#write(packed);
      failed = false;
    } finally {
      this.committed.emit({ milliseconds: performance.now() - start, failed });
    }
  }

  /** The error that refuses every later write, once a write has failed for anything but space. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** An error if the file at the path is not the one that was opened: it was deleted or replaced, and what is written is lost. */
  lost(): Error | undefined {
    if (isSameFile(this.#path, this.#inode)) return undefined;
    const message = `${this.#path}: expected the file that this node opened, got another or none`;
    return (this.#failure ??= new StorageLostError(message));
  }

  usage(): DatabaseUsage {
    const [usedBytes, liveBytes] = [this.#usedBytes(), liveBytesOf(this.#tables)];
    return { fileBytes: this.#space.fileBytes(), usedBytes, liveBytes, views: this.#views.size };
  }

  /**
   * Checks every page of the file in another thread, while it is in use, unless `open` did. Throws DataFolderError for one that
   * is damaged, and AbortError once `signal` says so.
   */
  async scrub(signal: AbortSignal): Promise<void> {
    if (this.#isChecked) return;
    const task: PageScrubTask = { path: this.#path, tables: [...this.#tables.keys()] };
    const pool = new Piscina<PageScrubTask, string | undefined>({ filename: SCRUB_WORKER, maxThreads: 1 });
    // Until the end, so that LMDB does not reuse the pages of this moment.
    const view = this.view();
    try {
      // The first run may have read a meta page while it was written; real damage shows in the second run, too.
      const fault = (await pool.run(task, { signal })) && (await pool.run(task, { signal }));
      if (fault !== undefined) throw new DataFolderError(fault);
    } finally {
      await pool.destroy();
      view.release();
    }
  }

  /** Forgets views of processes that have ended: pages that only they could read are used again. */
  forgetReaders(): void {
    this.#root.readerCheck();
  }

  /** Waits for writes under way, and releases the views that are left. */
  async close(): Promise<void> {
    for (const view of this.#views) view.release();
    await this.#root.close();
    this.#space.close();
  }

  async #write({ writes, bytes }: PackedOperations): Promise<void> {
    if (this.#failure) throw this.#failure;
    const needed = Math.min(bytes + (writes.length + EXTRA_PAGES) * PAGE_BYTES, MAX_CLAIMED_BYTES);
    try {
      this.#space.claim(this.#usedBytes(), needed);
      try {
        // Nothing in here can throw: lmdb would keep the writes before the throw.
        await this.#root.batch(() => {
          for (const { table, key, value } of writes) void (value ? table.put(key, value) : table.remove(key));
        });
      } finally {
        this.#space.release(needed);
      }
    } catch (error) {
      throw await this.#explain(error, needed);
    }
    // Do not acknowledge a write that a restart would not find.
    const lost = this.lost();
    if (lost) throw lost;
  }

  #usedBytes(): number {
    const { lastPageNumber, pageSize } = this.#root.getStats() as Record<'lastPageNumber' | 'pageSize', number>;
    return (lastPageNumber + 1) * pageSize;
  }

  async #identify(chainId: Uint8Array): Promise<void> {
    const identity = readOnce(this, (view) => view.get(IDENTITY_TABLE as Name, IDENTITY_KEY));
    if (!identity) {
      const value = new Encoder(36).u32(FORMAT_VERSION).raw(chainId).finish();
      return this.commit([{ table: IDENTITY_TABLE as Name, key: IDENTITY_KEY, value }]);
    }
    const decoder = new Decoder(identity);
    const format = decoder.u32();
    if (format !== FORMAT_VERSION) {
      throw new DataFolderError(`${this.#path}: expected data of format ${FORMAT_VERSION}, got format ${format}`);
    }
    const [expected, got] = [toHex(chainId), toHex(decoder.raw(32))];
    if (got !== expected) throw new WrongChainError(`${this.#path}: expected data of chain ${expected}, got ${got}`);
  }

  /** What lmdb's error means: a partly written page is EIO whatever the reason, so the free space decides. */
  async #explain(error: unknown, neededBytes: number): Promise<Error> {
    const cause = await commitCause(error);
    const lost = this.lost();
    if (lost) return lost;
    const free = freeBytes(dirname(this.#path));
    if (isOutOfSpace(errorNumber(cause), free, neededBytes)) {
      const message = `${this.#path}: expected up to ${neededBytes} bytes of space, got ${free}`;
      return new StorageFullError(message, { cause });
    }
    if (isCorruption(cause)) {
      return (this.#failure = corrupted(this.#path, 'pages that LMDB can follow', cause.message));
    }
    // A failed sync leaves open what reached the disk, and LMDB may refuse the next transaction without an answer.
    const message = `${this.#path}: a write failed, restart after a look at the disk: ${cause.message}`;
    return (this.#failure = new Error(message, { cause }));
  }
}

/** Refuses to begin a file where LMDB would run into the end of the disk before it can say so, which ends the process with a signal. */
function expectSpace(path: string): void {
  const free = freeBytes(dirname(path));
  if (free < NEW_FILE_BYTES) {
    throw new StorageFullError(`${path}: expected ${NEW_FILE_BYTES} bytes of space for a new database, got ${free}`);
  }
}
