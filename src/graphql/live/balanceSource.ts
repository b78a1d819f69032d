import type { BalanceView } from '../types/account.js';
import type { RequestView } from '../context.js';
import { balanceOf } from '../resolvers/accounts.js';
import type { Services } from '../services.js';
import type { Source } from './feed.js';

/** The balance of an account now, then whenever a figure of it is another. Only the newest figures are ever told. */
export function balanceSource(
  address: Uint8Array,
  { mempool, activity }: Pick<Services, 'mempool' | 'activity'>,
): Source<BalanceView> {
  let told: string | undefined;
  return {
    listen: (wake) => activity.touched.on(address, wake),
    next: ({ snapshot }: Pick<RequestView, 'snapshot'>) => {
      const balance = balanceOf(snapshot, address);
      const pending = [mempool.outgoing(address), mempool.incoming(address), mempool.nextNonce(address)];
      const figures = [balance.confirmed, balance.nonce, ...pending].join();
      if (figures === told) return undefined;
      told = figures;
      return balance;
    },
  };
}
