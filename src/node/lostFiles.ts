import type { Closers } from './closers.js';
import type { NodeClock } from './systemClock.js';

export interface LostFilesModules {
  /** Each says what of its files is no longer where it was opened. */
  readonly files: readonly { lost(): Error | undefined }[];
  readonly clock: Pick<NodeClock, 'every'>;
}

/**
 * The first fault that `scrubbed` finds, or that a file was deleted or replaced under the running node: what is written to it from
 * then on is on no disk that a restart finds. Undefined once `closers` ended it.
 */
export function untilLost(
  scrubbed: Promise<Error | undefined>,
  { files, clock }: LostFilesModules,
  closers: Closers,
): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const stop = clock.every(INTERVAL_MS, () => {
      const fault = files.map((file) => file.lost()).find((lost) => lost !== undefined);
      if (fault) resolve(fault);
    });
    closers.add(() => {
      stop();
      resolve(undefined);
    });
    void scrubbed.then((fault) => {
      if (fault) resolve(fault);
    });
  });
}

const INTERVAL_MS = 1_000;
