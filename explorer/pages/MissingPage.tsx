import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Notice } from '../parts/Notice.js';
import { PageHeading } from '../parts/PageHeading.js';

/** For a path without a page. */
export function MissingPage(): ReactNode {
  return (
    <>
      <PageHeading title="No such page" />
      <Notice kind="empty">
        Nothing is here. Search above, or start at the <Link href="/">overview</Link>.
      </Notice>
    </>
  );
}
