import type { ReactNode } from 'react';
import { BlockListDocument } from '../node/operations.js';
import { useAnswer } from '../node/useAnswer.js';
import { useTip } from '../node/useChain.js';
import { Awaited } from '../parts/Awaited.js';
import { BlockTable } from '../parts/BlockTable.js';
import { PageHeading } from '../parts/PageHeading.js';
import { Pager } from '../parts/Pager.js';
import { Panel } from '../parts/Panel.js';
import { usePages } from '../parts/usePages.js';
import { formatCount } from '../text/numbers.js';

/** The best chain, newest block first; the first page grows live. */
export function BlocksPage(): ReactNode {
  const { after: before, back, open } = usePages();
  const tip = useTip();
  const list = useAnswer(BlockListDocument, { last: PAGE, ...(before !== undefined && { before }) }, before ?? tip);
  return (
    <>
      <PageHeading title="Blocks" />
      <Awaited of={list} what="blocks">
        {({ chain: { blocks } }) => {
          const { hasPreviousPage, startCursor } = blocks.pageInfo;
          const heights = blocks.nodes.map(({ height }) => formatCount(height));
          return (
            <Panel title={`${heights.at(-1) ?? ''} to ${heights[0] ?? ''}`} aside="newest first">
              <BlockTable blocks={[...blocks.nodes].reverse()} />
              <Pager
                labels={['Newer', 'Older']}
                back={back}
                forth={hasPreviousPage && startCursor !== null ? () => open(startCursor) : undefined}
              />
            </Panel>
          );
        }}
      </Awaited>
    </>
  );
}

const PAGE = 50;
