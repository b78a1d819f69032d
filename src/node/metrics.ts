import { AggregatorRegistry, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { AddBlockOutcome, TipChange } from '../chain/outcome.js';
import { BUDGET_KINDS, type BudgetKind } from '../graphql/limits.js';
import type { Transaction } from '../consensus/transaction.js';
import type { Staged } from '../mempool/admission.js';
import type { SubmitOutcome } from '../mempool/submission.js';
import type { Sent } from '../peers/relay/gossip.js';
import type { SyncProgress } from '../peers/sync/sync.js';
import type { Peer, PeerStatus } from '../peers/peer.js';
import type { Committed } from '../storage/lmdb/database.js';
import type { OpenStorage } from './openStorage.js';
import type { Space } from '../util/files.js';
import { processMetrics } from '../util/processMetrics.js';
import { CUT_REASONS, type CutReason } from '../http/load/unsent.js';
import { WORK_CLASSES, type WorkClass } from '../http/load/turnstile.js';
import type { Pulse } from './pulse.js';

const SYNC_STATUSES: readonly SyncProgress['status'][] = ['SYNCED', 'SYNCING', 'BEHIND', 'ISOLATED'];
const PEER_STATUSES: readonly PeerStatus[] = ['CONNECTING', 'CONNECTED', 'UNREACHABLE', 'INCOMPATIBLE', 'BANNED'];
const DATABASES = ['chain', 'node'] as const;
const DATABASE_GAUGES = [
  ['database_file_bytes', 'Length of the file.', 'fileBytes'],
  ['database_used_bytes', 'Bytes of the file that hold something, pages that were freed included.', 'usedBytes'],
  ['database_live_bytes', 'Bytes of the pages that tables are in; the rest of the used ones was freed.', 'liveBytes'],
  ['database_views', 'Views of one moment that are open: requests share them, so a few are the rule.', 'views'],
] as const;

/** What waits in a node, and how much, by name. */
export function queuesOf({ verifierPool, admission, gossip }: Queues): readonly (readonly [string, number])[] {
  return [
    ['signatures', verifierPool.waiting],
    ['admission', admission.waiting],
    ['relay', gossip.waiting],
  ];
}

type Queues = Pick<Observed, 'verifierPool' | 'admission' | 'gossip'>;

/** What is read only when metrics are requested. */
export interface Observed extends Pick<OpenStorage, 'chain' | 'mempool' | 'admission' | 'verifierPool' | 'databases'> {
  /** What waits to be sent to peers. */
  readonly gossip: { readonly waiting: number };
  readonly peers: { list(): readonly Peer[] };
  readonly sync: { progress(): SyncProgress };
  readonly pulse: Pick<Pulse, 'read'>;
  /** Of the file system that holds the data folder. */
  space(): Space;
  isReady(): boolean;
}

/**
 * Every metric of a node, named here and nowhere else. On the way of a request or a transaction stands nothing but the increment of a
 * counter; the rest is read when somebody asks. Labels take values from lists of this program, never what a stranger sent.
 */
export class Metrics {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  readonly #registry = new Registry();
  readonly #accepted = this.#counter('transactions_accepted_total', 'Transactions accepted that were new.', ['source']);
  readonly #known = this.#counter('transactions_known_total', 'Transactions that were here before.', ['source']);
  readonly #rejected = this.#counter('transactions_rejected_total', 'Transactions rejected, by code.', [
    'source',
    'code',
  ]);
  readonly #offered = this.#counter(
    'blocks_offered_total',
    'Blocks that were mined here or came by themselves, by what became of them; code only for rejected ones.',
    ['outcome', 'code'],
  );
  readonly #connected = this.#counter('blocks_connected_total', 'Blocks that joined the best chain.', []);
  readonly #depth = new Histogram({
    name: 'corrente_reorganization_depth_blocks',
    help: 'Blocks that left the best chain in a reorganization.',
    buckets: [1, 2, 3, 6, 12, 50, 100],
    registers: [this.#registry],
  });
  readonly #commits = new Histogram({
    name: 'corrente_commit_duration_seconds',
    help: 'Time until a write was on disk: of blocks in the database chain, of the journal of pending transactions in node.',
    labelNames: ['database'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    registers: [this.#registry],
  });
  readonly #failedCommits = this.#counter('commit_failures_total', 'Writes that failed, a full disk included.', [
    'database',
  ]);
  readonly #stages = new Histogram({
    name: 'corrente_transaction_stage_seconds',
    help: 'What transactions wait for on their way in: the threads that check signatures (verify), the change that they go into (wait), that it is on disk (write). Once a request, however many are in it.',
    labelNames: ['stage'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15],
    registers: [this.#registry],
  });
  readonly #confirmations = new Histogram({
    name: 'corrente_transaction_confirmation_seconds',
    help: 'Time from when a transaction was accepted here until it was in a block of the best chain.',
    buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200],
    registers: [this.#registry],
  });
  readonly #entered = new WeakMap<Transaction, number>();
  readonly #sent = new Histogram({
    name: 'corrente_relay_duration_seconds',
    help: 'Time until a peer answered a message with transactions or a block, or failed to.',
    labelNames: ['content', 'outcome'],
    buckets: [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    registers: [this.#registry],
  });
  readonly #lag = new Histogram({
    name: 'corrente_event_loop_lag_seconds',
    help: 'Of each second, the longest time for which something held the event loop.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers: [this.#registry],
  });
  readonly #requests = this.#counter('http_requests_total', 'Requests answered.', ['route', 'status']);
  readonly #durations = new Histogram({
    name: 'corrente_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer.',
    labelNames: ['route'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    registers: [this.#registry],
  });
  readonly #cut = this.#counter('answers_cut_total', 'Answers that were not sent to their end.', ['reason']);
  readonly #shed = this.#counter('requests_shed_total', 'Operations refused with OVERLOADED, by class.', ['class']);
  readonly #operations = this.#counter('admin_operations_total', 'Admin operations.', ['operation', 'outcome']);
  readonly #spent = this.#counter('budget_spent_total', 'What users spent of their budgets, by kind.', ['kind']);
  readonly #limited = this.#counter('rate_limited_total', 'Requests refused for a spent budget, by kind.', ['kind']);
  readonly #refused = this.#counter('admin_refused_total', 'Admin operations asked for without the token.', []);

  constructor() {
    // What alerts wait for begins at 0: they see no increase of a series that begins with its first event.
    for (const database of DATABASES) this.#failedCommits.inc({ database }, 0);
    this.#requests.inc({ route: '/graphql', status: 500 }, 0);
    for (const kind of BUDGET_KINDS) this.#limited.inc({ kind }, 0);
    for (const reason of CUT_REASONS) this.#cut.inc({ reason }, 0);
    for (const kind of WORK_CLASSES) this.#shed.inc({ class: kind }, 0);
  }

  /** Registers what is looked at; called once. */
  observe(observed: Observed): void {
    const { chain, mempool, admission, sync, pulse, peers, gossip, verifierPool, databases } = observed;
    this.#gauge('chain_height', 'Height of the best chain.', () => chain.tip().height);
    this.#gauge(
      'chain_tip_timestamp_seconds',
      'Timestamp of the last block, seconds since 1970: time() minus it is its age.',
      () => chain.tip().timestamp / 1000,
    );
    this.#gauge('standstill', '1 if blocks should come and none does.', () => (pulse.read().standstill ? 1 : 0));
    this.#labelled('sync_status', '1 for the status that the node is in.', 'status', () => {
      const { status } = sync.progress();
      return SYNC_STATUSES.map((name) => [name, name === status ? 1 : 0]);
    });
    this.#gauge('sync_behind_blocks', 'Blocks to the height that is synced to.', () => {
      const { height, targetHeight } = sync.progress();
      return Math.max(0, targetHeight - height);
    });
    this.#gauge('ready', '1 if /readyz answers 200.', () => (observed.isReady() ? 1 : 0));
    this.#labelled('peers', 'Peers, by status.', 'status', () => {
      const listed = peers.list();
      return PEER_STATUSES.map((name) => [name, listed.filter(({ status }) => status === name).length]);
    });
    this.#gauge('mempool_transactions', 'Pending transactions.', () => mempool.size);
    this.#gauge('mempool_bytes', 'Bytes of pending transactions.', () => mempool.bytes);
    this.#gauge(
      'mempool_held_back_transactions',
      'Pending transactions that wait for a nonce before theirs.',
      () => mempool.heldBack,
    );
    this.#gauge('verifier_queue_signatures', 'Signatures that wait for a thread.', () => verifierPool.waiting);
    this.#labelled(
      'queue_items',
      'What waits: signatures for a thread, transactions for the disk (admission), and messages to be sent to peers (relay).',
      'queue',
      () => queuesOf({ verifierPool, admission, gossip }),
    );
    for (const [name, help, figure] of DATABASE_GAUGES) {
      this.#labelled(name, help, 'database', () =>
        DATABASES.map((database) => [database, databases[database].usage()[figure]]),
      );
    }
    this.#gauge('disk_free_bytes', 'Free space where the data folder is.', () => observed.space().freeBytes);
    this.#gauge('disk_total_bytes', 'Space where the data folder is, free or not.', () => observed.space().totalBytes);
  }

  /** `end`: the last moment of the TLS certificate. Called once. */
  observeCertificate(end: () => Date | undefined): void {
    const help = 'Last moment of the TLS certificate, seconds since 1970; 0 without TLS.';
    this.#gauge('tls_certificate_end_timestamp_seconds', help, () => (end()?.getTime() ?? 0) / 1000);
  }

  /** What became of transactions. `giver`: the node that forwarded them. */
  submitted(outcomes: readonly SubmitOutcome[], giver: string | undefined): void {
    const source = giver === undefined ? 'client' : 'peer';
    for (const outcome of outcomes) {
      if ('code' in outcome) this.#rejected.inc({ source, code: outcome.code });
      else (outcome.alreadyKnown ? this.#known : this.#accepted).inc({ source });
    }
  }

  offered(outcome: AddBlockOutcome): void {
    this.#offered.inc({ outcome: outcome.status, code: outcome.status === 'rejected' ? outcome.rejection.code : '' });
  }

  tipChanged({ connected, reorganization }: Pick<TipChange, 'connected' | 'reorganization'>): void {
    this.#connected.inc(connected.length);
    if (reorganization) this.#depth.observe(reorganization.disconnected);
  }

  staged({ stage, milliseconds }: Staged): void {
    this.#stages.observe({ stage }, milliseconds / 1000);
  }

  /** New transactions are pending, since `elapsed`. */
  entered(transactions: readonly Transaction[], elapsed: number): void {
    for (const transaction of transactions) this.#entered.set(transaction, elapsed);
  }

  /** One that was pending is in a block. What came before the last start is not counted. */
  confirmed(transaction: Transaction, elapsed: number): void {
    const since = this.#entered.get(transaction);
    if (since !== undefined) this.#confirmations.observe((elapsed - since) / 1000);
  }

  sent({ content, milliseconds, failed }: Sent): void {
    this.#sent.observe({ content, outcome: failed ? 'failed' : 'answered' }, milliseconds / 1000);
  }

  lagged(milliseconds: number): void {
    this.#lag.observe(milliseconds / 1000);
  }

  committed(database: (typeof DATABASES)[number], { milliseconds, failed }: Committed): void {
    this.#commits.observe({ database }, milliseconds / 1000);
    if (failed) this.#failedCommits.inc({ database });
  }

  /** A request was answered; `route` is the pattern that it matched. */
  answered(route: string, status: number, milliseconds: number): void {
    this.#requests.inc({ route, status });
    this.#durations.observe({ route }, milliseconds / 1000);
  }

  observeTurns(waiting: () => readonly (readonly [WorkClass, number])[]): void {
    this.#labelled('requests_waiting', 'Operations that wait for their turn, by class.', 'class', waiting);
  }

  readonly cut = (reason: CutReason) => this.#cut.inc({ reason });

  /** An operation was refused, since there is too much to do. */
  shed(kind: WorkClass): void {
    this.#shed.inc({ class: kind });
  }

  operated(operation: string, outcome: string): void {
    this.#operations.inc({ operation, outcome });
  }

  spent(kind: BudgetKind, amount: number): void {
    this.#spent.inc({ kind }, amount);
  }

  limited(kind: BudgetKind): void {
    this.#limited.inc({ kind });
  }

  refused(): void {
    this.#refused.inc();
  }

  /** The text that Prometheus reads, with those of Node.js, and with what other processes of this node `list`. */
  async text(others: readonly (readonly unknown[])[] = []): Promise<string> {
    if (others.length === 0) return (await this.#registry.metrics()) + (await processMetrics().metrics());
    return AggregatorRegistry.aggregate([await this.list(), ...others] as object[]).metrics();
  }

  /** The same as prom-client lists them. */
  async list(): Promise<unknown[]> {
    return [...(await this.#registry.getMetricsAsJSON()), ...(await processMetrics().getMetricsAsJSON())];
  }

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ name: `corrente_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #gauge(name: string, help: string, read: () => number): void {
    const collect = (): void => gauge.set(read());
    const gauge: Gauge = new Gauge({ name: `corrente_${name}`, help, registers: [this.#registry], collect });
  }

  #labelled(name: string, help: string, label: string, read: () => readonly (readonly [string, number])[]): void {
    const collect = (): void => {
      for (const [value, amount] of read()) gauge.set({ [label]: value }, amount);
    };
    const gauge: Gauge = new Gauge({
      name: `corrente_${name}`,
      help,
      labelNames: [label],
      registers: [this.#registry],
      collect,
    });
  }
}
