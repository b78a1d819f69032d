import { formatCoins } from '../../src/client/client.js';
import type { Entry } from './statement.js';

/** Entries as a table for spreadsheets (RFC 4180), amounts in coins. */
export function statementCsv(entries: readonly Entry[]): string {
  const rows = entries.map(({ kind, height, at, amount, fee, balance, payment }) => [
    new Date(at).toISOString(),
    `${height}`,
    kind,
    payment?.id ?? '',
    payment?.sender ?? '',
    payment?.recipient ?? '',
    formatCoins(amount),
    formatCoins(fee),
    balance === undefined ? '' : formatCoins(balance),
    noFormula(payment?.memo ?? ''),
  ]);
  return [TITLES, ...rows].map((row) => row.map(field).join(',')).join('\r\n') + '\r\n';
}

/** Text of a stranger: a spreadsheet must not take it for a formula. */
function noFormula(text: string): string {
  return /^[-=+@\t\r\n]/.test(text) ? `'${text}` : text;
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const TITLES = ['time', 'block', 'kind', 'id', 'sender', 'recipient', 'amount', 'fee', 'balance', 'memo'];
