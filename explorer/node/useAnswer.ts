import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { RequestError, type TypedDocumentString } from '../../src/client/client.js';
import { node } from './connection.js';
import { pause } from '../../src/client/live.js';
import { useChain } from './useChain.js';

export interface Answered<Answer> {
  /** The last answer, also while the next one is under way and after it failed. */
  readonly answer: Answer | undefined;
  /** Why the last request failed. */
  readonly error: RequestError | undefined;
}

/** The node's answer to a query: see useQuestion; a change of the variables asks again. */
export function useAnswer<Answer, Variables>(
  document: TypedDocumentString<Answer, Variables>,
  variables: Variables,
  revision: string | number = '',
): Answered<Answer> {
  const key = `${document.toString()} ${JSON.stringify(variables)}`;
  return useQuestion((signal) => node.request(document, variables, signal), key, revision);
}

/**
 * The answer of `question`, which it calls when the component appears, when `key` or `revision` changes, and when the node is back. It may
 * reject with RequestError. One call is under way at a time, and changes meanwhile lead to one more, so fast blocks do not pile up calls.
 */
export function useQuestion<Answer>(
  question: (signal: AbortSignal) => Promise<Answer>,
  key: string,
  revision: string | number,
): Answered<Answer> {
  const { epoch } = useChain();
  const [answered, setAnswered] = useState<Answered<Answer>>({ answer: undefined, error: undefined });
  const asker = useRef<{ readonly ask: () => void; revision: string | number }>(undefined);
  const put = useEffectEvent(question);

  useEffect(() => {
    const { signal, abort } = abortable();
    let state: 'idle' | 'asking' | 'again' = 'idle';
    const ask = async (): Promise<void> => {
      if (state !== 'idle') {
        state = 'again';
        return;
      }
      do {
        state = 'asking';
        try {
          const answer = await put(signal);
          if (!signal.aborted) setAnswered({ answer, error: undefined });
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof RequestError)) throw error;
          setAnswered((before) => ({ ...before, error }));
        }
        await pause(GAP_MS, signal);
        // A call of ask() may have changed it meanwhile.
      } while ((state as string) === 'again' && !signal.aborted);
      state = 'idle';
    };
    asker.current = { ask: () => void ask(), revision };
    void ask();
    return abort;
  }, [key, epoch]);

  useEffect(() => {
    if (!asker.current || asker.current.revision === revision) return;
    asker.current.revision = revision;
    asker.current.ask();
  }, [revision]);

  return answered;
}

function abortable(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

/** Between two calls. */
const GAP_MS = 200;
