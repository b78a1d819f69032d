import type { ChainReader, StoredHeader } from '../chain/chainStore.js';
import { blockSize, type Block } from '../consensus/block.js';
import { supplyAt, type Network } from '../consensus/network.js';
import { describeRejection, type Rejection } from '../consensus/rejection.js';
import type { Transaction } from '../consensus/transaction.js';
import {
  MEDIAN_TIME_BLOCKS,
  verifyHeaderForm,
  verifyHeaderOnParent,
  verifyProofOfWork,
  verifySignatures,
  verifySize,
  verifyTransactionsAlone,
  verifyTransactionsRoot,
} from '../consensus/verify.js';
import { toHex } from '../crypto/bytes.js';
import { EMPTY_ACCOUNT, type Account, type AccountReader } from '../ledger/account.js';
import { applyBlock } from '../ledger/ledger.js';

/** The stored chain is not what its blocks say: where, expected and got. */
export class ChainDamageError extends Error {
  override readonly name = 'ChainDamageError';
}

export interface ReplayModules {
  readonly reader: ChainReader;
  readonly verifier: { verify(transactions: readonly Transaction[]): Promise<boolean[]> };
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
  const recent: StoredHeader[] = [required(reader.headerAt(0), 0)];
  if (toHex(recent[0]!.hash) !== toHex(network.chainId)) throw new ChainDamageError('block 0 is not the genesis block');
  for (let height = 1; height <= tip.height; height++) {
    const header = required(reader.headerAt(height), height);
    const block: Block = { header, transactions: reader.transactions(header.hash) };
    const fault = checkBlock(network, block, recent) ?? verifySignatures(await verifier.verify(block.transactions));
    if (fault) throw damage(height, fault);
    const applied = applyBlock(accounts, block, network);
    if ('code' in applied) throw damage(height, applied);
    accounts.write(applied.changes);
    if (header.size !== blockSize(block.transactions)) throw new ChainDamageError(`block ${height}: its size is wrong`);
    recent.push(header);
    if (recent.length > MEDIAN_TIME_BLOCKS) recent.shift();
    progressed(height);
  }
  return compareAccounts(network, reader, accounts);
}

function checkBlock(network: Network, block: Block, recent: readonly StoredHeader[]): Rejection | undefined {
  const { header } = block;
  const parent = recent.at(-1)!;
  if (toHex(header.previousHash) !== toHex(parent.hash)) {
    return { code: 'UNKNOWN_PARENT', parent: toHex(header.previousHash) };
  }
  const context = { header: parent, recentTimestamps: recent.map(({ timestamp }) => timestamp) };
  return (
    verifySize(block, network) ??
    verifyHeaderForm(header) ??
    verifyProofOfWork(header, network) ??
    verifyHeaderOnParent(header, context, network) ??
    verifyTransactionsRoot(block) ??
    verifyTransactionsAlone(block)
  );
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

function damage(height: number, fault: Rejection): ChainDamageError {
  return new ChainDamageError(`block ${height}: ${fault.code}: ${describeRejection(fault)}`);
}

function required(header: StoredHeader | undefined, height: number): StoredHeader {
  if (!header) throw new ChainDamageError(`block ${height} is missing`);
  return header;
}

const PAGE = 1_000;
