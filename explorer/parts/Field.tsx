import type { ReactNode } from 'react';

export interface FieldProps {
  readonly label: string;
  readonly children: ReactNode;
}

/** One line of a list of properties. */
export function Field({ label, children }: FieldProps): ReactNode {
  return (
    <div className="field">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
