import type { ChainReader } from '../../src/chain/chainStore.js';
import type { Block } from '../../src/consensus/block.js';
import type { Network } from '../../src/consensus/network.js';
import { testAccount } from './blocks.js';

/** Everything a store can be asked about these blocks and test accounts, as one value to compare. */
export function storeDump(reader: ChainReader, network: Network, blocks: readonly Block[], accounts: number) {
  const keys = Array.from({ length: accounts }, (_, index) => testAccount(index).publicKey);
  const everything = { limit: 10_000, fromEnd: false };
  return {
    tip: reader.tip(),
    best: reader.headersFrom(0, 10_000),
    sideTips: reader.sideTips(),
    blocks: [network.genesis, ...blocks].map(({ header: { hash, height }, transactions }) => ({
      header: reader.header(hash),
      headerAt: reader.headerAt(height),
      transactions: reader.transactions(hash),
      undo: reader.undo(hash),
      confirmed: transactions.map(({ id }) => reader.transaction(id)),
    })),
    accounts: keys.map((key) => ({
      account: reader.account(key),
      historyCount: reader.historyCount(key),
      history: reader.history(key, everything),
    })),
    richest: reader.richest(everything),
    accountCount: reader.accountCount(),
    totalBalance: reader.totalBalance(),
  };
}
