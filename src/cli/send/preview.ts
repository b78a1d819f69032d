import { formatCoins } from '../../client/coins.js';
import { toHex } from '../../crypto/bytes.js';
import { MAX_PENDING } from './delivery.js';
import type { Payment } from './payments.js';

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
  const shown = duplicates.slice(0, MAX_LISTED).map(({ line, sameAs }) => `line ${line} as line ${sameAs}`);
  const more = duplicates.length > MAX_LISTED ? ` and ${duplicates.length - MAX_LISTED} more` : '';
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

const MAX_LISTED = 10;
