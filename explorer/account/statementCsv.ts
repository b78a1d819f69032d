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
    coins(amount),
    coins(fee),
    balance === undefined ? '' : coins(balance),
    payment?.memo ?? '',
  ]);
  return [TITLES, ...rows].map((row) => row.map(field).join(',')).join('\r\n') + '\r\n';
}

function coins(baseUnits: bigint): string {
  return baseUnits < 0n ? `-${formatCoins(-baseUnits)}` : formatCoins(baseUnits);
}

function field(text: string): string {
  // A memo is a stranger's text: a spreadsheet must not take it for a formula.
  const safe = /^[=+@\t\r]|^-(?![0-9])/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const TITLES = ['time', 'block', 'kind', 'id', 'sender', 'recipient', 'amount', 'fee', 'balance', 'memo'];
