import {
  AccountHistoryDocument,
  BlockDetailsDocument,
  MinersDocument,
  RewardsDocument,
  type AccountHistoryQuery,
  type MinersQuery,
} from '../node/operations.js';
import type { NodeConnection } from '../../src/client/client.js';
import { MAX_BODIES, MAX_HEADERS, MAX_PAGE_ITEMS } from '../../src/consensus/protocol.js';
import { statement, type Payment, type Statement } from './statement.js';

/**
 * The history of an account, kept up to date: its transactions and its mining rewards, which are not transactions. Each refresh asks for
 * the newest page of transactions, and for more transactions, headers and rewards only if they are new.
 */
export class AccountLedger {
  readonly #address: string;
  readonly #node: NodeConnection;
  /** Newest first. */
  #payments: readonly Payment[] = [];
  /** Oldest first. */
  #headers: readonly Header[] = [];
  readonly #rewards = new Map<string, bigint>();

  constructor(address: string, { node }: { readonly node: NodeConnection }) {
    this.#address = address;
    this.#node = node;
  }

  /** The account at the tip. Rejects with RequestError. */
  async refresh(signal: AbortSignal): Promise<Statement> {
    const { confirmed, asOf, payments, total } = await this.#askPayments(signal);
    const headers = await this.#askHeaders(asOf.height, signal);
    this.#payments = payments;
    this.#headers = headers;
    const covered = headers.slice(0, headers.findLastIndex(({ hash }) => hash === asOf.hash) + 1);
    // A reorganization came between the two requests. (The headers begin above genesis.)
    if (covered.length === 0 && asOf.height > 0) return this.refresh(signal);
    const mined = covered.filter(({ miner }) => miner === this.#address);
    const rewarded = mined.slice(-MAX_REWARDS);
    await this.#askRewards(rewarded, signal);
    const rewards = rewarded.map(({ hash, height, timestamp }) => ({
      hash,
      height,
      at: Date.parse(timestamp),
      amount: this.#rewards.get(hash) ?? 0n,
    }));
    const from = Math.max(
      (covered[0]?.height ?? asOf.height + 1) - 1,
      // The block of the oldest one may have more transactions of the account.
      payments.length < total ? (payments.at(-1)?.height ?? 0) : 0,
      mined.length > rewarded.length ? (rewarded[0]?.height ?? 0) : 0,
    );
    return statement({
      address: this.#address,
      balance: BigInt(confirmed),
      payments,
      total,
      rewards,
      headers: covered,
      from,
    });
  }

  async #askPayments(signal: AbortSignal) {
    const payments: Payment[] = [];
    let first: AccountHistoryQuery['balance'] | undefined;
    let after: string | undefined;
    do {
      const page = { address: this.#address, first: MAX_PAGE_ITEMS, ...(after !== undefined && { after }) };
      const { balance } = await this.#node.request(AccountHistoryDocument, page, signal);
      first ??= balance;
      const { nodes, pageInfo } = balance.transactions;
      for (const { status, ...transfer } of nodes) {
        if (status.__typename !== 'TransactionConfirmed') continue;
        payments.push({ ...transfer, height: status.block.height, at: Date.parse(status.block.timestamp) });
      }
      const joins = this.#payments.findIndex(({ id, at }) => id === payments.at(-1)?.id && at === payments.at(-1)?.at);
      if (joins >= 0) payments.push(...this.#payments.slice(joins + 1));
      after = joins < 0 && pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined;
    } while (after !== undefined && payments.length < MAX_PAYMENTS);
    const { confirmed, asOf, transactions } = first;
    return { confirmed, asOf, payments, total: transactions.totalCount };
  }

  async #askHeaders(tip: number, signal: AbortSignal): Promise<Header[]> {
    let headers = [...this.#headers];
    const floor = Math.max(0, tip - MAX_BLOCKS);
    let base: string[] = [];
    if (headers.length === 0 && floor > 0) {
      const { block } = await this.#node.request(BlockDetailsDocument, { height: floor, first: 0 }, signal);
      if (block) base = [block.hash];
    }
    for (;;) {
      // Latest first, at growing distances: after a reorganization the node continues from the fork point.
      const known = [1, 2, 4, 8, 16, 32, 64, 128].flatMap((back) => headers.at(-back)?.hash ?? []);
      const locator = [...known, ...(headers[0] ? [headers[0].hash] : base)];
      const { headersAfter } = (await this.#node.request(MinersDocument, { locator, first: MAX_HEADERS }, signal))
        .chain;
      const next = headersAfter[0];
      if (next) headers = [...headers.filter(({ height }) => height < next.height), ...headersAfter];
      if (headersAfter.length < MAX_HEADERS) return headers;
    }
  }

  async #askRewards(mined: readonly Header[], signal: AbortSignal): Promise<void> {
    const unknown = mined.filter(({ hash }) => !this.#rewards.has(hash));
    for (let start = 0; start < unknown.length; start += MAX_BODIES) {
      const hashes = unknown.slice(start, start + MAX_BODIES).map(({ hash }) => hash);
      const { blocks } = await this.#node.request(RewardsDocument, { hashes }, signal);
      for (const block of blocks) if (block) this.#rewards.set(block.hash, BigInt(block.reward));
    }
  }
}

type Header = MinersQuery['chain']['headersAfter'][number];

const MAX_PAYMENTS = 2_000;
/** Blocks searched for rewards: some 2 MB of headers. */
const MAX_BLOCKS = 10_000;
const MAX_REWARDS = 1_280;
