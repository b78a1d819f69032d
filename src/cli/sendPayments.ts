import { MAX_MEMO_BYTES } from '../consensus/transaction.js';
import { parseCoins } from '../client/coins.js';
import { Failure } from './failure.js';
import { parseAddress, type ParsedAddress } from './options.js';

/** One line of a file of payments. */
export interface Payment {
  /** Line number, from 1. */
  readonly line: number;
  readonly recipient: ParsedAddress;
  /** Base units. */
  readonly amount: bigint;
  readonly memo: string;
}

/**
 * Payments of a CSV file: `address,amount[,memo]` on each line, amounts in coins, a memo with a comma or quotes in quotes (RFC 4180). A
 * first line that names the columns is skipped. Throws Failure with the first malformed line and the number of others.
 */
export function parsePayments(text: string, path: string): Payment[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const first = /^address,amount(,memo)?$/.test(lines[0] ?? '') ? 1 : 0;
  const count = lines.length - first;
  if (count < 1 || count > MAX_PAYMENTS) {
    throw new Failure(`${path}: expected 1 to ${MAX_PAYMENTS} payments, got ${count}: split the file`, 2);
  }
  const payments: Payment[] = [];
  const wrong: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (index < first) continue;
    try {
      payments.push(parsePayment(line, index + 1, payments[0]?.recipient.prefix));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      wrong.push(`line ${index + 1}: ${error.message}`);
    }
  }
  if (wrong.length === 0) return payments;
  const others = wrong.length > 1 ? ` (and ${wrong.length - 1} more)` : '';
  throw new Failure(`${path}: ${wrong[0]}${others}; nothing was sent`, 2);
}

function parsePayment(text: string, line: number, prefix: string | undefined): Payment {
  const fields = /^([^,"]*),([^,"]*)(?:,(?:([^,"]*)|"((?:[^"]|"")*)"))?$/.exec(text);
  if (!fields) throw new RangeError(`expected address,amount[,memo], got ${JSON.stringify(text.slice(0, 120))}`);
  const recipient = parseAddress(fields[1]!);
  if (prefix !== undefined && recipient.prefix !== prefix) {
    throw new RangeError(`expected an address that starts with ${prefix}1 like the others, got ${recipient.text}`);
  }
  const amount = parseCoins(fields[2]!);
  if (amount === 0n) throw new RangeError('expected an amount above 0, got 0');
  const memo = fields[4]?.replaceAll('""', '"') ?? fields[3] ?? '';
  const memoBytes = Buffer.byteLength(memo);
  if (memoBytes > MAX_MEMO_BYTES) {
    throw new RangeError(`expected a memo of at most ${MAX_MEMO_BYTES} bytes, got ${memoBytes}`);
  }
  return { line, recipient, amount, memo };
}

/** Half a minute of signing: a longer file is better sent in parts. */
const MAX_PAYMENTS = 10_000;
