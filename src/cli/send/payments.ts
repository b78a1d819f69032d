import { formatCoins } from '../../consensus/coins.js';
import { Failure } from '../failure.js';
import { parseAddress, parseMemo, parsePaid, type ParsedAddress } from '../options.js';
import { DEFAULT_POLICY } from '../../mempool/policy.js';
import { toHex } from '../../crypto/bytes.js';

/** Half a minute of signing: a longer file is better sent in parts. */
const MAX_PAYMENTS = 10_000;
/** As many payments of one sender as a node holds. */
export const MAX_PENDING = DEFAULT_POLICY.maxPerSender;
/** Lines that a message lists. */
const MAX_LISTED_FAULTS = 20;
const MAX_LISTED_DUPLICATES = 10;

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
  const listed = wrong.slice(0, MAX_LISTED_FAULTS);
  const others = wrong.length > MAX_LISTED_FAULTS ? [`and ${wrong.length - MAX_LISTED_FAULTS} more`] : [];
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
  return parsePaid(text.trim());
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

/** One field of a line: an unquoted one without the blanks around it. */
export interface CsvField {
  readonly text: string;
  readonly quoted: boolean;
}

/** One record of a CSV file: its fields, or why it has none. */
export interface CsvRecord {
  /** Line number where it begins, from 1. */
  readonly line: number;
  readonly fields: readonly CsvField[];
  readonly fault?: string;
}

/**
 * Records of a CSV file (RFC 4180) as spreadsheets, PowerShell and R write it: fields in quotes or not, lines that end with CRLF, LF or CR.
 * After a malformed record it goes on in the next line, so that one fault hides no other.
 */
export function parseCsv(text: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  for (let position = 0, line = 1; position < text.length;) {
    const { record, end } = readRecord(text, position, line);
    records.push(record);
    line += text.slice(position, end).match(/\r\n|\r|\n/g)?.length ?? 0;
    position = end;
  }
  return records;
}

function readRecord(text: string, start: number, line: number): { readonly record: CsvRecord; readonly end: number } {
  const fields: CsvField[] = [];
  for (let position = start; ;) {
    FIELD.lastIndex = position;
    const [all, quoted, plain = ''] = FIELD.exec(text)!;
    const end = position + all.length;
    LINE_END.lastIndex = end;
    const lineEnd = LINE_END.exec(text)?.[0];
    fields.push(
      quoted === undefined
        ? { text: plain.trim(), quoted: false }
        : { text: quoted.replaceAll('""', '"'), quoted: true },
    );
    if (plain.includes('"') || (text[end] !== ',' && lineEnd === undefined)) {
      REST.lastIndex = start;
      const [rest] = REST.exec(text)!;
      const fault = `expected a field with quotes to be in quotes and its quotes doubled, got ${shown(rest.trim())}`;
      return { record: { line, fields: [], fault }, end: start + rest.length };
    }
    if (lineEnd !== undefined) return { record: { line, fields }, end: end + lineEnd.length };
    position = end + 1;
  }
}

/** A text of a file as a message shows it. */
export function shown(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}

/** In quotes, with blanks around them, or up to a comma or the end of the line. */
const FIELD = /[ \t]*"((?:[^"]|"")*)"[ \t]*(?=[,\r\n]|$)|([^,\r\n]*)/y;
const LINE_END = /\r\n|\r|\n|$/y;
/** A line with its end. */
const REST = /[^\r\n]*(?:\r\n|\r|\n|$)/y;
const MAX_SHOWN = 120;

/** A journal of the same folder that holds lines of this file: they may have been paid. */
export interface Elsewhere {
  readonly journal: string;
  /** How many lines of this file it holds. */
  readonly lines: number;
}

/** What a batch is going to do, before anything is signed. Amounts in base units. */
export interface BatchPreview {
  readonly path: string;
  readonly count: number;
  readonly total: bigint;
  readonly largest: Payment;
  readonly fee: bigint;
  readonly fees: bigint;
  readonly available: bigint;
  /** Lines that pay the same amount to the same account with the same memo as an earlier one. */
  readonly duplicates: readonly { readonly line: number; readonly sameAs: number }[];
  readonly elsewhere: readonly Elsewhere[];
}

/** A payment's terms as a text: two with the same one pay the same. `recipient` is a public key. */
export function termsOf(recipient: Uint8Array, amount: bigint, memo: string): string {
  return `${toHex(recipient)} ${amount} ${memo}`;
}

export function previewOf(
  payments: readonly Payment[],
  { path, fee, available, elsewhere }: Pick<BatchPreview, 'path' | 'fee' | 'available' | 'elsewhere'>,
): BatchPreview {
  const first = new Map<string, number>();
  const duplicates: BatchPreview['duplicates'][number][] = [];
  for (const payment of payments) {
    const terms = termsOf(payment.recipient.publicKey, payment.amount, payment.memo);
    const sameAs = first.get(terms);
    if (sameAs === undefined) first.set(terms, payment.line);
    else duplicates.push({ line: payment.line, sameAs });
  }
  return {
    path,
    count: payments.length,
    total: payments.reduce((sum, { amount }) => sum + amount, 0n),
    largest: payments.reduce((most, payment) => (payment.amount > most.amount ? payment : most)),
    fee,
    fees: fee * BigInt(payments.length),
    available,
    duplicates,
    elsewhere,
  };
}

/** The preview for people. */
export function previewLines(preview: BatchPreview): string[] {
  const { path, count, total, largest, fee, fees, available, duplicates, elsewhere } = preview;
  const shown = duplicates.slice(0, MAX_LISTED_DUPLICATES).map(({ line, sameAs }) => `line ${line} as line ${sameAs}`);
  const more =
    duplicates.length > MAX_LISTED_DUPLICATES ? ` and ${duplicates.length - MAX_LISTED_DUPLICATES} more` : '';
  return [
    `file      ${path}: ${count} payments`,
    `total     ${formatCoins(total)} coins, fees ${formatCoins(fees)} (${formatCoins(fee)} each)`,
    `largest   ${formatCoins(largest.amount)} coins to ${largest.recipient.text}, line ${largest.line}`,
    `left      ${formatCoins(available - total - fees)} of ${formatCoins(available)} coins available`,
    `takes     at least ${blocksFor(count)} ${blocksFor(count) === 1 ? 'block' : 'blocks'}: ${MAX_PENDING} payments of one account are pending at a time`,
    ...(duplicates.length === 0 ? [] : [`the same  ${shown.join(', ')}${more}`]),
    ...elsewhere.map(
      ({ journal, lines }) => `warning   ${lines} of ${count} lines are in ${journal} too: were they paid?`,
    ),
  ];
}

/** The preview for programs. */
export function previewValue(preview: BatchPreview): Record<string, unknown> {
  const { path, count, total, largest, fee, fees, available, duplicates, elsewhere } = preview;
  return {
    file: path,
    payments: count,
    total: `${total}`,
    fee: `${fee}`,
    fees: `${fees}`,
    largest: { line: largest.line, amount: `${largest.amount}` },
    available: `${available}`,
    left: `${available - total - fees}`,
    blocks: blocksFor(count),
    duplicates,
    elsewhere,
  };
}

function blocksFor(count: number): number {
  return Math.ceil(count / MAX_PENDING);
}
