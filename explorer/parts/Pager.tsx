import type { ReactNode } from 'react';

export interface PagerProps {
  readonly labels: readonly [back: string, forth: string];
  /** Undefined if there is no page in that direction. */
  readonly back?: (() => void) | undefined;
  readonly forth?: (() => void) | undefined;
}

/** Steps through a list page by page; shows nothing if the list has only one page. */
export function Pager({ labels, back, forth }: PagerProps): ReactNode {
  if (!back && !forth) return null;
  return (
    <nav className="pager" aria-label="Pages of this list">
      <button type="button" className="secondary outline" disabled={!back} onClick={back}>
        ← {labels[0]}
      </button>
      <button type="button" className="secondary outline" disabled={!forth} onClick={forth}>
        {labels[1]} →
      </button>
    </nav>
  );
}
