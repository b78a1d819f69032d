import { useState } from 'react';
import { AccountDocument } from '../../src/client/client.js';
import { BalanceChangedDocument, type BalanceChangedSubscription } from '../node/operations.js';
import { useAnswer, type Answered } from '../node/useAnswer.js';
import { useTip } from '../node/useChain.js';
import { useSubscription } from '../node/useSubscription.js';

type Balance = Omit<BalanceChangedSubscription['balanceChanged'], 'asOf'>;

/** The balance of an account, updated by a subscription; without a WebSocket, with each block. */
export function useBalance(address: string): Answered<Balance> {
  const [told, setTold] = useState<{ readonly address: string; readonly balance: Balance }>();
  useSubscription(BalanceChangedDocument, { address }, ({ balanceChanged }) =>
    setTold({ address, balance: balanceChanged }),
  );
  const { answer, error } = useAnswer(AccountDocument, { address }, useTip());
  return { answer: told?.address === address ? told.balance : answer?.balance, error };
}
