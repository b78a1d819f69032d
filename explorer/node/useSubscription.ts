import { useEffect, useEffectEvent } from 'react';
import { RequestError, type TypedDocumentString } from '../../src/client/client.js';
import { node } from './connection.js';
import { pause } from '../../src/client/live.js';
import { useChain } from './useChain.js';

/**
 * Calls `onAnswer` with each answer of a subscription while the component is there. It opens a broken subscription again after a second, and
 * ends when the subscription completes.
 */
export function useSubscription<Answer, Variables>(
  document: TypedDocumentString<Answer, Variables>,
  variables: Variables,
  onAnswer: (answer: Answer) => void,
): void {
  const { epoch } = useChain();
  const key = JSON.stringify(variables);
  const told = useEffectEvent(onAnswer);

  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const { subscribe } = node;
    const follow = async (): Promise<void> => {
      while (subscribe && !signal.aborted) {
        try {
          for await (const answer of subscribe(document, JSON.parse(key) as Variables, signal)) told(answer);
          return;
        } catch (error) {
          if (!(error instanceof RequestError)) throw error;
          // A request that the node does not understand now fails later too.
          if (error.code === 'BAD_USER_INPUT') return;
        }
        await pause(RETRY_MS, signal);
      }
    };
    void follow();
    return () => controller.abort();
  }, [document, key, epoch]);
}

const RETRY_MS = 1_000;
