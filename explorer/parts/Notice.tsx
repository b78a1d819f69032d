import type { ReactNode } from 'react';

export interface NoticeProps {
  readonly kind: 'empty' | 'loading' | 'error' | 'warning' | 'success';
  readonly children: ReactNode;
}

/** Says what is the case where there is nothing to show, or what to mind. */
export function Notice({ kind, children }: NoticeProps): ReactNode {
  return (
    <div className={`notice ${kind}`} role={kind === 'error' ? 'alert' : 'status'} aria-busy={kind === 'loading'}>
      {children}
    </div>
  );
}
