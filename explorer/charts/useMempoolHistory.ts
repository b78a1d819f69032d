import { useMemo, useRef } from 'react';
import type { Points } from './Chart.js';

/** Sizes of the mempool since the page was opened, one for each request; it keeps the newest MAX_POINTS. */
export function useMempoolHistory(mempool: { readonly size: number } | undefined): Points {
  const history = useRef<Points>([[], []]);
  return useMemo(() => {
    if (mempool) {
      const [times, sizes] = history.current;
      history.current = [[...times, Date.now() / 1000].slice(-MAX_POINTS), [...sizes, mempool.size].slice(-MAX_POINTS)];
    }
    return history.current;
  }, [mempool]);
}

const MAX_POINTS = 1_000;
