import { GraphQLError } from 'graphql';
import type { Rejection } from '../consensus/rejection.js';
import { provenBy } from '../peers/standing.js';
import type { Rate } from '../util/tokenBuckets.js';
import { ERROR_CODES } from './errors.js';

/** Seconds of a budget that may be spent at once, or be owed. */
const BURST_SECONDS = 5;
/** After which nothing is missing of a budget that nobody spends, however much was owed. */
export const REFILL_SECONDS = 2 * BURST_SECONDS;
/** How much more a peer of this node may, by its proven identity, than a user of a public address. */
const PEER_FACTOR = 10;

/** What each user may spend in a second, and in what it is counted: the one table of budgets. */
export const BUDGETS = {
  requests: { perSecond: 500, unit: 'requests' },
  cost: { perSecond: 750_000, unit: 'µs of work, by the price of operations' },
  bytes: { perSecond: 16 * 1024 * 1024, unit: 'bytes of bodies and answers' },
  signatures: { perSecond: 1_500, unit: 'signatures to be checked' },
  connections: { perSecond: 50, unit: 'new connections' },
  faults: { perSecond: 10, unit: 'points for faults' },
} as const satisfies Readonly<Record<string, { readonly perSecond: number; readonly unit: string }>>;

export type BudgetKind = keyof typeof BUDGETS;
export const BUDGET_KINDS = Object.keys(BUDGETS) as readonly BudgetKind[];

/** What a fault costs: those that are proven, or dear to find, more. */
export const FAULTS = {
  /** A request that is refused for what it is: its form, its size, its document. */
  request: 1,
  /** A signature that does not hold, of a transaction or an envelope; a malformed transaction. */
  signature: 5,
  /** A block that breaks a rule by its own bytes, above all its proof of work. */
  block: 10,
} as const;

/** The budget of a user, or of a peer. */
export function ratesOf(isPeer: boolean): Readonly<Record<BudgetKind, Rate>> {
  const rates = BUDGET_KINDS.map((kind): [BudgetKind, Rate] => {
    const perSecond = BUDGETS[kind].perSecond * (isPeer ? PEER_FACTOR : 1);
    return [kind, { perSecond, burst: perSecond * BURST_SECONDS }];
  });
  return Object.fromEntries(rates) as Record<BudgetKind, Rate>;
}

/** What the sender of a request may still spend. */
export interface Budget {
  readonly rates: Readonly<Record<BudgetKind, Rate>>;
  /** Below 0 a debt. */
  left(kind: BudgetKind): number;
  spend(kind: BudgetKind, amount: number): void;
  /** Why nothing more is done for it now; undefined if something is left of all. */
  shortage(): Shortage | undefined;
}

/** What an event costs: one that its subscriber cannot pay is put off. */
const EVENT_KINDS = ['cost', 'bytes'] as const satisfies readonly BudgetKind[];

/** Milliseconds until something is left for an event; 0 if something is left now. */
export function putOffMs(budget: Pick<Budget, 'left' | 'rates'>): number {
  const pauses = EVENT_KINDS.map((kind) => {
    const left = budget.left(kind);
    return left > 0 ? 0 : Math.ceil((-left / budget.rates[kind].perSecond) * 1_000) + 1;
  });
  return Math.max(...pauses);
}

/** A budget is spent. */
export interface Shortage {
  readonly kind: BudgetKind;
  readonly message: string;
  /** Whole seconds. */
  readonly retryAfter: number;
}

/** Charges what a sender is to blame for of what it sent: faults that the bytes prove, whatever this node knows. */
export function chargeFaults(
  budget: Budget | undefined,
  content: 'block' | 'transaction',
  outcomes: readonly (object | Rejection | undefined)[],
): void {
  const faults = outcomes.filter((outcome) => outcome && 'code' in outcome && provenBy(content, outcome)).length;
  if (faults > 0) budget?.spend('faults', faults * (content === 'block' ? FAULTS.block : FAULTS.signature));
}

/** The error of an operation whose sender has spent a budget. */
export function rateLimited({ message, retryAfter }: Shortage): GraphQLError {
  const { status } = ERROR_CODES.RATE_LIMITED;
  // Not Apollo's class: the ledger process of a node with API workers has no use for the rest of Apollo.
  const headers = new Map([['retry-after', `${retryAfter}`]]);
  return new GraphQLError(message, { extensions: { code: 'RATE_LIMITED', retryAfter, http: { status, headers } } });
}
