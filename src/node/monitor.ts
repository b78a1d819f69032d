import { closeSync, openSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';
import type { Logger } from 'pino';
import type { AdminRequest, Audit, LogLine, OperatorView, PulseReading, Spender, Vitals } from '../graphql/services.js';
import type { SyncProgress } from '../peers/sync/sync.js';
import { readToken, tokenNames } from '../http/adminToken.js';
import type { Budgets } from '../http/callers/budgets.js';
import type { Readiness, Health } from '../http/health.js';
import { spaceOf, type Space } from '../util/files.js';
import { EventLoopWatch } from './eventLoop.js';
import type { Joined } from './joinNetwork.js';
import { queuesOf, type Metrics } from './metrics.js';
import type { OpenStorage } from './openStorage.js';
import type { Pulse } from './pulse.js';
import type { NodeClock, World } from './world.js';

/** The largest write of either database is half of it. */
export const MIN_FREE_BYTES = 64 * 1024 * 1024;
const MAX_REFUSED = 10;
const MINUTE_MS = 60_000;

export interface NodeMonitorModules {
  readonly storage: OpenStorage;
  readonly joined: Joined;
  readonly metrics: Metrics;
  readonly pulse: Pulse;
  readonly budgets: Pick<Budgets, 'spenders'>;
  readonly world: World;
}

/** What a node reports to monitors: readiness, metrics and the log of admin operations. */
export class NodeMonitor implements Health, OperatorView {
  readonly audit: Audit;
  readonly metrics: Metrics;
  readonly #folder: FolderWatch;
  readonly #tokens: TokenWatch;
  readonly #eventLoop = new EventLoopWatch();
  readonly #modules: ReadinessModules;
  readonly #observed: NodeMonitorModules;

  constructor(modules: NodeMonitorModules) {
    const { storage, joined, metrics, pulse, world } = modules;
    this.#observed = modules;
    const { peers, sync, gossip } = joined;
    const { clock, logger: log } = world;
    this.metrics = metrics;
    this.audit = new LoggedAudit({ log, clock, metrics });
    const folder = new FolderWatch({ folder: storage.folder.path }, { log });
    this.#folder = folder;
    this.#tokens = new TokenWatch({ folder: storage.folder.path }, { log });
    this.#modules = { sync, pulse: () => pulse.read(), folder, databases: Object.values(storage.databases) };
    const isReady = () => this.readiness().reasons.length === 0;
    metrics.observe({ ...storage, peers, sync, gossip, pulse, space: () => folder.space(), isReady });
  }

  /** Call it every second or so. */
  tick(): void {
    this.#folder.tick();
    void this.#tokens.tick();
    this.metrics.lagged(this.#eventLoop.tick());
  }

  vitals(): Vitals {
    const { storage, joined } = this.#observed;
    const { used_heap_size, external_memory, heap_size_limit } = getHeapStatistics();
    const { freeBytes, totalBytes } = this.#folder.space();
    return {
      hindrances: this.readiness().reasons,
      loopHoldsMs: this.#eventLoop.recent,
      memoryBytes: used_heap_size + external_memory,
      heapLimitBytes: heap_size_limit,
      queues: queuesOf({ ...storage, ...joined }).map(([name, items]) => ({ name, items })),
      databases: Object.entries(storage.databases).map(([name, database]) => ({ name, ...database.usage() })),
      diskFreeBytes: known(freeBytes),
      diskTotalBytes: known(totalBytes),
    };
  }

  log(last: number): readonly LogLine[] {
    return this.#observed.world.logTail?.last(last) ?? [];
  }

  spenders(): readonly Spender[] {
    return this.#observed.budgets.spenders();
  }

  close(): void {
    this.#eventLoop.close();
  }

  readiness(): Readiness {
    return readiness(this.#modules);
  }
}

function known(figure: number): number | undefined {
  return Number.isNaN(figure) ? undefined : figure;
}

export interface ReadinessModules {
  readonly sync: { progress(): SyncProgress };
  readonly pulse: () => PulseReading;
  readonly folder: {
    /** Why the data folder cannot be opened. */
    fault(): NodeJS.ErrnoException | undefined;
    /** Of the file system that holds it. */
    freeBytes(): number;
  };
  /** Each with the failure after which it refuses every write. */
  readonly databases: readonly { readonly failure: Error | undefined }[];
}

/** Whether others should be sent to this node now, and every reason why not. */
export function readiness(modules: ReadinessModules): Readiness {
  const { sync, pulse, folder, databases } = modules;
  const reasons: { code: string; message: string }[] = [];
  const { status, height, targetHeight, reason } = sync.progress();
  if (status === 'ISOLATED') {
    reasons.push({ code: status, message: 'expected a connected peer, got none: the list of peers says why of each' });
  } else if (status !== 'SYNCED') {
    const got = reason ?? `one at height ${height} of ${targetHeight}`;
    reasons.push({ code: status, message: `expected a synced node, got ${got}` });
  }
  const { secondsSinceBlock, standstill } = pulse();
  if (standstill) {
    reasons.push({ code: 'STANDSTILL', message: `expected blocks to come, got none for ${secondsSinceBlock} s` });
  }
  const fault = folder.fault();
  if (fault) {
    reasons.push({ code: fault.code === 'EMFILE' ? 'TOO_MANY_FILES' : 'STORAGE_FAILED', message: fault.message });
  }
  const free = folder.freeBytes();
  if (free < MIN_FREE_BYTES) {
    reasons.push({ code: 'STORAGE_FULL', message: `expected ${MIN_FREE_BYTES} free bytes, got ${free}` });
  }
  for (const { failure } of databases) {
    if (failure) reasons.push({ code: 'STORAGE_FAILED', message: failure.message });
  }
  return { height, secondsSinceBlock, reasons };
}

export interface AuditModules {
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly clock: Pick<NodeClock, 'elapsed'>;
  /** Counts what is logged, and what is too much for the log. */
  readonly metrics: Pick<Metrics, 'operated' | 'refused'>;
}

/** The audit in the log: a line for each admin operation, and at most MAX_REFUSED a minute for refused ones, which anybody can cause. */
export class LoggedAudit implements Audit {
  readonly #modules: AuditModules;
  #minute = -Infinity;
  #refused = 0;

  constructor(modules: AuditModules) {
    this.#modules = modules;
  }

  performed(request: Parameters<Audit['performed']>[0]): void {
    this.#modules.metrics.operated(request.operation, request.outcome);
    this.#modules.log.info(request, 'admin operation');
  }

  refused(request: AdminRequest): void {
    const { log, clock, metrics } = this.#modules;
    metrics.refused();
    if (clock.elapsed() - this.#minute >= MINUTE_MS) {
      if (this.#refused > MAX_REFUSED) log.warn({ count: this.#refused - MAX_REFUSED }, 'more without the admin token');
      this.#minute = clock.elapsed();
      this.#refused = 0;
    }
    if (++this.#refused > MAX_REFUSED) return;
    log.warn(request, request.token === undefined ? 'refused without the admin token' : 'refused without the scope');
  }
}

/**
 * The audit of admin tokens: they are files, made and removed by commands in other processes, so the node looks at their folder and logs
 * what has changed in it.
 */
export class TokenWatch {
  readonly #folder: string;
  readonly #log: Pick<Logger, 'info'>;
  #isLooking = false;
  /** When each token was made; undefined before the first look. */
  #made: ReadonlyMap<string, string> | undefined;

  constructor({ folder }: { readonly folder: string }, { log }: { readonly log: Pick<Logger, 'info'> }) {
    this.#folder = folder;
    this.#log = log;
  }

  /** Logs what has changed since the last call; the first one logs what there is. Never rejects. Call it every second or so. */
  async tick(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      this.#made = this.#compare(await tokenNames(this.#folder));
    } catch {
      // FolderWatch reports a folder that cannot be read; this looks again at the next tick.
    } finally {
      this.#isLooking = false;
    }
  }

  #compare(names: readonly string[]): ReadonlyMap<string, string> {
    const before = this.#made;
    const made = new Map<string, string>();
    for (const name of names) {
      const { scopes, created } = this.#read(name);
      made.set(name, created);
      if (before?.get(name) === created) continue;
      if (before?.has(name)) this.#log.info({ token: name }, 'admin token revoked');
      this.#log.info({ token: name, scopes, created }, before ? 'admin token made' : 'admin token');
    }
    for (const name of before?.keys() ?? []) {
      if (!made.has(name)) this.#log.info({ token: name }, 'admin token revoked');
    }
    return made;
  }

  /** Of a file that is none, the reason is logged when it is used. */
  #read(name: string): { readonly scopes: readonly string[]; readonly created: string } {
    try {
      return readToken(this.#folder, name) ?? NO_TOKEN;
    } catch {
      return NO_TOKEN;
    }
  }
}

const NO_TOKEN = { scopes: [], created: '' };

/** Whether this process still reaches its data folder, which an operator or a limit can take from it. */
export class FolderWatch {
  readonly #folder: string;
  readonly #log: Pick<Logger, 'warn' | 'info'>;
  #isLogged = false;

  constructor({ folder }: { readonly folder: string }, { log }: { readonly log: Pick<Logger, 'warn' | 'info'> }) {
    this.#folder = folder;
    this.#log = log;
  }

  /** The system's error if the folder cannot be opened now: it is gone, or as many files are open as the limit allows. */
  fault(): NodeJS.ErrnoException | undefined {
    try {
      closeSync(openSync(this.#folder, 'r'));
      return undefined;
    } catch (error) {
      return error as NodeJS.ErrnoException;
    }
  }

  space(): Space {
    return spaceOf(this.#folder);
  }

  /** Free space of its file system; not a number while the system does not say. */
  freeBytes(): number {
    return this.space().freeBytes;
  }

  /** Logs once when the fault begins, and once when it is over. Call it every second or so. */
  tick(): void {
    const fault = this.fault();
    if ((fault !== undefined) === this.#isLogged) return;
    this.#isLogged = fault !== undefined;
    const log = this.#log;
    if (fault?.code === 'EMFILE') log.warn({ reason: fault.message }, 'as many files are open as the limit allows');
    else if (fault) log.warn({ reason: fault.message }, 'the data folder cannot be opened');
    else log.info('the data folder can be opened again');
  }
}
