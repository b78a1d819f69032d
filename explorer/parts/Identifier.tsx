import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { shorten } from '../text/shorten.js';
import { CopyButton } from './CopyButton.js';

export type IdentifierKind = 'block' | 'transaction' | 'account';

export interface IdentifierProps {
  readonly kind: IdentifierKind;
  /** Block hash, transaction id or address. */
  readonly text: string;
  /** True shows the whole text, with line breaks and a button that copies it; by default it is shortened in the middle. */
  readonly whole?: boolean;
  /** By default it is a link to its page. */
  readonly link?: boolean;
}

/** A hash, id or address. */
export function Identifier({ kind, text, whole = false, link = true }: IdentifierProps): ReactNode {
  const shown = whole ? text : shorten(text);
  return (
    <span className={whole ? 'identifier whole' : 'identifier'}>
      {link ? (
        <Link href={`/${kind}/${text}`} title={text}>
          {shown}
        </Link>
      ) : (
        <span title={text}>{shown}</span>
      )}
      <CopyButton text={text} label={`Copy ${LABELS[kind]}`} />
    </span>
  );
}

const LABELS: Readonly<Record<IdentifierKind, string>> = { block: 'hash', transaction: 'id', account: 'address' };
