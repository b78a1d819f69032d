import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Requests } from '../load/load.js';
import type { Operation, Work, Works } from './subject.js';

/** How a kind of node is asked: bodies of requests, and the text by which an answer accepts one item. Accounts have numbers. */
export interface Dialect<Signed> {
  readonly accepted: Readonly<Record<Operation, string>>;
  readonly trivial: unknown;
  readonly balance: (account: number) => unknown;
  readonly balances: (accounts: readonly number[]) => unknown;
  readonly sign: (account: number, nonce: number) => Signed | Promise<Signed>;
  readonly transaction: (signed: Signed) => unknown;
  readonly transactions: (signed: readonly Signed[]) => unknown;
}

/** How much is sent. */
export interface Amounts {
  /** Requests; of those with many questions a tenth. */
  readonly questions: Share;
  /** Transactions of each account that pays. */
  readonly transactions: Share;
  /** Measurements of each operation before the chain starts afresh. */
  readonly measurements: number;
}

interface Share {
  readonly warmUp: number;
  readonly measured: number;
}

/** Writes the bodies of every operation into a folder. Files that are there stay: signing takes long. */
export async function writeWorks<Signed>(folder: string, dialect: Dialect<Signed>, amounts: Amounts): Promise<Works> {
  await mkdir(folder, { recursive: true });
  const writer = new WorkWriter(folder, dialect, amounts);
  const accounts = range(0, PAYERS);
  const hundreds = range(0, QUESTIONS_OF_MANY).map((first) => accounts.slice(first, first + MANY));
  return {
    trivial: await writer.question('trivial', [dialect.trivial]),
    balance: await writer.question('balance', accounts.map(dialect.balance)),
    balances: await writer.question('balances', hundreds.map(dialect.balances)),
    transaction: await writer.transfers('transaction', 0, (signed) => signed.map(dialect.transaction)),
    transactions: await writer.transfers('transactions', PAYERS, (signed) => many(signed).map(dialect.transactions)),
  };
}

class WorkWriter<Signed> {
  constructor(
    private readonly folder: string,
    private readonly dialect: Dialect<Signed>,
    private readonly amounts: Amounts,
  ) {}

  async question(operation: Operation, bodies: readonly unknown[]): Promise<Work> {
    const requests = await this.#write(operation, operation, () => bodies);
    const { warmUp, measured } = this.amounts.questions;
    const sent = (count: number) => ({ ...requests, count: requests.items === 1 ? count : count / 10 });
    return { warmUp: sent(warmUp), measured: [sent(measured)] };
  }

  async transfers(
    operation: Operation,
    firstPayer: number,
    bodiesOf: (signed: Signed[]) => readonly unknown[],
  ): Promise<Work> {
    const {
      measurements,
      transactions: { warmUp, measured },
    } = this.amounts;
    const bounds = [0, ...range(0, measurements + 1).map((index) => warmUp + index * measured)];
    const payers = range(firstPayer, firstPayer + PAYERS);
    const batches: Requests[] = [];
    for (const [index, to] of bounds.slice(1).entries()) {
      const nonces = range(bounds[index]!, to);
      const bodies = async () => bodiesOf(await this.#sign(payers, nonces));
      const requests = await this.#write(operation, `${operation}-${index}`, bodies);
      batches.push({ ...requests, count: (payers.length * nonces.length) / requests.items });
    }
    const [first, ...others] = batches;
    return { warmUp: first!, measured: others };
  }

  /** Each payer's transactions in rounds, so that successive transactions have different payers. */
  async #sign(payers: readonly number[], nonces: readonly number[]): Promise<Signed[]> {
    const signed: Signed[] = [];
    for (const nonce of nonces) for (const payer of payers) signed.push(await this.dialect.sign(payer, nonce));
    return signed;
  }

  async #write(
    operation: Operation,
    name: string,
    bodies: () => readonly unknown[] | Promise<readonly unknown[]>,
  ): Promise<Omit<Requests, 'count'>> {
    const path = join(this.folder, `${name}.ndjson`);
    if (!existsSync(path)) {
      await writeFile(`${path}.part`, (await bodies()).map((body) => `${JSON.stringify(body)}\n`).join(''));
      await rename(`${path}.part`, path);
    }
    const items = OF_MANY.has(operation) ? MANY : 1;
    const connections = items === 1 ? CONNECTIONS : CONNECTIONS_OF_MANY;
    const accepted = this.dialect.accepted[operation];
    return { bodies: path, connections, items, accepted, times: items };
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

function many<Item>(items: readonly Item[]): Item[][] {
  return range(0, items.length / MANY).map((index) => items.slice(index * MANY, (index + 1) * MANY));
}

/** Accounts that pay one a request; as many others pay in hundreds. More than there are transactions under way, and a multiple of MANY. */
const PAYERS = 500;
/** Accounts that a node must know, the payers. */
export const ACCOUNTS = 2 * PAYERS;
const MANY = 100;
const QUESTIONS_OF_MANY = 64;
const OF_MANY: ReadonlySet<Operation> = new Set(['balances', 'transactions']);
/** Requests under way. */
export const CONNECTIONS = 32;
export const CONNECTIONS_OF_MANY = 4;

/** The same works with other terms of each request. */
export function mapWorks(works: Works, change: (requests: Requests) => Requests): Works {
  const changed = Object.entries(works).map(([operation, { warmUp, measured }]) => [
    operation,
    { warmUp: change(warmUp), measured: measured.map(change) },
  ]);
  return Object.fromEntries(changed) as Works;
}
