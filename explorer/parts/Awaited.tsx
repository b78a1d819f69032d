import type { ReactNode } from 'react';
import type { Answered } from '../node/useAnswer.js';
import { Notice } from './Notice.js';

export interface AwaitedProps<Answer> {
  readonly of: Answered<Answer>;
  /** Name of the awaited thing: "block". */
  readonly what: string;
  readonly children: (answer: Answer) => ReactNode;
}

/** Shows an answer of the node; before it is there, a notice that it is loading or why it failed. */
export function Awaited<Answer>({ of, what, children }: AwaitedProps<Answer>): ReactNode {
  const { answer, error } = of;
  if (answer !== undefined && error?.code !== 'BAD_USER_INPUT') return children(answer);
  if (!error) return <Notice kind="loading">Loading {what}…</Notice>;
  return (
    <Notice kind="error">
      {UNANSWERED.has(error.code)
        ? `The node does not answer. The ${what} appears here as soon as it does.`
        : error.message}
    </Notice>
  );
}

const UNANSWERED: ReadonlySet<string> = new Set(['UNREACHABLE', 'TIMED_OUT', 'NO_GRAPHQL']);
