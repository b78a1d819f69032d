import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { BlockDetailsDocument, type BlockDetailsQuery } from '../node/operations.js';
import { useAnswer } from '../node/useAnswer.js';
import { useTip } from '../node/useChain.js';
import { Amount } from '../parts/Amount.js';
import { Awaited } from '../parts/Awaited.js';
import { Badge } from '../parts/Badge.js';
import { Field } from '../parts/Field.js';
import { Identifier } from '../parts/Identifier.js';
import { Notice } from '../parts/Notice.js';
import { PageHeading } from '../parts/PageHeading.js';
import { Pager } from '../parts/Pager.js';
import { Panel } from '../parts/Panel.js';
import { Timestamp } from '../parts/Timestamp.js';
import { TransferTable } from '../parts/TransferTable.js';
import { usePages, type Pages } from '../parts/usePages.js';
import { formatBytes, formatCount } from '../text/numbers.js';

/** A block, by its height on the best chain or by its hash on any branch. */
export function BlockPage({ id }: { readonly id: string }): ReactNode {
  return /^([0-9]{1,9}|[0-9a-f]{64})$/.test(id) ? <Block id={id} /> : <Unknown id={id} />;
}

function Block({ id }: { readonly id: string }): ReactNode {
  const pages = usePages();
  const name = /^[0-9]{1,9}$/.test(id) ? { height: Number(id) } : { hash: id };
  const { after } = pages;
  const details = useAnswer(BlockDetailsDocument, { ...name, first: PAGE, ...(after && { after }) }, useTip());
  return (
    <Awaited of={details} what="block">
      {({ block }) => (block ? <Details block={block} pages={pages} /> : <Unknown id={id} />)}
    </Awaited>
  );
}

function Unknown({ id }: { readonly id: string }): ReactNode {
  return (
    <>
      <PageHeading title="No such block" />
      <Notice kind="empty">
        This node has no block {id}. If it is still to be mined, it appears here when it joins the chain.
      </Notice>
    </>
  );
}

interface DetailsProps {
  readonly block: NonNullable<BlockDetailsQuery['block']>;
  readonly pages: Pages;
}

function Details({ block, pages }: DetailsProps): ReactNode {
  const { height, confirmations, transactionCount, transactions } = block;
  const { hasNextPage, endCursor } = transactions.pageInfo;
  return (
    <>
      <PageHeading title={`Block ${formatCount(height)}`}>
        {confirmations > 0 ? (
          <Badge tone="good">
            {formatCount(confirmations)} {confirmations === 1 ? 'confirmation' : 'confirmations'}
          </Badge>
        ) : (
          <Badge tone="bad">not on the best chain</Badge>
        )}
        <nav className="neighbours" aria-label="Neighbouring blocks">
          {height > 0 && <Link href={`/block/${height - 1}`}>← {formatCount(height - 1)}</Link>}
          {confirmations > 1 && <Link href={`/block/${height + 1}`}>{formatCount(height + 1)} →</Link>}
        </nav>
      </PageHeading>
      <Properties block={block} />
      <Panel title="Transactions" aside={formatCount(transactionCount)}>
        {transactionCount === 0 ? (
          <Notice kind="empty">This block has no transaction.</Notice>
        ) : (
          <TransferTable transfers={transactions.nodes} />
        )}
        <Pager
          labels={['Earlier', 'Later']}
          back={pages.back}
          forth={hasNextPage && endCursor !== null ? () => pages.open(endCursor) : undefined}
        />
      </Panel>
    </>
  );
}

function Properties({ block }: Pick<DetailsProps, 'block'>): ReactNode {
  const { height, hash, previousHash, timestamp, miner, reward, size, difficulty, work, target, nonce } = block;
  return (
    <dl className="fields panel">
      <Field label="Hash">
        <Identifier kind="block" text={hash} whole link={false} />
      </Field>
      <Field label="Mined">
        <Timestamp at={timestamp} />
      </Field>
      {height > 0 ? (
        <>
          <Field label="Parent">
            <Identifier kind="block" text={previousHash} whole />
          </Field>
          <Field label="Miner">
            <Identifier kind="account" text={miner} whole />
          </Field>
          <Field label="Reward">
            <Amount baseUnits={reward} />
          </Field>
        </>
      ) : (
        <Field label="Parent">no parent: this is the genesis block of the network</Field>
      )}
      <Field label="Size">
        {formatCount(size)} bytes {size >= 1024 && <span className="aside">{formatBytes(size)}</span>}
      </Field>
      <Field label="Difficulty">
        {formatCount(BigInt(difficulty))} <span className="aside">tries, target 0x{target.toString(16)}</span>
      </Field>
      <Field label="Work so far">{formatCount(BigInt(work))}</Field>
      <Field label="Nonce">{nonce}</Field>
      <Field label="Merkle root">
        <code>{block.transactionsRoot}</code>
      </Field>
    </dl>
  );
}

const PAGE = 50;
