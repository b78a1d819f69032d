import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { StatusFragment } from '../../src/client/client.js';
import { formatCount } from '../text/numbers.js';
import { Badge } from './Badge.js';

/** The status of a transaction, in one word and one sentence. */
export function TransactionState({ status }: { readonly status: StatusFragment }): ReactNode {
  switch (status.__typename) {
    case 'TransactionPending':
      return (
        <>
          <Badge tone="waiting">pending</Badge> waits to be mined
        </>
      );
    case 'TransactionQueued':
      return (
        <>
          <Badge tone="waiting">queued</Badge> held back until the sender’s nonce {status.missingNonce} comes
        </>
      );
    case 'TransactionConfirmed':
      return (
        <>
          <Badge tone="good">confirmed</Badge> in block{' '}
          <Link href={`/block/${status.block.height}`}>{formatCount(status.block.height)}</Link>,{' '}
          {formatCount(status.confirmations)} {status.confirmations === 1 ? 'confirmation' : 'confirmations'}
        </>
      );
    case 'TransactionDropped':
      return (
        <>
          <Badge tone="bad">dropped</Badge> {status.reason.message} <code>{status.reason.code}</code>
        </>
      );
  }
}
