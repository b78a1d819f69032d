import { parseCoins } from '../client/coins.js';
import { parseCsv, shown, type CsvField, type CsvRecord } from './csv.js';
import { Failure } from './failure.js';
import { parseAddress, parseMemo, type ParsedAddress } from './options.js';

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
 * Payments of a CSV file: `address,amount[,memo]` on each line, amounts in coins. A first line that names the columns and empty lines are
 * skipped. Throws Failure with every malformed line, expected and got.
 */
export function parsePayments(text: string, path: string): Payment[] {
  const records = parseCsv(text).filter((record) => !isEmpty(record));
  if (records[0] && isHeader(records[0])) records.shift();
  if (records.length === 0) throw new Failure(`${path}: expected 1 to ${MAX_PAYMENTS} payments, got 0`, 2);
  if (records.length > MAX_PAYMENTS) {
    const got = `got ${records.length}: split the file`;
    throw new Failure(`${path}: expected 1 to ${MAX_PAYMENTS} payments, ${got}`, 2);
  }
  const payments: Payment[] = [];
  const wrong: string[] = [];
  for (const record of records) {
    try {
      payments.push(parsePayment(record, payments[0]?.recipient.prefix));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      wrong.push(`line ${record.line}: ${error.message}`);
    }
  }
  if (wrong.length === 0) return payments;
  if (wrong.length === 1) throw new Failure(`${path}: ${wrong[0]}; nothing was sent`, 2);
  const listed = wrong.slice(0, MAX_LISTED);
  const others = wrong.length > MAX_LISTED ? [`and ${wrong.length - MAX_LISTED} more`] : [];
  const lines = [...listed, ...others].map((one) => `\n  ${one}`).join('');
  throw new Failure(`${path}: ${wrong.length} lines are malformed; nothing was sent${lines}`, 2);
}

function isEmpty({ fields, fault }: CsvRecord): boolean {
  return fault === undefined && fields.every(({ text }) => text === '');
}

function isHeader({ fields }: CsvRecord): boolean {
  return /^address,amount(,memo)?,*$/.test(fields.map(({ text }) => text.trim().toLowerCase()).join(','));
}

function parsePayment({ line, fields, fault }: CsvRecord, prefix: string | undefined): Payment {
  if (fault !== undefined) throw new RangeError(fault);
  const [address, amount, memo, ...more] = fields;
  if (address && /[;\t]/.test(address.text)) {
    throw new RangeError(
      `expected address,amount[,memo] with commas between them, got ${/;/.test(address.text) ? 'semicolons' : 'tabs'}: save the file with commas`,
    );
  }
  if (!address || !amount) throw new RangeError(`expected address,amount[,memo], got ${wholeLine(fields)}`);
  // Spreadsheets fill lines up with empty fields.
  if (more.some(({ text }) => text !== '')) {
    throw new RangeError(
      `expected address,amount[,memo], got ${fields.length} fields: an amount has a point, such as 12.50, and a memo with a comma is in quotes`,
    );
  }
  const recipient = parseAddress(address.text.trim());
  if (prefix !== undefined && recipient.prefix !== prefix) {
    throw new RangeError(`expected an address that starts with ${prefix}1 like the others, got ${recipient.text}`);
  }
  return { line, recipient, amount: parseAmount(amount), memo: parseMemoField(memo, amount) };
}

function parseAmount({ text }: CsvField): bigint {
  if (text.includes(',')) {
    throw new RangeError(
      `expected coins with a point and without separators of thousands, such as 1250.50, got ${shown(text)}`,
    );
  }
  const amount = parseCoins(text.trim());
  if (amount === 0n) throw new RangeError('expected an amount above 0, got 0');
  return amount;
}

function parseMemoField(memo: CsvField | undefined, amount: CsvField): string {
  if (!memo) return '';
  const { text, quoted } = memo;
  // Half of the world writes 12,50: without quotes that is 12 and a memo, and the money is gone.
  if (!quoted && /^[0-9]+$/.test(text)) {
    throw new RangeError(
      `expected no memo of digits only without quotes, got ${text}: write the amount as ${amount.text}.${text} if it is one, the memo in quotes or with a word if it is one`,
    );
  }
  if (/[\r\n]/.test(text)) throw new RangeError(`expected a memo in one line, got ${shown(text)}`);
  return parseMemo(text);
}

function wholeLine(fields: readonly CsvField[]): string {
  return shown(fields.map(({ text }) => text).join(','));
}

/** Half a minute of signing: a longer file is better sent in parts. */
const MAX_PAYMENTS = 10_000;
const MAX_LISTED = 20;
