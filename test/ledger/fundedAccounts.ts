import type { NetworkParameters } from '../../src/consensus/network.js';
import { equalBytes } from '../../src/crypto/bytes.js';
import { EMPTY_ACCOUNT, type AccountReader } from '../../src/ledger/accounts.js';

/** Accounts right after genesis: only the allocations of the network. */
export function fundedAccounts({ allocations }: NetworkParameters): AccountReader {
  return {
    account: (publicKey) => {
      const allocation = allocations.find((candidate) => equalBytes(candidate.publicKey, publicKey));
      return allocation ? { balance: allocation.amount, nonce: 0n } : EMPTY_ACCOUNT;
    },
  };
}
