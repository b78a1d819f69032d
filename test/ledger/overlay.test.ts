import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EMPTY_ACCOUNT, Overlay } from '../../src/ledger/accounts.js';

const [a, b] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const rich = { balance: 9n, nonce: 1n };

describe('an overlay', () => {
  it('shows its own writes, and the reader below for the rest', () => {
    const base = new Overlay({ account: () => EMPTY_ACCOUNT });
    base.set(a, rich);
    const overlay = new Overlay(base);
    assert.deepEqual(overlay.account(a), rich);
    overlay.set(a, { balance: 1n, nonce: 2n });
    assert.deepEqual(overlay.account(a), { balance: 1n, nonce: 2n });
    assert.deepEqual(overlay.account(b), EMPTY_ACCOUNT);
    assert.deepEqual(base.account(a), rich);
  });

  it('lists each account written once, with its last state', () => {
    const overlay = new Overlay({ account: () => EMPTY_ACCOUNT });
    overlay.set(a, rich);
    overlay.set(b, rich);
    overlay.set(Uint8Array.from(a), EMPTY_ACCOUNT);
    assert.deepEqual(overlay.changes(), [
      { publicKey: a, account: EMPTY_ACCOUNT },
      { publicKey: b, account: rich },
    ]);
  });
});
