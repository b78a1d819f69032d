import type { Block, BlockHeader } from '../consensus/block.js';
import { subsidyAt, type NetworkParameters } from '../consensus/network.js';
import type { Rejection } from '../consensus/rejection.js';
import type { Transaction } from '../consensus/transaction.js';
import { type Account, type AccountChange, type AccountReader, Overlay } from './accounts.js';
import { assertInvariant } from '../util/invariant.js';
import { atOnce, type Steps } from '../util/turns.js';

/** What a block changes, and what takes the change back. */
export interface AppliedBlock {
  /** Touched accounts with their state after the block. */
  readonly changes: readonly AccountChange[];
  /** The same accounts with their state before it. */
  readonly undo: readonly AccountChange[];
}

/** Rule 12 for one transaction: nonce in order, funds enough; undefined if it applies to this account. */
export function checkOnAccount(sender: Account, transaction: Transaction): Rejection | undefined {
  if (transaction.nonce < sender.nonce) {
    return { code: 'NONCE_TOO_LOW', expected: sender.nonce, got: transaction.nonce };
  }
  if (transaction.nonce > sender.nonce) {
    return { code: 'NONCE_TOO_HIGH', maximum: sender.nonce, got: transaction.nonce };
  }
  const required = transaction.amount + transaction.fee;
  if (sender.balance < required) return { code: 'INSUFFICIENT_FUNDS', available: sender.balance, required };
  return undefined;
}

/**
 * Rule 12, state: applies the transactions in order on a private overlay of `base` and pays the miner. Returns the change
 * set, or the first rejection; `base` is never written. A block does not state its reward, so a reward cannot be wrong.
 */
export function applyBlock(base: AccountReader, block: Block, network: NetworkParameters): AppliedBlock | Rejection {
  return atOnce(applyingBlock(base, block, network));
}

/** The same, transaction by transaction. */
export function* applyingBlock(
  base: AccountReader,
  block: Block,
  network: NetworkParameters,
): Steps<AppliedBlock | Rejection> {
  const overlay = new Overlay(base);
  let fees = 0n;
  for (const [index, transaction] of block.transactions.entries()) {
    const cause = applyTransaction(overlay, transaction);
    if (cause) return { code: 'INVALID_TRANSACTION', index, cause };
    fees += transaction.fee;
    yield;
  }
  const miner = overlay.account(block.header.miner);
  const subsidy = subsidyAt(network, block.header.height);
  overlay.set(block.header.miner, { balance: miner.balance + subsidy + fees, nonce: miner.nonce });
  assertBalances(overlay, subsidy, `applying block ${block.header.height}`);
  const changes = overlay.changes();
  return { changes, undo: changes.map(({ publicKey }) => ({ publicKey, account: overlay.before(publicKey) })) };
}

/** Takes a block of the best chain back, whose `undo` the store holds. Throws InvariantError unless that destroys what the block created. */
export function undoBlock(
  overlay: Overlay,
  { height }: BlockHeader,
  undo: readonly AccountChange[],
  network: NetworkParameters,
): void {
  const undone = new Overlay(overlay);
  applyChanges(undone, undo);
  assertBalances(undone, -subsidyAt(network, height), `taking block ${height} back`);
  applyChanges(overlay, undo);
}

/** Money is created by subsidies alone, and no balance is below zero. */
function assertBalances(overlay: Overlay, created: bigint, what: string): void {
  const { balanceChange } = overlay;
  assertInvariant(
    balanceChange === created,
    () => `${what}: expected the sum of balances to change by ${created}, got ${balanceChange}`,
  );
  for (const { account } of overlay.changes()) {
    assertInvariant(account.balance >= 0n, () => `${what}: expected balances of 0 or more, got ${account.balance}`);
  }
}

/** Moves amount + fee out of the sender and amount into the recipient, or names the fault and changes nothing. */
export function applyTransaction(overlay: Overlay, transaction: Transaction): Rejection | undefined {
  const sender = overlay.account(transaction.sender);
  const fault = checkOnAccount(sender, transaction);
  if (fault) return fault;
  overlay.set(transaction.sender, {
    balance: sender.balance - transaction.amount - transaction.fee,
    nonce: sender.nonce + 1n,
  });
  // Read after the sender was written: a payment to oneself must see its own debit.
  const recipient = overlay.account(transaction.recipient);
  overlay.set(transaction.recipient, { balance: recipient.balance + transaction.amount, nonce: recipient.nonce });
  return undefined;
}

/** Writes a change set, forward or back, onto an overlay. */
export function applyChanges(overlay: Overlay, changes: readonly AccountChange[]): void {
  for (const { publicKey, account } of changes) overlay.set(publicKey, account);
}
