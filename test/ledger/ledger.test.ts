import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Block } from '../../src/consensus/block.js';
import { COIN, subsidyAt } from '../../src/consensus/network.js';
import type { Rejection } from '../../src/consensus/rejection.js';
import type { Transaction } from '../../src/consensus/transaction.js';
import { type AccountReader, EMPTY_ACCOUNT, Overlay } from '../../src/ledger/accounts.js';
import { applyBlock, applyChanges, applyTransaction, checkOnAccount, undoBlock } from '../../src/ledger/ledger.js';
import { STARTING_BALANCE, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { fundedAccounts } from './fundedAccounts.js';

const network = testNetwork();
const [alice, bob, carol] = [testAccount(0), testAccount(1), testAccount(60)];
const pay = (nonce: number, amount: bigint, fee = 0n, to = bob) =>
  transfer({ network, from: alice, to, amount, fee, nonce });

/** A block as rule 12 sees it: no check of its proof of work here. */
function blockOf(transactions: readonly Transaction[], miner = carol, height = 1): Block {
  return { header: { ...network.genesis.header, height, miner: miner.publicKey }, transactions };
}

function apply(base: AccountReader, block: Block): Overlay {
  const applied = applyBlock(base, block, network);
  assert.ok(!('code' in applied), 'expected the block to apply');
  const overlay = new Overlay(base);
  applyChanges(overlay, applied.changes);
  return overlay;
}

function rejectionOf(transactions: readonly Transaction[]): Rejection {
  const applied = applyBlock(fundedAccounts(network), blockOf(transactions), network);
  assert.ok('code' in applied, 'expected a rejection');
  return applied;
}

describe('what the ledger asserts', () => {
  it('taking a block back gives every account the state that it had', () => {
    const base = fundedAccounts(network);
    const block = blockOf([pay(0, 5n, 2n), pay(1, 1n)]);
    const applied = applyBlock(base, block, network);
    assert.ok(!('code' in applied));
    const overlay = new Overlay(base);
    applyChanges(overlay, applied.changes);
    assert.equal(overlay.balanceChange, subsidyAt(network, 1));
    undoBlock(overlay, block.header, applied.undo, network);
    assert.equal(overlay.balanceChange, 0n);
    for (const { publicKey } of applied.changes) assert.deepEqual(overlay.account(publicKey), base.account(publicKey));
  });

  it('no balance is below zero, though the sum be right', () => {
    const undo = [
      { publicKey: alice.publicKey, account: { balance: -1n, nonce: 0n } },
      { publicKey: bob.publicKey, account: { balance: 1n - subsidyAt(network, 1), nonce: 0n } },
    ];
    const overlay = new Overlay({ account: () => EMPTY_ACCOUNT });
    assert.throws(
      () => undoBlock(overlay, blockOf([]).header, undo, network),
      /expected balances of 0 or more, got -1/,
    );
    assert.deepEqual(overlay.changes(), []);
  });
});

describe('a transaction on a state', () => {
  const account = { balance: 100n, nonce: 5n };

  it('applies when its nonce is the next and the balance covers amount and fee to the last unit', () => {
    assert.equal(checkOnAccount(account, pay(5, 90n, 10n)), undefined);
  });

  it('NONCE_TOO_LOW: used before', () => {
    assert.deepEqual(checkOnAccount(account, pay(4, 1n)), { code: 'NONCE_TOO_LOW', expected: 5n, got: 4n });
  });

  it('NONCE_TOO_HIGH: one before it is missing', () => {
    assert.deepEqual(checkOnAccount(account, pay(6, 1n)), { code: 'NONCE_TOO_HIGH', maximum: 5n, got: 6n });
  });

  it('INSUFFICIENT_FUNDS: one unit short, the fee included', () => {
    assert.deepEqual(checkOnAccount(account, pay(5, 91n, 10n)), {
      code: 'INSUFFICIENT_FUNDS',
      available: 100n,
      required: 101n,
    });
  });

  it('that is refused changes nothing', () => {
    const overlay = new Overlay(fundedAccounts(network));
    assert.equal(applyTransaction(overlay, pay(1, 1n))?.code, 'NONCE_TOO_HIGH');
    assert.deepEqual(overlay.changes(), []);
    assert.equal(applyTransaction(overlay, pay(0, 1n)), undefined);
    assert.equal(overlay.changes().length, 2);
  });
});

describe('a block on a state', () => {
  it('moves amount to the recipient, fee and subsidy to the miner, and counts the nonce', () => {
    const state = apply(fundedAccounts(network), blockOf([pay(0, 30n, 7n), pay(1, 5n)]));
    assert.deepEqual(state.account(alice.publicKey), { balance: STARTING_BALANCE - 42n, nonce: 2n });
    assert.deepEqual(state.account(bob.publicKey), { balance: STARTING_BALANCE + 35n, nonce: 0n });
    assert.deepEqual(state.account(carol.publicKey), { balance: 10n * COIN + 7n, nonce: 0n });
  });

  it('a payment to oneself costs the fee and nothing else: it sees its own debit', () => {
    const state = apply(fundedAccounts(network), blockOf([pay(0, STARTING_BALANCE - 3n, 3n, alice)]));
    assert.deepEqual(state.account(alice.publicKey), { balance: STARTING_BALANCE - 3n, nonce: 1n });
  });

  it('the miner who pays a fee gets it back with the subsidy, but cannot spend the reward in the same block', () => {
    const state = apply(fundedAccounts(network), blockOf([pay(0, 1n, 9n)], alice));
    assert.equal(state.account(alice.publicKey).balance, STARTING_BALANCE - 1n + 10n * COIN);
    const early = blockOf([pay(0, STARTING_BALANCE + 1n)], alice);
    const applied = applyBlock(fundedAccounts(network), early, network);
    assert.ok('code' in applied && applied.code === 'INVALID_TRANSACTION');
  });

  it('the next transaction can spend the coins of the one before', () => {
    const brought = transfer({ network, from: alice, to: carol, amount: 50n, nonce: 0 });
    const spent = transfer({ network, from: carol, to: bob, amount: 50n, nonce: 0 });
    const state = apply(fundedAccounts(network), blockOf([brought, spent], bob));
    assert.deepEqual(state.account(carol.publicKey), { balance: 0n, nonce: 1n });
    assert.deepEqual(rejectionOf([spent, brought]), {
      code: 'INVALID_TRANSACTION',
      index: 0,
      cause: { code: 'INSUFFICIENT_FUNDS', available: 0n, required: 50n },
    });
  });

  it('INVALID_TRANSACTION: the first that does not apply, by its place; the state below is never written', () => {
    const base = new Overlay(fundedAccounts(network));
    const fault = applyBlock(base, blockOf([pay(0, 1n), pay(0, 1n), pay(9, 1n)]), network);
    assert.deepEqual(fault, {
      code: 'INVALID_TRANSACTION',
      index: 1,
      cause: { code: 'NONCE_TOO_LOW', expected: 1n, got: 0n },
    });
    assert.ok(!('code' in applyBlock(base, blockOf([pay(0, 1n), pay(1, 1n)]), network)));
    assert.deepEqual(base.changes(), []);
  });

  it('pays the subsidy of its height', () => {
    const state = apply(fundedAccounts(network), blockOf([], carol, network.halvingInterval + 1));
    assert.equal(state.account(carol.publicKey).balance, 5n * COIN);
  });

  it('undone, leaves every touched account as it was, those that never were included', () => {
    const base = new Overlay(fundedAccounts(network));
    const applied = applyBlock(base, blockOf([pay(0, 30n, 7n, testAccount(61))]), network);
    assert.ok(!('code' in applied));
    const keys = applied.changes.map(({ publicKey }) => publicKey);
    assert.deepEqual(
      applied.undo.map(({ publicKey }) => publicKey),
      keys,
    );
    applyChanges(base, applied.changes);
    assert.notDeepEqual(base.account(carol.publicKey), EMPTY_ACCOUNT);
    applyChanges(base, applied.undo);
    for (const key of keys) assert.deepEqual(base.account(key), fundedAccounts(network).account(key));
    assert.deepEqual(base.account(carol.publicKey), EMPTY_ACCOUNT);
  });
});
