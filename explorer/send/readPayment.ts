import { formatCoins, parseCoins } from '../../src/client/client.js';
import { MAX_MEMO_BYTES } from '../../src/consensus/transaction.js';
import { prefixOf } from '../../src/crypto/address.js';
import { readAddress } from '../text/addresses.js';
import type { Payment } from './outbox.js';

export type PaymentField = 'recipient' | 'amount' | 'fee' | 'memo';

/** A payment as typed. */
export type PaymentText = Readonly<Record<PaymentField, string>>;

/** A payment, or the error of each wrong field. */
export type ReadPayment =
  | { readonly payment: Payment; readonly troubles?: undefined }
  | { readonly payment?: undefined; readonly troubles: Partial<Record<PaymentField, string>> };

export interface Payer {
  /** Address. */
  readonly sender: string;
  /** Amount that it can spend now, base units. */
  readonly available: bigint;
}

/** Reads a typed payment, amounts in coins, exactly. Refuses an amount that the payer cannot pay, before it is signed. */
export function readPayment(text: PaymentText, { sender, available }: Payer): ReadPayment {
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
  const prefix = prefixOf(sender);
  const recipient = attempt('recipient', () => readAddress(prefix, text.recipient));
  if (recipient === sender) troubles.recipient = 'expected another account, got the address of this key';
  const amount = attempt('amount', () => parseCoins(text.amount.trim()));
  const fee = attempt('fee', () => parseCoins(text.fee.trim() || '0'));
  if (amount === 0n) troubles.amount = 'expected more than nothing';
  const { memo } = text;
  const memoBytes = new TextEncoder().encode(memo).length;
  if (memoBytes > MAX_MEMO_BYTES) troubles.memo = `expected at most ${MAX_MEMO_BYTES} bytes, got ${memoBytes}`;
  if (amount !== undefined && fee !== undefined && amount + fee > available) {
    const most = available > fee ? available - fee : 0n;
    const withFee = fee > 0n ? ' with this fee' : '';
    troubles.amount ??= `expected at most ${formatCoins(most)} coins${withFee}: ${formatCoins(available)} are available`;
  }
  if (recipient === undefined || amount === undefined || fee === undefined || Object.keys(troubles).length > 0) {
    return { troubles };
  }
  return { payment: { sender, recipient, amount, fee, memo } };
}
