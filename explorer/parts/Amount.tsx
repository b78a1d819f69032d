import type { ReactNode } from 'react';
import { COIN } from '../../src/client/client.js';
import { groupedCoins } from '../text/coins.js';

export interface AmountProps {
  /** Base units: the node's text or a computed number. */
  readonly baseUnits: string | bigint;
  /** False in a column whose title names the unit. */
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
