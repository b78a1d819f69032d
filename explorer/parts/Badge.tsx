import type { ReactNode } from 'react';

export interface BadgeProps {
  readonly tone: 'good' | 'waiting' | 'bad' | 'neutral';
  readonly children: ReactNode;
}

/** A state in one word. */
export function Badge({ tone, children }: BadgeProps): ReactNode {
  return <span className={`badge ${tone}`}>{children}</span>;
}
