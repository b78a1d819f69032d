import { useEffect, type ReactNode } from 'react';

export interface PageHeadingProps {
  /** Names the page, also in the browser's tab. */
  readonly title: string;
  /** Beside the title. */
  readonly children?: ReactNode;
}

/** The heading of a page. */
export function PageHeading({ title, children }: PageHeadingProps): ReactNode {
  useEffect(() => {
    document.title = `${title} · Corrente`;
  }, [title]);
  return (
    <header className="page-heading">
      <h1>{title}</h1>
      {children}
    </header>
  );
}
