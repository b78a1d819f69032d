import { blockSize } from '../../consensus/block.js';
import type { Network } from '../../consensus/network.js';
import { workOf } from '../../consensus/pow.js';
import type { ChainCommit } from '../../chain/chainStore.js';
import { EMPTY_ACCOUNT } from '../../ledger/account.js';

/** The first commit of every store: connects genesis, with its allocations as the change that it makes to the accounts. */
export function genesisCommit({ genesis, allocations }: Network): ChainCommit {
  const { hash, target } = genesis.header;
  return {
    insert: [{ block: genesis, work: workOf(target), size: blockSize(genesis.transactions), invalid: false }],
    disconnect: [],
    connect: [{ hash, undo: allocations.map(({ publicKey }) => ({ publicKey, account: EMPTY_ACCOUNT })) }],
    accounts: allocations.map(({ publicKey, amount }) => ({ publicKey, account: { balance: amount, nonce: 0n } })),
    invalidate: [],
    forget: [],
    sideTips: [],
  };
}
