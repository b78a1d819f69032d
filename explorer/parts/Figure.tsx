import type { ReactNode } from 'react';

export interface FigureProps {
  readonly label: string;
  /** Explains the figure. */
  readonly note?: ReactNode;
  readonly children: ReactNode;
}

/** One figure with its name: an item of a description list. */
export function Figure({ label, note, children }: FigureProps): ReactNode {
  return (
    <div className="figure">
      <dt>{label}</dt>
      <dd>
        {children}
        {note !== undefined && <small>{note}</small>}
      </dd>
    </div>
  );
}
