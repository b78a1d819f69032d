import type { ReactNode } from 'react';
import { NodeStandingDocument } from '../node/operations.js';
import { useAnswer } from '../node/useAnswer.js';
import { useTip } from '../node/useChain.js';
import { useNow } from '../node/useNow.js';
import { Age } from './Age.js';
import { Notice } from './Notice.js';

/** Warns on every page if the data of the node may be out of date. */
export function NodeStanding(): ReactNode {
  // A chain that stands still has no new tip, so the time asks too.
  const asked = useAnswer(NodeStandingDocument, {}, `${useTip()} ${Math.floor(useNow() / ASK_MS)}`);
  const info = asked.answer?.nodeInfo;
  if (!info) return null;
  const { sync, standstill, lastBlockAt } = info;
  return (
    <>
      {sync.status === 'BEHIND' && (
        <Notice kind="warning">
          This node is behind its peers{sync.reason !== null && <>: {sync.reason}</>}. This page may be out of date.
        </Notice>
      )}
      {sync.status === 'ISOLATED' && (
        <Notice kind="warning">No peer of this node answers: this page may be out of date.</Notice>
      )}
      {standstill && (
        <Notice kind="warning">
          The chain stands still: its last block came <Age at={lastBlockAt} />.
        </Notice>
      )}
    </>
  );
}

const ASK_MS = 30_000;
