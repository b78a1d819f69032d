import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useChain } from '../node/useChain.js';
import { formatCount } from '../text/numbers.js';
import { Age } from './Age.js';

/** Whether this page is live, and the height of the chain. */
export function ConnectionState(): ReactNode {
  const { connection, network, blocks } = useChain();
  const tip = blocks.at(-1);
  return (
    <p className={`connection ${connection}`}>
      <span role="status">
        <span className="dot" aria-hidden="true" />
        {TEXTS[connection]}
      </span>
      {network !== undefined && <span>network {network}</span>}
      {tip && (
        <span>
          block <Link href={`/block/${tip.height}`}>{formatCount(tip.height)}</Link> <Age at={tip.timestamp} />
        </span>
      )}
    </p>
  );
}

const TEXTS = { connecting: 'connecting', live: 'live', gone: 'no answer' };
