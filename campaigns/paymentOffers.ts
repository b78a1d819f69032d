import { SENDERS } from './paymentPlan.js';
import type { PaymentRecord, Slot, Version } from './paymentRecord.js';
import type { Random } from './random.js';

/** A payment to send. */
export interface Offer extends Version {
  /** The version whose id it names as `replaces`: one that stands, or an earlier one in the same batch. */
  readonly replaces: number | undefined;
}

/**
 * The next request of a sender: new payments, some beyond a gap that stays open for a while, and replacements of standing payments or of
 * earlier ones in the batch. Empty while as many as allowed are pending. `confirmed`: its nonce on the best chain.
 */
export function nextOffers(record: PaymentRecord, random: Random, sender: number, confirmed: number): Offer[] {
  const size = random.below(3) === 0 ? 1 + random.below(8) : 1;
  const leavesGap = random.below(4) === 0;
  const replacing = random.below(3);
  /** The version that stands after the batch so far. */
  const planned = new Map<number, number>();
  const current = (nonce: number) => planned.get(nonce) ?? record.current({ sender, nonce });
  const slots = Array.from({ length: MAX_PENDING }, (_, index) => confirmed + index);
  const offers: Offer[] = [];
  for (let count = 0; count < size; count++) {
    const replaceable = slots.filter((nonce) => (current(nonce) ?? MAX_VERSION) < MAX_VERSION);
    const isReplacement = replaceable.length > 0 && random.below(4) < replacing;
    const nonce = isReplacement ? random.pick(replaceable) : newNonce(slots, current, leavesGap);
    if (nonce === undefined) break;
    const replaces = isReplacement ? current(nonce) : undefined;
    const version = nextVersion(record, { sender, nonce }, planned.get(nonce));
    planned.set(nonce, version);
    offers.push({ sender, nonce, version, replaces });
  }
  const next = slots.find((nonce) => record.current({ sender, nonce }) === undefined) ?? 0;
  const mayShuffle = offers.every(({ replaces, nonce }) => replaces === undefined && nonce - next <= MAX_AHEAD);
  return mayShuffle ? random.shuffled(offers) : offers;
}

/** The first nonce without a payment; with a gap the second, if the node would hold that back. */
function newNonce(
  slots: readonly number[],
  current: (nonce: number) => number | undefined,
  leavesGap: boolean,
): number | undefined {
  const [first, second] = slots.filter((nonce) => current(nonce) === undefined);
  if (!leavesGap || first === undefined || second === undefined) return leavesGap ? undefined : first;
  return second - first <= MAX_AHEAD ? second : undefined;
}

function nextVersion(record: PaymentRecord, slot: Slot, planned: number | undefined): number {
  return planned === undefined ? record.next(slot) : planned + 1;
}

/** Unconfirmed payments of one sender: the mempool takes 64, but a reorganization may put back more. */
const MAX_PENDING = 24;
/** How far a nonce may be ahead of the next one: the node holds back 16 payments of a sender, and 1,024 in all. */
const MAX_AHEAD = Math.min(16, Math.floor(1_024 / SENDERS));
/** Each version pays a tenth more. */
const MAX_VERSION = 15;
