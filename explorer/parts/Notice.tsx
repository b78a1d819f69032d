import type { ReactNode } from 'react';

export interface NoticeProps {
  readonly kind: 'empty' | 'loading' | 'error' | 'warning' | 'success';
  readonly children: ReactNode;
}

/** A message in place of missing data, or a warning. */
export function Notice({ kind, children }: NoticeProps): ReactNode {
  return (
    <div className={`notice ${kind}`} role={kind === 'error' ? 'alert' : 'status'} aria-busy={kind === 'loading'}>
      {children}
    </div>
  );
}
