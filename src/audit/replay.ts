import type { ChainReader, StoredHeader } from '../chain/chainStore.js';
import { checkSignatures, type SignatureVerifier } from '../consensus/blockRules.js';
import { HeaderWindow } from '../consensus/headers.js';
import { supplyAt, type Network } from '../consensus/network.js';
import { toHex } from '../crypto/bytes.js';
import { EMPTY_ACCOUNT, type Account, type AccountReader } from '../ledger/accounts.js';
import { applyBlock } from '../ledger/ledger.js';
import { brokenRule, ChainDamageError, checkStoredBody, checkStoredHeader } from './storedBlock.js';

export interface ReplayModules {
  readonly reader: ChainReader;
  readonly verifier: SignatureVerifier;
  /** Told after each block. */
  readonly progressed: (height: number) => void;
}

/**
 * Replays the best chain from genesis with every rule, on accounts of its own in memory, and compares each balance with the
 * stored one. Resolves to the number of accounts compared; rejects with ChainDamageError at the first difference.
 */
export async function replayChain(network: Network, modules: ReplayModules): Promise<number> {
  const { reader, verifier, progressed } = modules;
  const accounts = new MemoryAccounts(network);
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
    accounts.write(applied.changes);
    progressed(height);
  }
  return compareAccounts(network, reader, accounts);
}

function compareAccounts(network: Network, reader: ChainReader, accounts: MemoryAccounts): number {
  let compared = 0;
  let supply = 0n;
  for (let after: { balance: bigint; number: number } | undefined; ;) {
    const page = reader.richest({ after, limit: PAGE, fromEnd: false });
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
    if (page.length < PAGE) break;
  }
  const expected = [accounts.count(), supplyAt(network, reader.tip().height)];
  if (compared !== expected[0]) throw new ChainDamageError(`expected ${expected[0]} accounts, got ${compared}`);
  if (supply !== expected[1]) throw new ChainDamageError(`expected a supply of ${expected[1]}, got ${supply}`);
  return compared;
}

class MemoryAccounts implements AccountReader {
  readonly #accounts = new Map<string, Account>();

  constructor({ allocations }: Network) {
    for (const { publicKey, amount } of allocations) {
      this.#accounts.set(toHex(publicKey), { balance: amount, nonce: 0n });
    }
  }

  account(publicKey: Uint8Array): Account {
    return this.#accounts.get(toHex(publicKey)) ?? EMPTY_ACCOUNT;
  }

  write(changes: readonly { readonly publicKey: Uint8Array; readonly account: Account }[]): void {
    for (const { publicKey, account } of changes) this.#accounts.set(toHex(publicKey), account);
  }

  /** Accounts that the store lists: with a balance or a nonce. */
  count(): number {
    return [...this.#accounts.values()].filter(({ balance, nonce }) => balance > 0n || nonce > 0n).length;
  }
}

function required(header: StoredHeader | undefined, height: number): StoredHeader {
  if (!header) throw new ChainDamageError(`block ${height} is missing`);
  return header;
}

const PAGE = 1_000;
