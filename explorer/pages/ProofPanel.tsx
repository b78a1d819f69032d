import { useMemo, useState, type ReactNode } from 'react';
import {
  developmentNetwork,
  provePayment,
  RequestError,
  toHex,
  TransactionProofDocument,
  type PaymentProof,
  type TransactionProofQuery,
} from '../../src/client/client.js';
import { node } from '../node/connection.js';
import { useAnswer } from '../node/useAnswer.js';
import { Awaited } from '../parts/Awaited.js';
import { Badge } from '../parts/Badge.js';
import { Notice } from '../parts/Notice.js';
import { Panel } from '../parts/Panel.js';
import { checkInclusion } from '../proof/checkInclusion.js';
import { formatCompact, formatCount } from '../text/numbers.js';

export interface ProofPanelProps {
  readonly id: string;
  readonly chainId: string;
  readonly block: { readonly height: number; readonly hash: string };
}

/** The proof that a transaction is in its block, checked in this browser. */
export function ProofPanel({ id, chainId, block }: ProofPanelProps): ReactNode {
  const proof = useAnswer(TransactionProofDocument, { id });
  return (
    <Panel title="Proof" aside="checked in this browser">
      <Awaited of={proof} what="proof">
        {({ transaction }) =>
          transaction?.proof?.block.hash === block.hash ? (
            <Inclusion chainId={chainId} transaction={transaction} />
          ) : (
            <Notice kind="loading">The chain has changed: loading the new proof…</Notice>
          )
        }
      </Awaited>
      <WholeChain id={id} chainId={chainId} />
    </Panel>
  );
}

interface InclusionProps {
  readonly chainId: string;
  readonly transaction: NonNullable<TransactionProofQuery['transaction']>;
}

function Inclusion({ chainId, transaction }: InclusionProps): ReactNode {
  const proof = transaction.proof!;
  const inclusion = useMemo(() => checkInclusion(chainId, transaction, proof), [chainId, transaction, proof]);
  if (inclusion.status === 'refused') {
    return (
      <Notice kind="error">
        <Badge tone="bad">proof refused</Badge> The node’s proof does not hold: {inclusion.reason}.
      </Notice>
    );
  }
  const { index, path, block } = proof;
  return (
    <div className="proof">
      <p role="status">
        <Badge tone="good">proved</Badge> Signed by its sender, transaction {formatCount(index + 1)} of{' '}
        {formatCount(block.transactionCount)} under the Merkle root of block {formatCount(block.height)}, whose hash
        meets its target.
      </p>
      <details>
        <summary>Audit path: {path.length === 0 ? 'the leaf is the root' : `${path.length} hashes`}</summary>
        <ol className="path">
          {[proof.leaf, ...path, block.transactionsRoot].map((hash, step) => (
            <li key={`${step} ${hash}`}>
              <code>{hash}</code>{' '}
              <span className="aside">
                {step === 0 ? 'leaf' : step > path.length ? 'root in the header' : 'sibling'}
              </span>
            </li>
          ))}
        </ol>
      </details>
    </div>
  );
}

/** The stronger check: every header from genesis on. It needs the network's parameters, and this page has those of one network. */
function WholeChain({ id, chainId }: { readonly id: string; readonly chainId: string }): ReactNode {
  const [state, setState] = useState<PaymentProof | RequestError | 'idle' | 'asking'>('idle');
  const isDevelopment = useMemo(() => chainId === toHex(developmentNetwork().chainId), [chainId]);
  if (!isDevelopment) {
    return (
      <p className="aside">
        Only the node says that this block is on the best chain. A program with the network file can check every header:{' '}
        <code>provePayment</code> of <code>corrente/client</code>.
      </p>
    );
  }
  const prove = async (): Promise<void> => {
    setState('asking');
    try {
      setState(await provePayment({ node }, { network: developmentNetwork(), id, now: Date.now() }));
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      setState(error);
    }
  };
  if (state === 'idle' || state === 'asking') {
    return (
      <button type="button" className="secondary outline" aria-busy={state === 'asking'} onClick={() => void prove()}>
        Check every header from genesis on
      </button>
    );
  }
  return <p role="status">{state instanceof RequestError ? state.message : <Verdict proof={state} />}</p>;
}

function Verdict({ proof }: { readonly proof: PaymentProof }): ReactNode {
  switch (proof.status) {
    case 'proved':
      return (
        <>
          <Badge tone="good">chain proved</Badge> All headers from genesis to height{' '}
          {formatCount(proof.header.height + proof.confirmations - 1)} keep the rules; their work is{' '}
          {formatCompact(proof.work)} tries.
        </>
      );
    case 'unconfirmed':
      return 'The block has left the best chain.';
    case 'invalidChain':
      return (
        <>
          <Badge tone="bad">chain refused</Badge> A header breaks the rule {proof.rejection.code}.
        </>
      );
    case 'invalidProof':
      return (
        <>
          <Badge tone="bad">proof refused</Badge> {proof.fault}
        </>
      );
  }
}
