import type { SyncProgress } from '../peers/sync/sync.js';
import { Progress } from './progress.js';

/** Draws a bar in the terminal as long as the node syncs; nothing where standard error is no terminal. Ends with the process. */
export function showSync(progress: () => SyncProgress): void {
  if (!process.stderr.isTTY) return;
  let bar: Progress | undefined;
  const draw = (): void => {
    const { status, height, targetHeight } = progress();
    if (status === 'SYNCING') {
      bar ??= new Progress('sync', targetHeight, height);
      bar.setTotal(targetHeight);
      bar.update(height);
    } else {
      bar?.stop();
      bar = undefined;
    }
  };
  setInterval(draw, REDRAW_MS).unref();
}

const REDRAW_MS = 500;
