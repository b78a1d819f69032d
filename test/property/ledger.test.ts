import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Block } from '../../src/consensus/block.js';
import { subsidyAt, supplyAt } from '../../src/consensus/network.js';
import { createTransaction, type Transaction } from '../../src/consensus/transaction.js';
import { applyBlock, applyChanges, applyTransaction } from '../../src/ledger/ledger.js';
import { Overlay } from '../../src/ledger/accounts.js';
import { testNetwork } from '../support/blocks.js';
import { fundedAccounts } from '../ledger/fundedAccounts.js';

const KEYS = Array.from({ length: 5 }, (_, index) => new Uint8Array(32).fill(index + 1));
const network = testNetwork({
  subsidy: 1_000n,
  halvingInterval: 3,
  allocations: KEYS.slice(0, 3).map((publicKey) => ({ publicKey, amount: 500n })),
});
// The ledger looks at no signature: rules 10 and 11 did.
const unsigned = new Uint8Array(64);

interface Payment {
  readonly from: number;
  readonly to: number;
  readonly amount: bigint;
  readonly fee: bigint;
}

const account = fc.nat({ max: KEYS.length - 1 });
const payment: fc.Arbitrary<Payment> = fc.record({
  from: account,
  to: account,
  amount: fc.bigInt({ min: 1n, max: 400n }),
  fee: fc.bigInt({ min: 0n, max: 50n }),
});
/** Blocks in a row, each with its miner and its payments. */
const blocks = fc.array(fc.record({ miner: account, payments: fc.array(payment, { maxLength: 8 }) }), { maxLength: 8 });

function transactionOf({ from, to, amount, fee }: Payment, nonce: bigint): Transaction {
  const fields = { sender: KEYS[from]!, recipient: KEYS[to]!, amount, fee, nonce, memo: '' };
  return createTransaction(network.chainId, fields, unsigned);
}

function blockOf(height: number, miner: number, transactions: readonly Transaction[]): Block {
  return { header: { ...network.genesis.header, height, miner: KEYS[miner]! }, transactions };
}

const balances = (overlay: Overlay) => KEYS.map((key) => overlay.account(key));
const sum = (overlay: Overlay) => balances(overlay).reduce((total, { balance }) => total + balance, 0n);

/** The payments that can be made on this state one after another, with the nonces that they need. */
function affordable(state: Overlay, payments: readonly Payment[]): Transaction[] {
  const trial = new Overlay(state);
  const transactions: Transaction[] = [];
  for (const one of payments) {
    const transaction = transactionOf(one, trial.account(KEYS[one.from]!).nonce);
    if (applyTransaction(trial, transaction) === undefined) transactions.push(transaction);
  }
  return transactions;
}

describe('the ledger, over any blocks', () => {
  it('creates the subsidy and nothing else, lets no balance fall below zero, and counts every nonce', () => {
    fc.assert(
      fc.property(blocks, (list) => {
        const state = new Overlay(fundedAccounts(network));
        let sent = 0n;
        for (const [index, { miner, payments }] of list.entries()) {
          const height = index + 1;
          const before = sum(state);
          const transactions = affordable(state, payments);
          const applied = applyBlock(state, blockOf(height, miner, transactions), network);
          assert.ok(!('code' in applied));
          applyChanges(state, applied.changes);
          assert.equal(sum(state), before + subsidyAt(network, height));
          assert.equal(sum(state), supplyAt(network, height));
          assert.ok(balances(state).every(({ balance }) => balance >= 0n));
          sent += BigInt(transactions.length);
        }
        assert.equal(
          balances(state).reduce((total, { nonce }) => total + nonce, 0n),
          sent,
        );
      }),
    );
  });

  it('undone block by block, is at every height the same as before', () => {
    fc.assert(
      fc.property(blocks, (list) => {
        const state = new Overlay(fundedAccounts(network));
        const past: { undo: Parameters<typeof applyChanges>[1]; accounts: ReturnType<typeof balances> }[] = [];
        for (const [index, { miner, payments }] of list.entries()) {
          const block = blockOf(index + 1, miner, affordable(state, payments));
          const applied = applyBlock(state, block, network);
          assert.ok(!('code' in applied));
          past.push({ undo: applied.undo, accounts: balances(state) });
          applyChanges(state, applied.changes);
        }
        for (const { undo, accounts } of past.reverse()) {
          applyChanges(state, undo);
          assert.deepEqual(balances(state), accounts);
        }
      }),
    );
  });

  it('refuses a block with one payment that does not apply, whatever surrounds it, and is not changed by it', () => {
    fc.assert(
      fc.property(fc.array(payment, { maxLength: 6 }), payment, fc.nat(), (payments, bad, at) => {
        const state = new Overlay(fundedAccounts(network));
        const good = affordable(state, payments);
        const index = at % (good.length + 1);
        const unaffordable = transactionOf({ ...bad, amount: 10_000n }, 0n);
        const transactions = [...good.slice(0, index), unaffordable, ...good.slice(index)];
        const applied = applyBlock(state, blockOf(1, 0, transactions), network);
        assert.ok('code' in applied && applied.code === 'INVALID_TRANSACTION');
        assert.equal(applied.index, index);
        assert.deepEqual(state.changes(), []);
      }),
    );
  });
});
