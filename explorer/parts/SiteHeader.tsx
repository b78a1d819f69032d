import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { endpoint } from '../node/connection.js';
import { ConnectionState } from './ConnectionState.js';
import { SearchBox } from './SearchBox.js';

/** The header of every page. */
export function SiteHeader(): ReactNode {
  return (
    <header className="site-header">
      <div className="first">
        <Link href="/" className="brand">
          Corrente
        </Link>
        <ConnectionState />
        <SearchBox />
      </div>
      <nav aria-label="Pages">
        {PAGES.map(([path, name]) => (
          <Link key={path} href={path} className={(active) => (active ? 'active' : '')}>
            {name}
          </Link>
        ))}
        {/* The node serves it beside this page, so it is not a route. */}
        <a href={endpoint}>API</a>
      </nav>
    </header>
  );
}

const PAGES = [
  ['/', 'Overview'],
  ['/blocks', 'Blocks'],
  ['/transactions', 'Transactions'],
  ['/accounts', 'Accounts'],
  ['/mempool', 'Mempool'],
  ['/network', 'Network'],
  ['/send', 'Send'],
  ['/operator', 'Operator'],
] as const;
