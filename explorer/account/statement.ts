import type { TransferFragment } from '../../src/client/client.js';

/** A confirmed transfer from or to an account. */
export interface Payment extends TransferFragment {
  readonly height: number;
  /** Time of its block, milliseconds since 1970. */
  readonly at: number;
}

/** What an account was paid for a block. */
export interface Reward {
  readonly hash: string;
  readonly height: number;
  readonly at: number;
  /** Base units. */
  readonly amount: bigint;
}

/** One line of a statement. */
export interface Entry {
  /** Names it in lists. */
  readonly key: string;
  readonly kind: 'sent' | 'received' | 'reward';
  readonly height: number;
  readonly at: number;
  /** Base units, without the fee; negative for what was sent. */
  readonly amount: bigint;
  /** Base units: what the account paid besides. */
  readonly fee: bigint;
  /** Base units, after it; undefined where something before it is not known. */
  readonly balance: bigint | undefined;
  /** Undefined for a reward. */
  readonly payment: Payment | undefined;
}

/** A balance after a block. */
export interface BalancePoint {
  readonly height: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Base units. */
  readonly balance: bigint;
}

/** What happened to an account. */
export interface Statement {
  /** Newest first. */
  readonly entries: readonly Entry[];
  /** Its balance after each block that changed it, oldest first. */
  readonly points: readonly BalancePoint[];
  /** Height above which every change is known; 0 if all of them are. */
  readonly from: number;
  /** Transactions of the account, also those that are left out. */
  readonly total: number;
}

export interface StatementParts {
  readonly address: string;
  /** At the tip, base units. */
  readonly balance: bigint;
  /** Newest first. */
  readonly payments: readonly Payment[];
  readonly total: number;
  /** Oldest first. */
  readonly rewards: readonly Reward[];
  /** Of the blocks that were looked at, oldest first. */
  readonly headers: readonly { readonly height: number; readonly timestamp: string }[];
  readonly from: number;
}

/** Walks back from the balance at the tip over everything that changed it. */
export function statement({ address, balance, payments, total, rewards, headers, from }: StatementParts): Statement {
  const changes = [
    // A block pays its miner last.
    ...rewards.toReversed().map((reward) => ofReward(reward)),
    ...payments.map((payment) => ofPayment(payment, address)),
  ].sort((one, other) => other.height - one.height);
  const entries: Entry[] = [];
  const points: BalancePoint[] = [];
  let running = balance;
  const tip = headers.at(-1);
  if (tip) points.push({ height: tip.height, at: Date.parse(tip.timestamp), balance });
  for (const change of changes) {
    const isKnown = change.height > from;
    entries.push({ ...change, balance: isKnown ? running : undefined });
    if (!isKnown) continue;
    if (points.at(-1)?.height !== change.height) {
      points.push({ height: change.height, at: change.at, balance: running });
    }
    running -= change.amount - change.fee;
  }
  const first = headers.find(({ height }) => height > from);
  // Just before: the time of genesis is only agreed on.
  if (first) points.push({ height: from, at: Date.parse(first.timestamp) - 1, balance: running });
  return { entries, points: points.reverse(), from, total };
}

function ofReward({ hash, height, at, amount }: Reward): Omit<Entry, 'balance'> {
  return { key: hash, kind: 'reward', height, at, amount, fee: 0n, payment: undefined };
}

function ofPayment(payment: Payment, address: string): Omit<Entry, 'balance'> {
  const { id, height, at, sender, recipient } = payment;
  const amount = BigInt(payment.amount);
  if (sender !== address) return { key: id, kind: 'received', height, at, amount, fee: 0n, payment };
  // To itself: nothing but the fee.
  const paid = recipient === address ? 0n : -amount;
  return { key: id, kind: 'sent', height, at, amount: paid, fee: BigInt(payment.fee), payment };
}
