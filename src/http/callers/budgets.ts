import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  type Budget,
  BUDGETS,
  BUDGET_KINDS,
  type BudgetKind,
  FAULTS,
  ratesOf,
  REFILL_SECONDS,
  type Shortage,
} from '../../graphql/limits.js';
import { MAX_SPENDERS } from '../../graphql/page.js';
import type { Spender } from '../../graphql/services.js';
import { ENVELOPE_HEADER } from '../../peers/client/envelope.js';
import { BoundedMap } from '../../util/boundedSet.js';
import { TokenBuckets } from '../../util/tokenBuckets.js';
import type { Authorize } from '../adminToken.js';
import { limitOf } from '../body.js';
import { addressKey, type Callers } from './callers.js';
import { refuse } from '../refusal.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of who sent it; undefined for those whom nothing is counted of. */
    budget: Budget | undefined;
  }
}

/** Users that are remembered: beyond it, the one that was silent longest has all its tokens again. */
const MAX_USERS = 16_384;

export interface BudgetsModules {
  readonly clock: { elapsed(): number };
  /** Counts what is spent and what is refused. */
  readonly metrics: BudgetMetrics;
  /** Hears of what is spent here, where the node has other processes. */
  readonly tell?: ((spending: Spending) => void) | undefined;
}

export interface BudgetMetrics {
  spent(kind: BudgetKind, amount: number): void;
  limited(kind: BudgetKind): void;
}

/** What a user spent of one budget. */
export interface Spending {
  /** As Budgets names the user. */
  readonly user: string;
  readonly isPeer: boolean;
  readonly kind: BudgetKind;
  readonly amount: number;
}

/** What each user may still spend: a peer by its proven identity, everybody else by address. */
export class Budgets {
  readonly #callers: Callers;
  readonly #modules: BudgetsModules;
  readonly #users = new BoundedMap<string, UserBudget>(MAX_USERS);

  constructor(callers: Callers, modules: BudgetsModules) {
    this.#callers = callers;
    this.#modules = modules;
  }

  /** Of an address; undefined where it stands for many. */
  ofAddress(address: string): Budget | undefined {
    return this.#callers.mayStandForMany(address) ? undefined : this.#of(addressKey(address), false);
  }

  /** Of what is not known yet to be a peer's: its envelopes are counted apart, so that no client beside it keeps it out. */
  ofEnvelopes(address: string): Budget | undefined {
    return this.#callers.mayStandForMany(address) ? undefined : this.#of(`envelopes of ${addressKey(address)}`, false);
  }

  /** Of a request, whose identity is known. */
  ofRequest({ identity, isPeer, caller }: FastifyRequest): Budget | undefined {
    if (!isPeer) return this.ofAddress(caller);
    return this.#callers.mayStandForMany(caller) ? undefined : this.#of(`peer ${identity}`, true);
  }

  /** The budgets of which something is spent, or which were refused for: the least share left first, then the most refusals. */
  spenders(): Spender[] {
    let found: Spender[] = [];
    for (const budget of this.#users.values()) {
      found.push(...budget.spent());
      // Of all users, there may be a hundred thousand.
      if (found.length > SORTED_AT_ONCE) found = mostSpent(found);
    }
    return mostSpent(found);
  }

  /** Takes what a user spent in another process of this node. */
  charge({ user, isPeer, kind, amount }: Spending): void {
    this.#of(user, isPeer).charge(kind, amount);
  }

  #of(user: string, isPeer: boolean): UserBudget {
    const known = this.#users.get(user) ?? new UserBudget({ user, isPeer }, this.#modules);
    // Set again, it is the newest.
    this.#users.set(user, known);
    return known;
  }
}

/** Rows that are put in order together. */
const SORTED_AT_ONCE = 512;

function mostSpent(rows: readonly Spender[]): Spender[] {
  const ordered = rows.toSorted((a, b) => a.left / a.burst - b.left / b.burst || b.refused - a.refused);
  return ordered.slice(0, MAX_SPENDERS);
}

class UserBudget implements Budget {
  readonly rates: Budget['rates'];
  readonly #user: string;
  readonly #isPeer: boolean;
  readonly #tokens: TokenBuckets<BudgetKind>;
  readonly #metrics: BudgetMetrics;
  readonly #tell: BudgetsModules['tell'];
  readonly #clock: BudgetsModules['clock'];
  readonly #refused = new Map<BudgetKind, number>();
  #spentAt = -Infinity;

  constructor({ user, isPeer }: Pick<Spending, 'user' | 'isPeer'>, { clock, metrics, tell }: BudgetsModules) {
    this.rates = ratesOf(isPeer);
    this.#user = user;
    this.#isPeer = isPeer;
    this.#tell = tell;
    this.#tokens = new TokenBuckets(this.rates, clock);
    this.#metrics = metrics;
    this.#clock = clock;
  }

  left(kind: BudgetKind): number {
    return this.#tokens.left(kind);
  }

  spend(kind: BudgetKind, amount: number): void {
    this.charge(kind, amount);
    this.#metrics.spent(kind, amount);
    this.#tell?.({ user: this.#user, isPeer: this.#isPeer, kind, amount });
  }

  charge(kind: BudgetKind, amount: number): void {
    this.#tokens.spend(kind, amount);
    this.#spentAt = this.#clock.elapsed();
  }

  shortage(): Shortage | undefined {
    const kind = this.#tokens.empty();
    if (kind === undefined) return undefined;
    this.#metrics.limited(kind);
    this.#refused.set(kind, (this.#refused.get(kind) ?? 0) + 1);
    // Some may have come back since it was refused.
    const retryAfter = Math.max(1, this.#tokens.secondsUntil(kind));
    const most = `${this.rates[kind].perSecond} ${BUDGETS[kind].unit} a second`;
    return { kind, retryAfter, message: `expected at most ${most} of ${this.#user}, got more: try in ${retryAfter} s` };
  }

  /** Of each kind that is not as it was at first. */
  spent(): Spender[] {
    if (this.#refused.size === 0 && this.#clock.elapsed() - this.#spentAt > REFILL_SECONDS * 1_000) return [];
    const kinds = BUDGET_KINDS.filter((kind) => this.#refused.has(kind) || this.left(kind) < this.rates[kind].burst);
    return kinds.map((kind) => ({
      user: this.#user,
      kind,
      left: this.left(kind),
      burst: this.rates[kind].burst,
      refused: this.#refused.get(kind) ?? 0,
    }));
  }
}

/**
 * Refuses requests of who has spent a budget, with RATE_LIMITED, before their bodies are read; counts the others, and what is found out
 * about them later. Who goes on all the same until it owes a whole burst of requests, loses the connection each time. The admin token
 * opens the way for its owner, from wherever. To be called before and after identities are proven: returns the second part.
 */
export function meterRequests(app: FastifyInstance, budgets: Budgets, authorize: Authorize): () => void {
  const admit = (
    request: FastifyRequest,
    reply: FastifyReply,
    budget: Budget | undefined,
  ): FastifyReply | undefined => {
    const shortage = budget?.shortage();
    if (!budget || (shortage && authorize(request.headers.authorization))) return undefined;
    request.budget = budget;
    budget.spend('requests', 1);
    if (shortage) return refuseNow(reply, shortage, budget);
    // Of a body that is too long, nothing is read.
    budget.spend('bytes', Math.min(Number(request.headers['content-length'] ?? 0) || 0, limitOf(request).bytes));
    return undefined;
  };
  app.decorateRequest('budget', undefined);
  app.addHook('onRequest', (request, reply, done) => {
    if (!isSealed(request)) {
      const refused = admit(request, reply, budgets.ofAddress(request.caller));
      if (!refused) done();
      return refused;
    }
    const budget = budgets.ofEnvelopes(request.caller);
    const shortage = budget?.shortage();
    if (budget && shortage) return refuseNow(reply, shortage, budget);
    request.budget = budget;
    budget?.spend('signatures', 1);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { budget } = request;
    if (budget) {
      budget.spend('bytes', Number(reply.raw.getHeader('content-length') ?? 0) || 0);
      if (reply.statusCode === UNPROVEN) budget.spend('faults', FAULTS.signature);
      else if (FAULTY.has(reply.statusCode)) budget.spend('faults', FAULTS.request);
    }
    done();
  });
  return () => {
    app.addHook('onRequest', (request, reply, done) => {
      const refused = isSealed(request) ? admit(request, reply, budgets.ofRequest(request)) : undefined;
      if (!refused) done();
      return refused;
    });
  };
}

function refuseNow(reply: FastifyReply, { retryAfter, message }: Shortage, budget: Budget): FastifyReply {
  void reply.header('retry-after', `${retryAfter}`);
  if (budget.left('requests') <= -budget.rates.requests.burst) void reply.header('connection', 'close');
  return refuse(reply, 'RATE_LIMITED', message);
}

function isSealed({ headers, method }: FastifyRequest): boolean {
  return method === 'POST' && headers[ENVELOPE_HEADER] !== undefined;
}

const UNPROVEN = 401;
/** Statuses of requests that are refused for what they are. */
const FAULTY: ReadonlySet<number> = new Set([400, 413, 415, 431]);
