import { useChain } from './useChain.js';

/** What every address of this network begins with, before the 1; undefined until the node has answered once. */
export function useAddressPrefix(): string | undefined {
  // The miner of any block has an address of this network.
  const miner = useChain().blocks.at(-1)?.miner;
  return miner?.slice(0, miner.lastIndexOf('1'));
}
