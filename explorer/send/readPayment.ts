import { decodeAddress, parseCoins } from '../../src/client/client.js';
import type { Payment } from './outbox.js';

export type PaymentField = 'recipient' | 'amount' | 'fee' | 'memo';

/** A payment as it is typed. */
export type PaymentText = Readonly<Record<PaymentField, string>>;

/** A payment, or what is wrong with each field. */
export type ReadPayment =
  | { readonly payment: Payment; readonly troubles?: undefined }
  | { readonly payment?: undefined; readonly troubles: Partial<Record<PaymentField, string>> };

/** Reads what was typed: amounts in coins, exactly. */
export function readPayment(text: PaymentText & { readonly sender: string }): ReadPayment {
  const { sender, memo } = text;
  const troubles: Partial<Record<PaymentField, string>> = {};
  const attempt = <Value>(field: PaymentField, read: () => Value): Value | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      troubles[field] = error.message;
      return undefined;
    }
  };
  const recipient = text.recipient.trim();
  attempt('recipient', () => decodeAddress(sender.slice(0, sender.lastIndexOf('1')), recipient));
  const amount = attempt('amount', () => parseCoins(text.amount.trim()));
  const fee = attempt('fee', () => parseCoins(text.fee.trim() || '0'));
  if (amount === 0n) troubles.amount = 'expected more than nothing';
  const memoBytes = new TextEncoder().encode(memo).length;
  if (memoBytes > 64) troubles.memo = `expected at most 64 bytes, got ${memoBytes}`;
  if (amount === undefined || fee === undefined || Object.keys(troubles).length > 0) return { troubles };
  return { payment: { sender, recipient, amount, fee, memo } };
}
