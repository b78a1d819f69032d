import type { TransferFragment } from '../../src/client/client.js';

/** A confirmed transfer from or to an account. */
export interface Payment extends TransferFragment {
  readonly height: number;
  /** Time of its block, milliseconds since 1970. */
  readonly at: number;
}

/** The reward of an account for a block. */
export interface Reward {
  readonly hash: string;
  readonly height: number;
  readonly at: number;
  /** Base units. */
  readonly amount: bigint;
}

/** One line of a statement. */
export interface Entry {
  /** React key in lists. */
  readonly key: string;
  readonly kind: 'sent' | 'received' | 'reward';
  readonly height: number;
  readonly at: number;
  /** Base units, without the fee; negative for a sent transfer. */
  readonly amount: bigint;
  /** The fee that the account paid, base units. */
  readonly fee: bigint;
  /** Balance after it, base units; undefined if an earlier change is unknown. */
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

/** The history of an account. */
export interface Statement {
  /** Newest first. */
  readonly entries: readonly Entry[];
  /** Its balance after each block that changed it, oldest first. */
  readonly points: readonly BalancePoint[];
  /** Every change above this height is known; 0 if all are known. */
  readonly from: number;
  /** Number of transactions of the account, with those that are left out. */
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
  /** Of the searched blocks, oldest first. */
  readonly headers: readonly { readonly height: number; readonly timestamp: string }[];
  readonly from: number;
}

/** Walks back from the balance at the tip over every change. */
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
  // Just before it: the time of genesis is a parameter of the network, not a time when something happened.
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
  // A transfer to itself costs only the fee.
  const paid = recipient === address ? 0n : -amount;
  return { key: id, kind: 'sent', height, at, amount: paid, fee: BigInt(payment.fee), payment };
}
