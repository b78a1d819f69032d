import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TRANSACTION_PATIENCE_MS as PATIENCE_MS } from '../../src/consensus/protocol.js';
import type { Transaction } from '../../src/consensus/transaction.js';
import { toHex } from '../../src/crypto/bytes.js';
import type { PeerState } from '../../src/peers/peerState.js';
import { TransactionRequests } from '../../src/peers/relay/transactionRequests.js';
import { atOnce } from '../../src/util/turns.js';
import { dummyTransactions } from './fakeClient.js';

const [A, B, C, STRANGER] = ['a', 'b', 'c', 'f'].map((name) => name.repeat(64)) as [string, string, string, string];
const all = dummyTransactions(3);
const [first, second] = all as [Transaction, Transaction, Transaction];

function node() {
  const has = new Set<string>();
  const clock = { elapsed: 0 };
  const peers = new Map([A, B, C].map((id) => [id, {} as PeerState]));
  const requests = new TransactionRequests({
    has: (id) => has.has(toHex(id)),
    peers: { byId: (id) => peers.get(id) },
    clock: { elapsed: () => clock.elapsed },
  });
  const tell = (giver: string | undefined, ...transactions: readonly Transaction[]) =>
    atOnce(
      requests.answering(
        transactions.map(({ id }) => id),
        giver,
      ),
    );
  return { has, clock, requests, tell };
}

describe('an announced transaction', () => {
  it('is wanted of the first peer that announces it, and of no other meanwhile', () => {
    const { tell } = node();
    assert.deepEqual(tell(A, first, second), ['wanted', 'wanted']);
    assert.deepEqual(tell(B, second, all[2]!), ['later', 'wanted']);
    assert.deepEqual(tell(A, first), ['wanted'], 'it may have lost the answer');
  });

  it('that this node has is wanted of nobody', () => {
    const { tell, has } = node();
    has.add(toHex(first.id));
    assert.deepEqual(tell(A, first, second), ['known', 'wanted']);
  });

  it('that comes as a whole is not wanted of others while it is looked at, and again if it was refused', () => {
    const { tell, requests } = node();
    requests.arrived([first], A);
    assert.deepEqual(tell(B, first), ['later']);
    requests.settled([first]);
    assert.deepEqual(tell(B, first), ['wanted']);
  });

  it('threat withheld-transaction: that its announcer does not bring is wanted of the next one, and the late one is waited for no more', () => {
    const { tell, clock, requests } = node();
    assert.deepEqual(tell(A, first, second), ['wanted', 'wanted']);
    clock.elapsed = PATIENCE_MS - 1;
    assert.deepEqual(tell(B, first), ['later']);
    clock.elapsed = PATIENCE_MS;
    assert.deepEqual(tell(B, first), ['wanted']);
    assert.deepEqual(tell(C, first), ['later'], 'B is to bring it');
    // Nothing else that A has announced is waited for, nor what it announces now.
    assert.deepEqual(tell(C, second), ['wanted']);
    assert.deepEqual(tell(A, all[2]!), ['wanted']);
    assert.deepEqual(tell(B, all[2]!), ['wanted']);
    // Until it brings something.
    requests.arrived([first], A);
    requests.settled(all);
    assert.deepEqual([tell(A, first), tell(B, first)], [['wanted'], ['later']]);
  });

  it('threat announced-by-strangers: keys that cost nothing hold nothing up', () => {
    const { tell, requests } = node();
    for (const giver of [STRANGER, undefined]) {
      assert.deepEqual(tell(giver, first), ['wanted']);
      requests.arrived([first], giver);
      assert.deepEqual(tell(A, first), ['wanted']);
      requests.settled([first]);
    }
  });

  it('beyond 65,536 that are to come pushes out the oldest', () => {
    const { tell } = node();
    const ids = Array.from({ length: 65_536 }, (_, index) => {
      const id = new Uint8Array(32);
      new DataView(id.buffer).setUint32(0, index);
      return { id } as Transaction;
    });
    tell(A, first);
    assert.deepEqual(tell(B, first), ['later']);
    tell(A, ...ids);
    assert.deepEqual(tell(B, first), ['wanted']);
  });
});
