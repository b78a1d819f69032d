import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Logger } from 'pino';
import { type ConnectionBounds, CONNECTION_LIMITS } from '../../http/callers/connectionBounds.js';
import type { Budgets, Spending } from '../../http/callers/budgets.js';
import type { Metrics } from '../metrics.js';
import type { Tracing } from '../tracing.js';
import type { Beginning } from './duties.js';
import type { SharedDuties } from './ledgerTasks.js';
import type { NewsDesk } from './newsDesk.js';
import type { Publication } from './publication.js';
import type { Spendings } from './spendings.js';
import { Worker } from './worker.js';
import type { WorkerProcess } from './workerProcess.js';

/** How long a worker may take to see news before it is ended: writes wait for it. */
const PATIENCE_TICKS = 10;
/** How long a worker has to finish what is under way. */
const CLOSE_MS = 8_000;
/** Pause before a worker that could not begin is replaced. */
const PAUSE_MS = 1_000;
/** Files of a worker that are no connections: some 25 at rest, and room for what it reads to start and to answer. */
const OTHER_FILES = 96;
/** Connections that wait while no worker serves. */
const MAX_WAITING = 512;

export interface WorkerHostModules {
  readonly processes: readonly WorkerProcess[];
  /** Starts another one. */
  readonly fork: () => WorkerProcess;
  /** How many files each may have open at once. */
  readonly openFiles: number;
  readonly publication: Publication;
  readonly desk: NewsDesk;
  readonly tasks: SharedDuties;
  /** Calls between two changes of the chain. */
  readonly betweenChanges: (call: () => void) => Promise<void>;
  readonly beginning: Omit<Beginning, 'number' | 'news' | 'workers'>;
  readonly bounds: ConnectionBounds;
  readonly budgets: Pick<Budgets, 'charge'>;
  /** What is spent in this process. */
  readonly spendings: Spendings;
  readonly metrics: Metrics;
  /** Forgets what a process that has ended was reading. */
  readonly forgetReaders: () => void;
  readonly logLine: (line: string) => void;
  readonly log: Logger;
  /** Where the node is traced. */
  readonly tracing: Tracing | undefined;
}

/**
 * The API workers of a node: starts them, gives each its share of the connections, and replaces those that end. It accepts connections itself,
 * so the port stays open whichever worker is there.
 */
export class WorkerHost {
  readonly #modules: WorkerHostModules;
  readonly #workers = new Set<Worker>();
  readonly #server: Server;
  #waiting: Socket[] = [];
  #nextConnection = 0;
  #open = 0;
  #isClosing = false;
  /** Connections are closed, since no worker may have another file open. */
  #isFull = false;

  constructor(modules: WorkerHostModules) {
    this.#modules = modules;
    // Each worker reads its connections itself, from the first byte.
    this.#server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => this.#accept(socket));
  }

  /** Resolves to the address when every worker serves. Rejects if the port cannot be had, or a worker cannot begin. */
  async start(host: string, port: number): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog: CONNECTION_LIMITS.maxConnections }, resolve);
    });
    // One connection that cannot be had must not end the ledger process.
    this.#server.on('error', (error) => this.#modules.log.warn({ err: error }, 'a connection was not accepted'));
    await Promise.all(this.#modules.processes.map((child) => this.#begin(child)));
    return this.#server.address() as AddressInfo;
  }

  /** Tells the budgets of all processes what was spent in each. Call it every 100 ms or so. */
  share(): void {
    const spent = this.#modules.spendings.take();
    if (spent.length > 0) this.#charge(spent, undefined);
  }

  /** Ends workers that do not follow. Call it every second or so. */
  tick(): void {
    const { publication, log } = this.#modules;
    for (const worker of this.#workers) {
      if (publication.ticksBehind(worker) < PATIENCE_TICKS) continue;
      log.error({ pid: worker.pid }, 'an API worker does not follow: it is ended');
      worker.kill();
    }
    publication.tick();
    if (!this.#isFull || !this.#roomiest()) return;
    this.#isFull = false;
    log.info('connections are taken again');
  }

  /** Metrics of the whole node, as Prometheus reads them. */
  async text(): Promise<string> {
    const serving = [...this.#workers].filter(({ isServing }) => isServing);
    const listed = await Promise.allSettled(serving.map((worker) => worker.metrics()));
    return this.#modules.metrics.text(listed.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
  }

  /** Has every worker read the TLS pair again; resolves to its last day. */
  async renewTls(): Promise<Date | undefined> {
    const ends = await Promise.all([...this.#workers].map((worker) => worker.renewTls()));
    return ends[0];
  }

  /** Takes no more connections, lets every worker finish, and ends them. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#server.close();
    for (const socket of this.#waiting) socket.destroy();
    await Promise.all([...this.#workers].map((worker) => worker.close(CLOSE_MS)));
  }

  async #begin(child: WorkerProcess): Promise<void> {
    const { publication, desk, tasks, betweenChanges, beginning, processes, logLine, log, tracing } = this.#modules;
    const own = {
      logged: logLine,
      tracesLost: (reason: string) => tracing?.lost(reason),
      metrics: () => this.text(),
      spent: (from: Worker, spendings: readonly Spending[]) => this.#charge(spendings, from),
    };
    const worker = new Worker({ child, publication, tasks, own, log, traces: tracing });
    this.#workers.add(worker);
    void worker.ended.then((reason) => this.#ended(worker, reason));
    await worker.ready;
    let begun: Promise<void> | undefined;
    await betweenChanges(() => {
      // Nobody would ever hear of its end again.
      if (worker.hasEnded) throw new Error('an API worker ended before it began');
      begun = worker.begin({ ...beginning, workers: processes.length, ...desk.join(worker) });
    });
    await begun;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const socket of waiting) this.#give(socket);
  }

  #ended(worker: Worker, reason: string): void {
    this.#workers.delete(worker);
    if (this.#isClosing) return;
    const { log, forgetReaders } = this.#modules;
    forgetReaders();
    log.error({ pid: worker.pid, reason }, 'an API worker ended: another one takes its place');
    setTimeout(() => void this.#replace(), worker.hasServed ? 0 : PAUSE_MS);
  }

  async #replace(): Promise<void> {
    if (this.#isClosing) return;
    const child = this.#modules.fork();
    try {
      await this.#begin(child);
    } catch (failure) {
      this.#couldNotBegin(failure as Error);
      // Its end has it replaced.
      child.end('now');
    }
  }

  /** While the node stops, that is no news. */
  #couldNotBegin({ message: reason }: Error): void {
    if (!this.#isClosing) this.#modules.log.error({ reason }, 'an API worker could not begin');
  }

  #charge(spendings: readonly Spending[], from: Worker | undefined): void {
    const { budgets } = this.#modules;
    if (from) for (const spending of spendings) budgets.charge(spending);
    for (const worker of this.#workers) if (worker !== from && worker.isServing) worker.charge(spendings);
  }

  #accept(socket: Socket): void {
    const { bounds } = this.#modules;
    // A client may be gone before a worker has its connection.
    socket.on('error', () => socket.destroy());
    if (this.#open >= CONNECTION_LIMITS.maxConnections) {
      bounds.dropped();
      socket.destroy();
      return;
    }
    this.#give(socket);
  }

  /** The worker that takes connections and has the fewest; undefined if each has as many as it may have files open. */
  #roomiest(): Worker | undefined {
    const mostConnections = this.#modules.openFiles - OTHER_FILES;
    let roomiest: Worker | undefined;
    for (const worker of this.#workers) {
      const hasRoom = worker.isServing && worker.connections < mostConnections;
      if (hasRoom && !(roomiest && roomiest.connections <= worker.connections)) roomiest = worker;
    }
    return roomiest;
  }

  /** One more than a worker may have open would be lost on the way, without a word. */
  #refuse(socket: Socket): void {
    socket.destroy();
    if (this.#isFull) return;
    this.#isFull = true;
    const { openFiles, log } = this.#modules;
    log.warn({ reason: `${openFiles} files of each API worker` }, 'as many files are open as the limit allows');
  }

  #give(socket: Socket): void {
    if (![...this.#workers].some(({ isServing }) => isServing)) {
      if (this.#waiting.length < MAX_WAITING && !this.#isClosing) this.#waiting.push(socket);
      else socket.destroy();
      return;
    }
    const worker = this.#roomiest();
    if (!worker) {
      this.#refuse(socket);
      return;
    }
    const end = this.#modules.bounds.admit(socket.remoteAddress);
    if (!end) {
      socket.destroy();
      return;
    }
    this.#open++;
    worker.give(this.#nextConnection++, socket, () => {
      this.#open--;
      end();
    });
  }
}
