import { Field, Int, ObjectType } from 'type-graphql';
import { MAX_BATCH_TRANSACTIONS, MAX_PAGE_ITEMS } from '../../consensus/protocol.js';
import { type Budget as Spendable, BUDGET_KINDS, type BudgetKind, ratesOf } from '../limits.js';
import type { WorkLimits } from '../requestView.js';
import { BudgetKinds } from './enums.js';

/** What a sender may ask of this node. */

@ObjectType({ description: 'What a user may spend of one kind. It comes back steadily.', simpleResolvers: true })
export class Budget {
  @Field(() => BudgetKinds, { description: 'Of what, and in which unit.' })
  declare readonly kind: Uppercase<BudgetKind>;

  @Field(() => Int, { description: 'Comes back each second.' })
  declare readonly perSecond: number;

  @Field(() => Int, { description: 'The most that there is at once, and the most that can be owed.' })
  declare readonly burst: number;

  @Field(() => Int, {
    nullable: true,
    description:
      'What the sender of this request has left; 0 or below: refused with RATE_LIMITED. Null where nothing is counted: for the operator, for addresses of the machine and, unless proxies are named, of its private network.',
  })
  declare readonly left: number | undefined;
}

@ObjectType({ description: 'What the sender of this request may ask of this node.', simpleResolvers: true })
export class Limits {
  @Field(() => Int, { description: 'Cost of one operation: microseconds of a reference machine, by its price.' })
  declare readonly maxCost: number;

  @Field(() => Int, { description: 'Bytes of one answer; the body of one block always may.' })
  declare readonly maxAnswerBytes: number;

  @Field(() => Int, { description: 'Items of one page of a list.' })
  declare readonly maxPageItems: number;

  @Field(() => Int, { description: 'Transactions in one `addTransactions`.' })
  declare readonly maxBatchTransactions: number;

  @Field(() => [Budget], { description: 'What may be spent in a while, of each kind.' })
  declare readonly budgets: readonly Budget[];
}

/** The limits of who may spend this, and work so much; `undefined`: nothing is counted of it. */
export function limitsOf(budget: Spendable | undefined, { cost, answerBytes }: WorkLimits): Limits {
  const rates = budget?.rates ?? ratesOf(false);
  return {
    maxCost: cost,
    maxAnswerBytes: answerBytes,
    maxPageItems: MAX_PAGE_ITEMS,
    maxBatchTransactions: MAX_BATCH_TRANSACTIONS,
    budgets: BUDGET_KINDS.map((kind) => ({
      kind: kind.toUpperCase() as Uppercase<BudgetKind>,
      ...rates[kind],
      left: budget && Math.floor(budget.left(kind)),
    })),
  };
}
