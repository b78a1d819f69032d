import { useRef, useState } from 'react';
import { TransactionAddedDocument } from '../../src/client/client.js';
import { useTip } from './useChain.js';
import { useSubscription } from './useSubscription.js';

/** Changes when a transaction enters the mempool, at most twice a second, and with every block. */
export function useMempoolRevision(): string {
  const [count, setCount] = useState(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useSubscription(TransactionAddedDocument, {}, () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      setCount((before) => before + 1);
    }, GATHER_MS);
  });
  return `${useTip()} ${count}`;
}

const GATHER_MS = 500;
