import 'reflect-metadata';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KeyPair } from '../../src/crypto/ed25519.js';
import { Page } from '../../src/graphql/page.js';
import { mempoolList, senderList } from '../../src/graphql/resolvers/mempool.js';
import { EMPTY_ACCOUNT } from '../../src/ledger/accounts.js';
import { Mempool } from '../../src/mempool/mempool.js';
import { DEFAULT_POLICY } from '../../src/mempool/policy.js';
import { NOTHING_CONFIRMED, testAccount, testNetwork, transfer } from '../support/blocks.js';

const network = testNetwork();
const rich = { ...EMPTY_ACCOUNT, balance: 1_000_000n };

/** A mempool of transactions named by their memo: [memo, sender, nonce, fee], in order of arrival and all by the same date. */
function filled(entries: readonly (readonly [string, number, number, bigint])[]) {
  const mempool = new Mempool(DEFAULT_POLICY);
  const byMemo = new Map(
    entries.map(([memo, sender, nonce, fee]) => {
      const from: KeyPair = testAccount(sender);
      const transaction = transfer({ network, from, to: testAccount(9), amount: 1n, fee, nonce, memo });
      assert.equal(mempool.add(transaction, rich, 1_000), undefined);
      return [memo, transaction];
    }),
  );
  const page = (after?: string, first = 2) => new Page(mempoolList(mempool), { first, after });
  /** The last of its sender is one that the sender can no longer pay for; of another a block says that it and those before it were mined. */
  const remove = async (memo: string): Promise<void> => {
    const { sender, nonce, id } = byMemo.get(memo)!;
    const isLast = mempool.bySender(sender).at(-1)!.id === id;
    const account = isLast
      ? { nonce: 0n, balance: mempool.outgoing(sender) - 1n }
      : { nonce: nonce + 1n, balance: rich.balance };
    const change = { disconnected: [], accounts: [{ publicKey: sender, account }], ...NOTHING_CONFIRMED };
    await mempool.reconcile(change, 1_000);
    assert.ok(mempool.dropped(id));
  };
  return { mempool, page, remove };
}

const memos = (nodes: readonly { readonly memo: string }[]) => nodes.map(({ memo }) => memo).join('');

describe('the mempool in mining order', () => {
  it('is best fee rate first, each sender by nonce, held back ones last', () => {
    // b pays more than a but has to wait for it; d misses nonce 0.
    const { page } = filled([
      ['a', 0, 0, 1_000n],
      ['b', 0, 1, 9_000n],
      ['d', 2, 1, 99_000n],
      ['c', 1, 0, 5_000n],
    ]);
    assert.equal(memos(page(undefined, 10).nodes), 'cabd');
    assert.equal(page().totalCount, 4);
  });

  it('goes on at the same place when the transaction of the cursor was mined', async () => {
    const { page, remove } = filled([
      ['a', 0, 0, 0n],
      ['b', 1, 0, 0n],
      ['c', 2, 0, 0n],
      ['d', 3, 0, 0n],
    ]);
    const { nodes, pageInfo } = page();
    assert.equal(memos(nodes), 'ab');
    assert.equal(memos(page(pageInfo.endCursor).nodes), 'cd');
    await remove('a');
    await remove('b');
    assert.equal(memos(page(pageInfo.endCursor).nodes), 'cd');
    const back = new Page(mempoolList(filled([['c', 2, 0, 0n]]).mempool), {
      last: 2,
      before: pageInfo.endCursor,
    });
    assert.equal(memos(back.nodes), 'c', 'what arrived earlier lies before the place');
  });

  it('leaves out and repeats nothing around a vanished cursor where all pay the same and came in one millisecond', async () => {
    const { mempool, page, remove } = filled([
      ['a', 0, 0, 0n],
      ['b', 1, 0, 0n],
      ['x', 2, 0, 0n],
      ['c', 3, 0, 0n],
    ]);
    const { endCursor } = page(undefined, 3).pageInfo;
    await remove('x');
    assert.equal(memos(page(endCursor, 10).nodes), 'c');
    assert.equal(memos(new Page(mempoolList(mempool), { last: 10, before: endCursor }).nodes), 'ab');
  });

  it('repeats items at the place of a vanished cursor rather than leave one out', async () => {
    const { page, remove } = filled([
      ['a', 0, 0, 1_000n],
      ['b', 0, 1, 9_000n],
      ['c', 1, 0, 5_000n],
      ['d', 2, 0, 500n],
    ]);
    const { nodes, pageInfo } = page(undefined, 3);
    assert.equal(memos(nodes), 'cab');
    await remove('b');
    // b stood where a stands, which it had to wait for.
    assert.equal(memos(page(pageInfo.endCursor).nodes), 'ad');
  });

  it('goes on at the same place in the part that is held back', async () => {
    const { page, remove } = filled([
      ['a', 0, 0, 1_000n],
      ['x', 1, 1, 1_000n],
      ['y', 2, 1, 1_000n],
      ['z', 3, 1, 1_000n],
    ]);
    const { nodes, pageInfo } = page(undefined, 3);
    assert.equal(memos(nodes), 'axy');
    assert.equal(memos(page(pageInfo.endCursor).nodes), 'z');
    await remove('y');
    assert.equal(memos(page(pageInfo.endCursor).nodes), 'z');
  });
});

describe('the mempool of one sender', () => {
  it('is by nonce, and its cursors outlive their transactions', async () => {
    const { mempool, remove } = filled([
      ['c', 0, 2, 9_000n],
      ['a', 0, 0, 1_000n],
      ['b', 0, 1, 5_000n],
      ['z', 1, 0, 5_000n],
    ]);
    const sender = testAccount(0).publicKey;
    const page = (after?: string) => new Page(senderList(mempool, sender), { first: 2, after });
    const { nodes, pageInfo, totalCount } = page();
    assert.equal(memos(nodes), 'ab');
    assert.equal(totalCount, 3);
    assert.equal(pageInfo.hasNextPage(), true);
    await remove('b');
    assert.equal(memos(page(pageInfo.endCursor).nodes), 'c');
    assert.equal(memos(new Page(senderList(mempool, sender), { last: 1 }).nodes), 'c');
  });

  it('has cursors of its own', () => {
    const { mempool, page } = filled([['a', 0, 0, 1n]]);
    const { endCursor } = page().pageInfo;
    assert.throws(
      () => new Page(senderList(mempool, testAccount(0).publicKey), { after: endCursor }),
      /after: expected a cursor of this list/,
    );
  });
});
