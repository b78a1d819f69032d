import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Transaction } from '../../src/consensus/transaction.js';
import { toHex } from '../../src/crypto/bytes.js';
import { EMPTY_ACCOUNT } from '../../src/ledger/accounts.js';
import { Entries } from '../../src/mempool/entries.js';
import { byFeeRate, type Entry } from '../../src/mempool/entry.js';
import { SortedList } from '../../src/util/sortedList.js';
import { propertySeed } from '../support/propertySeed.js';

/** Nothing but what an order looks at. */
function payment(sender: number, nonce: number, fee: number, number: number): Transaction {
  const key = (value: number) => new Uint8Array(32).fill(value);
  const id = new Uint8Array(32);
  new DataView(id.buffer).setUint32(0, number);
  const amounts = { amount: 1n, fee: BigInt(fee), nonce: BigInt(nonce) };
  const rest = { memo: '', signature: id, payload: id, encoded: id, leaf: id, size: 100 };
  const [senderHex, recipientHex] = [toHex(key(sender)), toHex(key(99))];
  const hex = { txid: toHex(id), leafHex: toHex(id), senderHex, recipientHex };
  return { sender: key(sender), recipient: key(99), id, ...amounts, ...rest, ...hex };
}

/** By its definition: again and again the best of what each sender has next; then what is held back, as it arrived. */
function expectedOrder(entries: Entries): Entry[] {
  const queues = [...entries.bySender.values()];
  const waiting = queues.map((queue) => queue.entries.slice(0, queue.readyCount));
  const order: Entry[] = [];
  for (;;) {
    const heads = waiting.filter(({ length }) => length > 0);
    const best = heads.sort((a, b) => byFeeRate(a[0]!, b[0]!))[0];
    if (!best) break;
    order.push(best.shift()!);
  }
  const heldBack = queues.flatMap((queue) => queue.entries.slice(queue.readyCount));
  return [...order, ...heldBack.sort((a, b) => a.sequence - b.sequence)];
}

const step = fc.record({
  kind: fc.constantFrom('add', 'add', 'add', 'remove', 'move', 'attempt', 'read'),
  sender: fc.nat({ max: 5 }),
  nonce: fc.nat({ max: 7 }),
  fee: fc.nat({ max: 4 }),
});

describe('the mining order', () => {
  it('is what its definition says, whatever came, left, was taken back or mined', (test) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const entries = new Entries();
        let number = 0;
        const change = ({ kind, sender, nonce, fee }: (typeof steps)[number]) => {
          const transaction = payment(sender, nonce, fee, number++);
          const queue = entries.queueOf(transaction.senderHex);
          const there = queue?.at(BigInt(nonce));
          if (kind === 'remove' && there) entries.remove(there);
          if (kind === 'move' && queue) entries.move(queue, { ...queue.account, nonce: BigInt(nonce) });
          if (kind !== 'add') return;
          if (there) entries.remove(there);
          entries.add(transaction, queue?.account ?? EMPTY_ACCOUNT, { since: 0, arrived: 0 });
        };
        const check = () => {
          const expected = expectedOrder(entries).map(({ txid }) => txid);
          const placed = [...entries.order.placed()];
          assert.deepEqual(
            placed.map(({ entry }) => entry.txid),
            expected,
          );
          for (const [index, { heldBack, feeRate, sequence, entry }] of placed.entries()) {
            const place = { heldBack, feeRate, sequence, id: entry.transaction.id };
            const next = entries.order.page({ after: place, limit: 3, fromEnd: false });
            assert.deepEqual(
              next.map(({ transaction }) => toHex(transaction.id)),
              expected.slice(index + 1, index + 4),
            );
            const former = entries.order.page({ before: place, limit: 3, fromEnd: true });
            assert.deepEqual(
              former.map(({ transaction }) => toHex(transaction.id)),
              expected.slice(Math.max(index - 3, 0), index),
            );
          }
        };
        /** Stays, is taken back, is done again, or is not, since something else came in between. */
        const attempt = (each: (typeof steps)[number]) => {
          let attempted: string[] = [];
          const redo = entries.attempt(() => {
            change({ ...each, kind: 'add' });
            change({ ...each, kind: each.fee > 2 ? 'remove' : 'add', nonce: each.fee });
            if (each.nonce > 4) check();
            attempted = expectedOrder(entries).map(({ txid }) => txid);
            return each.sender > 2;
          });
          if (!redo || each.nonce < 2) return;
          const isOutdated = each.nonce < 4;
          if (isOutdated) change({ ...each, kind: 'add', sender: each.sender + 1 });
          const before = expectedOrder(entries).map(({ txid }) => txid);
          assert.equal(redo(), !isOutdated);
          const after = expectedOrder(entries).map(({ txid }) => txid);
          assert.deepEqual(after, isOutdated ? before : attempted);
          assert.equal(redo(), false);
          entries.outdateAttempts();
        };
        for (const each of steps) {
          if (each.kind === 'read') check();
          else if (each.kind !== 'attempt') change(each);
          else attempt(each);
        }
        check();
      }),
      { seed: propertySeed(test), numRuns: 200 },
    );
  });
});

describe('a sorted list', () => {
  it('threat listed-mempool: takes one more, or a place, for a few comparisons, however long it is', () => {
    let comparisons = 0;
    const list = new SortedList<number>((a, b) => {
      comparisons++;
      return a - b;
    });
    const length = 50_000;
    list.add(Array.from({ length }, (_, index) => 2 * index));
    comparisons = 0;
    list.add([length + 1]);
    list.remove(new Set([length + 1]));
    list.firstNot((item) => ++comparisons < 0 || item < length);
    assert.ok(comparisons < 100, `${comparisons}`);
  });

  it('loses the items of one place one by one, down to the last of a part of it', () => {
    const list = new SortedList<number>((a, b) => a - b);
    const all = Array.from({ length: 40_000 }, (_, index) => index);
    list.add(all);
    for (let first = 0; first < 6_000; first += 600) {
      list.remove(new Set(all.slice(first, first + 600)));
      assert.equal(list.length, all.length - first - 600);
      assert.equal(list.from(0).next().value, first + 600);
    }
    assert.deepEqual([...list.from(0)], all.slice(6_000));
  });

  it('is in order and finds places, however many came and left at once', (test) => {
    const change = fc.record({
      add: fc.uniqueArray(fc.nat({ max: 5_000 }), { maxLength: 1_500 }),
      // Of what is there, one in so many.
      removeEach: fc.constantFrom(1, 2, 3, 100, 1_000),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), fc.nat({ max: 5_000 }), (changes, bound) => {
        const list = new SortedList<number>((a, b) => a - b);
        const model = new Set<number>();
        for (const { add, removeEach } of changes) {
          const added = add.filter((item) => !model.has(item));
          list.add(added);
          for (const item of added) model.add(item);
          const removed = new Set([...model].filter((_, index) => index % removeEach === 0));
          list.remove(removed);
          for (const item of removed) model.delete(item);
          const expected = [...model].sort((a, b) => a - b);
          assert.deepEqual([...list.from(0)], expected);
          assert.equal(list.length, expected.length);
          const index = list.firstNot((item) => item < bound);
          assert.deepEqual([...list.from(index)], expected.slice(index));
          assert.equal(index, expected.filter((item) => item < bound).length);
        }
      }),
      { seed: propertySeed(test), numRuns: 100 },
    );
  });
});
