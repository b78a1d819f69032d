import { useEffect, useMemo, useState } from 'react';
import { RequestError } from '../../src/client/client.js';
import { coinsToDraw } from '../text/coins.js';
import { node } from '../node/connection.js';
import { useChain } from '../node/useChain.js';
import type { Points } from '../charts/Chart.js';
import { balanceHistory, type BalanceHistory, type BalancePoint } from './balanceHistory.js';

/** What the chart of an account shows: the history up to when the page was opened, then each change that was told since. */
export interface BalancePoints {
  readonly points: Points;
  /** First height that it covers. */
  readonly from: number;
}

/** Balance over time in coins; undefined until the history is there. `latest` is the newest change. */
export function useBalancePoints(address: string, latest: BalancePoint | undefined): BalancePoints | undefined {
  const { epoch } = useChain();
  const [history, setHistory] = useState<BalanceHistory>();
  const [heard, setHeard] = useState<readonly BalancePoint[]>([]);

  useEffect(() => {
    const controller = new AbortController();
    const load = async (): Promise<void> => {
      try {
        const loaded = await balanceHistory(address, { node }, controller.signal);
        const end = loaded.points.at(-1)?.height ?? -1;
        setHistory(loaded);
        // The rest is in the history.
        setHeard((points) => points.filter(({ height }) => height > end));
      } catch (error) {
        // The page says itself that the node does not answer, and `epoch` grows when it does again.
        if (!controller.signal.aborted && !(error instanceof RequestError)) throw error;
      }
    };
    void load();
    return () => controller.abort();
  }, [address, epoch]);

  useEffect(() => {
    if (latest) setHeard((points) => [...points, latest].slice(-MAX_HEARD));
  }, [latest]);

  return useMemo(() => {
    if (!history) return undefined;
    const points = heard.reduce(withPoint, history.points);
    return {
      from: history.from,
      points: [points.map(({ at }) => at / 1000), points.map(({ balance }) => coinsToDraw(balance))],
    };
  }, [history, heard]);
}

/** A point undoes those that are not below it: a reorganization, or the same block again. */
function withPoint(points: readonly BalancePoint[], point: BalancePoint): readonly BalancePoint[] {
  return [...points.filter(({ height }) => height < point.height), point];
}

/** Beyond it the oldest change that was told is forgotten, and the line goes straight there. */
const MAX_HEARD = 500;
