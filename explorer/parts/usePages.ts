import { useState } from 'react';

/** Cursors of the opened pages of a list that is read forwards. */
export interface Pages {
  /** Cursor before the shown page; undefined for the first. */
  readonly after: string | undefined;
  /** Number of pages before the shown one. */
  readonly opened: number;
  /** Undefined on the first page. */
  readonly back: (() => void) | undefined;
  /** Opens the page behind this cursor. */
  readonly open: (after: string) => void;
}

/** Steps through a list of the API. */
export function usePages(): Pages {
  const [opened, setOpened] = useState<readonly string[]>([]);
  return {
    after: opened.at(-1),
    opened: opened.length,
    back: opened.length > 0 ? () => setOpened(opened.slice(0, -1)) : undefined,
    open: (after) => setOpened([...opened, after]),
  };
}
