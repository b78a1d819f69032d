import { Chain } from '../../src/chain/chain.js';
import type { TipChange } from '../../src/chain/outcome.js';
import type { Block } from '../../src/consensus/block.js';
import type { Network } from '../../src/consensus/network.js';
import { signingPayload, type Transaction } from '../../src/consensus/transaction.js';
import { verifySignature } from '../../src/crypto/ed25519.js';
import { MemoryChainStore } from './memoryChainStore.js';
import { testNetwork } from './blocks.js';

/** A chain on the memory store with the reference verifier, and a log of the calls to its mempool. */
export function testChain(network: Network = testNetwork()) {
  const changes: TipChange[] = [];
  /** Of the blocks that each change disconnected. */
  const bodies: (readonly Transaction[])[][] = [];
  const store = new MemoryChainStore(network);
  const chain = new Chain(
    { network },
    {
      store,
      verifier: {
        verify: (transactions) =>
          Promise.resolve(
            transactions.map((transaction) =>
              verifySignature(transaction.sender, signingPayload(network.chainId, transaction), transaction.signature),
            ),
          ),
      },
      pending: {
        reconcile: (change) => {
          changes.push(change);
          bodies.push(change.disconnected.map((block) => change.body(block)));
          return 0;
        },
      },
    },
  );
  const add = (block: Block, now = FAR_FUTURE) => chain.addBlock(block, now);
  const extend = (blocks: readonly Block[], now = FAR_FUTURE) => chain.extend(blocks, now);
  return { network, chain, store, changes, bodies, add, extend };
}

const FAR_FUTURE = Date.UTC(2100, 0, 1);
