import type { Transaction } from '../../src/consensus/transaction.js';
import type { Account } from '../../src/ledger/accounts.js';
import { Mempool } from '../../src/mempool/mempool.js';
import { DEFAULT_POLICY, type MempoolPolicy } from '../../src/mempool/policy.js';
import { testAccount, testNetwork, transfer, type TransferOptions } from '../support/blocks.js';

export const network = testNetwork();
/** A sender that can pay whatever the tests pay. */
export const rich: Account = { balance: 1_000_000n, nonce: 0n };
export const now = 1_000_000;

export function pool(policy: Partial<MempoolPolicy> = {}): Mempool {
  return new Mempool({ ...DEFAULT_POLICY, ...policy });
}

/** A transfer, by default the first one of account 0. */
export function payment(options: Partial<TransferOptions> = {}): Transaction {
  return transfer({ network, from: testAccount(0), to: testAccount(1), amount: 100n, nonce: 0, ...options });
}
