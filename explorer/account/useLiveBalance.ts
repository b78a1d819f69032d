import { useState } from 'react';
import { BalanceChangedDocument, type BalanceChangedSubscription } from '../../src/client/client.js';
import { useSubscription } from '../node/useSubscription.js';

export type LiveBalance = BalanceChangedSubscription['balanceChanged'];

/** What an account has, told with each change; undefined until it is known. */
export function useLiveBalance(address: string): LiveBalance | undefined {
  const [told, setTold] = useState<{ readonly address: string; readonly balance: LiveBalance }>();
  useSubscription(BalanceChangedDocument, { address }, ({ balanceChanged }) =>
    setTold({ address, balance: balanceChanged }),
  );
  return told?.address === address ? told.balance : undefined;
}
