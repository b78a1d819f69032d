import { useSyncExternalStore } from 'react';
import { ChainFeed, type ChainState } from './chainFeed.js';
import { node } from './connection.js';

// As long as the page is open, whatever it shows.
const feed = new ChainFeed({ node, nextFrame: (callback) => requestAnimationFrame(callback) });
void feed.run(new AbortController().signal);

/** The best chain, live. */
export function useChain(): ChainState {
  return useSyncExternalStore(feed.subscribe, feed.state);
}

/** Changes with every block: a request with it is repeated after each. */
export function useTip(): string {
  return useChain().blocks.at(-1)?.hash ?? '';
}
