import type { Config } from '../../config.js';
import type { BlockHeader } from '../../consensus/block.js';
import type { Rejection } from '../../consensus/rejection.js';
import type { AddBlockOutcome } from '../../chain/outcome.js';
import type { AdminRequest, Audit, PulseReading } from '../../graphql/services.js';
import type { NodeDescription } from '../../graphql/types/node.js';
import type { Spending } from '../../http/callers/budgets.js';
import type { Sent } from '../../http/callers/replays.js';
import type { Readiness } from '../../http/health.js';
import type { Interest } from '../../peers/client/wire.js';
import type { CompactBlock, TransactionsWanted } from '../../peers/relay/compactBlocks.js';
import type { News } from './publication.js';
import type { PackedOutcome, PackedSubmissions } from './submissions.js';

/* What the processes of a node ask of each other, by name. */

/** The parts of Services whose methods a worker calls as they are. */
export type RemoteParts = 'sync' | 'peers' | 'offers' | 'miner' | 'wallet' | 'operator' | 'gossip' | 'payments';

/** What a worker asks of the ledger process. */
export interface LedgerDuties {
  /** The worker can begin. */
  ready(): void;
  /** Its view has the news up to this number. */
  applied(number: number): void;
  /** A connection that it was given is closed. */
  ended(connection: number): void;
  /** A line of its log, in JSON. */
  logged(line: string): void;
  /** Spans of the worker reach no collector. */
  tracesLost(reason: string): void;
  spent(spendings: readonly Spending[]): void;
  submit(submissions: PackedSubmissions): Promise<PackedOutcome[]>;
  receiveTransactions(submissions: PackedSubmissions, giver: string | undefined): Promise<PackedOutcome[]>;
  receiveBlock(header: BlockHeader, transactions: Uint8Array, giver: string | undefined): Promise<AddBlockOutcome>;
  announcedBlock(block: CompactBlock, giver: string | undefined): Promise<AddBlockOutcome | TransactionsWanted>;
  completedBlock(
    hash: Uint8Array,
    missing: Uint8Array,
    giver: string | undefined,
  ): Promise<AddBlockOutcome | TransactionsWanted>;
  announcedTransactions(ids: Uint8Array, giver: string | undefined): Promise<Interest[]>;
  refused(content: 'block' | 'transaction', rejections: readonly Rejection[], giver: string | undefined): void;
  check(submission: PackedSubmissions): Promise<Rejection | undefined>;
  part(part: RemoteParts, method: string, args: readonly unknown[]): unknown;
  pulse(): PulseReading | Promise<PulseReading>;
  prove(challenge: Uint8Array): Promise<Uint8Array>;
  contacted(giver: string): void;
  announced(publicUrl: string, giver: string): void;
  performed(request: Parameters<Audit['performed']>[0]): void;
  refusedAdmin(request: AdminRequest): void;
  isNewEnvelope(signer: string, sent: Sent): boolean;
  readiness(): Readiness;
  /** Metrics of the whole node, as Prometheus reads them. */
  metrics(): Promise<string>;
}

/** What a worker needs to begin. */
export interface Beginning {
  readonly config: Config;
  readonly info: NodeDescription;
  /** The chain's file. */
  readonly chainPath: string;
  readonly dataFolder: string;
  /** How many workers share what the whole node has room for. */
  readonly workers: number;
  /** Everything, up to this number. */
  readonly number: number;
  readonly news: News;
}

/** What the ledger process asks of a worker. */
export interface WorkerDuties {
  /** Resolves when it can answer requests. */
  begin(beginning: Beginning): Promise<unknown>;
  news(number: number, news: News): void;
  visible(number: number): void;
  /** What users spent elsewhere. */
  spent(spendings: readonly Spending[]): void;
  /** Metrics of the worker, as prom-client lists them. */
  metrics(): Promise<unknown[]>;
  /** Reads the TLS pair again. */
  renewTls(): Promise<Date | undefined>;
  /** Takes no more requests, and resolves when those under way are answered. */
  close(): Promise<void>;
}
