import { useEffect, type ReactNode } from 'react';

export interface PageHeadingProps {
  /** Title of the page and of the browser's tab. */
  readonly title: string;
  /** Shown beside the title. */
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
