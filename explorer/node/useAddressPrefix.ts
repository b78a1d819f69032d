import { prefixOf } from '../../src/crypto/address.js';
import { useChain } from './useChain.js';

/** Start of every address of this network, before the 1; undefined until the node has answered once. */
export function useAddressPrefix(): string | undefined {
  // The miner of a block has an address of this network.
  const miner = useChain().blocks.at(-1)?.miner;
  return miner && prefixOf(miner);
}
