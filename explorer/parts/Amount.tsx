import type { ReactNode } from 'react';
import { COIN } from '../../src/client/client.js';
import { groupedCoins } from '../text/coins.js';

export interface AmountProps {
  /** Base units, as the node tells them or as they were computed. */
  readonly baseUnits: string | bigint;
  /** Left out in a column whose title says it. */
  readonly unit?: boolean;
}

/** An amount in coins, exactly. */
export function Amount({ baseUnits, unit = true }: AmountProps): ReactNode {
  const amount = BigInt(baseUnits);
  return (
    <span className="amount" title={`${amount} base units`}>
      {groupedCoins(amount)}
      {unit && ` ${amount === COIN ? 'coin' : 'coins'}`}
    </span>
  );
}
