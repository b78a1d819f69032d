import type { ChainReader, StoredHeader } from '../chain/chainStore.js';
import { checkSignatures, type SignatureVerifier } from '../consensus/blockRules.js';
import { HeaderWindow } from '../consensus/headers.js';
import { supplyAt, type Network } from '../consensus/network.js';
import { toHex } from '../crypto/bytes.js';
import { EMPTY_ACCOUNT, Overlay } from '../ledger/accounts.js';
import { applyBlock, applyChanges } from '../ledger/ledger.js';
import { brokenRule, ChainDamageError, checkStoredBody, checkStoredHeader } from './storedBlock.js';

/** Accounts that are compared between two reads. */
const PAGE_ACCOUNTS = 1_000;

export interface ReplayModules {
  readonly reader: ChainReader;
  readonly verifier: SignatureVerifier;
  /** Called after each block. */
  readonly progressed: (height: number) => void;
}

/**
 * Replays the best chain from genesis with every rule, on accounts of its own in memory, and compares each balance with the
 * stored one. Resolves to the number of accounts compared; rejects with ChainDamageError at the first difference.
 */
export async function replayChain(network: Network, modules: ReplayModules): Promise<number> {
  const { reader, verifier, progressed } = modules;
  const accounts = new Overlay({ account: () => EMPTY_ACCOUNT });
  for (const { publicKey, amount } of network.allocations) accounts.set(publicKey, { balance: amount, nonce: 0n });
  const tip = reader.tip();
  const window = new HeaderWindow([required(reader.headerAt(0), 0)]);
  if (toHex(window.last.hash) !== toHex(network.chainId))
    throw new ChainDamageError('block 0 is not the genesis block');
  for (let height = 1; height <= tip.height; height++) {
    const header = required(reader.headerAt(height), height);
    const transactions = reader.transactions(header.hash);
    checkStoredHeader(network, header, window);
    checkStoredBody(network, header, transactions);
    const forged = checkSignatures(await verifier.verify(transactions));
    if (forged) throw brokenRule(height, forged);
    const applied = applyBlock(accounts, { header, transactions }, network);
    if ('code' in applied) throw brokenRule(height, applied);
    applyChanges(accounts, applied.changes);
    progressed(height);
  }
  return compareAccounts(network, reader, accounts);
}

function compareAccounts(network: Network, reader: ChainReader, accounts: Overlay): number {
  let compared = 0;
  let supply = 0n;
  for (let after: { balance: bigint; number: number } | undefined; ;) {
    const page = reader.richest({ after, limit: PAGE_ACCOUNTS, fromEnd: false });
    for (const { publicKey, account } of page) {
      const expected = accounts.account(publicKey);
      if (expected.balance !== account.balance || expected.nonce !== account.nonce) {
        throw new ChainDamageError(
          `account ${toHex(publicKey)}: expected balance ${expected.balance} and nonce ${expected.nonce}, got ${account.balance} and ${account.nonce}`,
        );
      }
      supply += account.balance;
      compared++;
    }
    after = page.at(-1);
    if (page.length < PAGE_ACCOUNTS) break;
  }
  // The store lists accounts with a balance or a nonce.
  const listed = accounts.changes().filter(({ account: { balance, nonce } }) => balance > 0n || nonce > 0n).length;
  if (compared !== listed) throw new ChainDamageError(`expected ${listed} accounts, got ${compared}`);
  const issued = supplyAt(network, reader.tip().height);
  if (supply !== issued) throw new ChainDamageError(`expected a supply of ${issued}, got ${supply}`);
  return compared;
}

function required(header: StoredHeader | undefined, height: number): StoredHeader {
  if (!header) throw new ChainDamageError(`block ${height} is missing`);
  return header;
}
