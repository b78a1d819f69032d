import type { ReactNode } from 'react';
import { coinParts } from '../text/coins.js';

export interface AmountProps {
  /** Base units, as the node tells them or as they were computed. */
  readonly baseUnits: string | bigint;
}

/** An amount in coins with its 8 places; zeros at the end stand back. */
export function Amount({ baseUnits }: AmountProps): ReactNode {
  const { significant, zeros } = coinParts(BigInt(baseUnits));
  return (
    <span className="amount" title={`${baseUnits} base units`}>
      {significant}
      <span className="zeros">{zeros}</span>
    </span>
  );
}
