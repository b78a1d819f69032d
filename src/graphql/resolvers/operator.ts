import { Arg, Authorized, Ctx, Int, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.js';
import { MAX_PAGE_ITEMS } from '../../consensus/protocol.js';
import type { Scope } from '../access.js';
import type * as services from '../services.js';
import { LogLine, Spender, spenderOf, Vitals } from '../types/operator.js';

/** What only the operator sees. */
@Resolver()
export class OperatorResolver {
  @Authorized<Scope>('read-private')
  @Query(() => Vitals, { description: 'Admin, with the scope `read-private`. How this node is at present.' })
  vitals(@Ctx() { services: { operator } }: Context): services.Vitals | Promise<services.Vitals> {
    return operator.vitals();
  }

  @Authorized<Scope>('read-private')
  @Query(() => [LogLine], {
    description: 'Admin, with the scope `read-private`. The last lines of the log, the oldest first.',
  })
  log(
    @Ctx() { services: { operator } }: Context,
    @Arg('last', () => Int, { defaultValue: MAX_PAGE_ITEMS, description: 'How many, 1 to 500.' }) last: number,
  ): readonly services.LogLine[] | Promise<readonly services.LogLine[]> {
    return operator.log(last);
  }

  @Authorized<Scope>('read-private')
  @Query(() => [Spender], {
    description:
      'Admin, with the scope `read-private`. Who spent most of its budgets, or was refused: at most 20, by user and kind, the least share left first.',
  })
  async spenders(@Ctx() { services: { operator } }: Context): Promise<readonly Spender[]> {
    return (await operator.spenders()).map(spenderOf);
  }
}
