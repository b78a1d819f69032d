import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StorageFullError } from '../../src/chain/chainStore.js';
import { toHex } from '../../src/crypto/bytes.js';
import type { Transaction } from '../../src/consensus/transaction.js';
import type { SubmitOutcome } from '../../src/mempool/submission.js';
import type { JournalEntry } from '../../src/mempool/ports.js';
import type { MempoolPolicy } from '../../src/mempool/policy.js';
import { QueueFullError } from '../../src/util/serialQueue.js';
import { testAccount, transfer } from '../support/blocks.js';
import { network, now, offered, payment, setup, turn } from './testAdmission.js';

describe('a write that fails', () => {
  const better = payment(0, 100n, 50n);
  const replacing = [{ transaction: better, replaces: payment(0).id }];

  it('leaves the transaction to be replaced, and replaces it when there is space', async () => {
    const { admission, submit, mempool, writes, removed } = setup();
    const accepted = submit([payment(0)], undefined, now);
    await turn();
    writes[0]!.finish();
    await accepted;
    const refused = admission.submit(replacing, undefined, now);
    await turn();
    // A transaction not on disk is invisible, and the old one stays until the new one is on disk.
    assert.deepEqual(mempool.ordered(), [payment(0)]);
    writes[1]!.finish(new StorageFullError('no space left'));
    await assert.rejects(refused, StorageFullError);
    assert.deepEqual(mempool.ordered(), [payment(0)]);
    assert.equal(mempool.dropped(payment(0).id), undefined);
    assert.deepEqual(removed, []);
    const again = admission.submit(replacing, undefined, now);
    await turn();
    writes[2]!.finish();
    assert.deepEqual(await again, [{ transaction: better, alreadyKnown: false, replaced: payment(0) }]);
    assert.deepEqual(removed, [toHex(payment(0).id)]);
  });

  it('leaves the transaction to be evicted from a full mempool', async () => {
    const { submit, mempool, writes } = setup({ policy: { maxTransactions: 1 } });
    const first = submit([payment(0)], undefined, now);
    await turn();
    writes[0]!.finish();
    await first;
    const other = transfer({ network, from: testAccount(2), to: testAccount(1), amount: 1n, fee: 9n, nonce: 0 });
    const refused = submit([other], undefined, now);
    await turn();
    writes[1]!.finish(new QueueFullError(1));
    await assert.rejects(refused, QueueFullError);
    assert.deepEqual(mempool.ordered(), [payment(0)]);
  });

  it('is the answer to all who waited for it, also to a resend', async () => {
    const { submit, mempool, writes } = setup();
    const refused = [submit([payment(0)], undefined, now)];
    await turn();
    const waiting = [submit([payment(0)], undefined, now), submit([payment(1)], undefined, now)];
    await turn();
    assert.equal(writes.length, 1);
    writes[0]!.finish(new StorageFullError('no space left'));
    for (const submitted of refused) await assert.rejects(submitted, StorageFullError);
    await turn();
    writes[1]!.finish();
    const outcomes = (await Promise.all(waiting)).flat();
    assert.deepEqual(
      outcomes.map((outcome) => 'code' in outcome || outcome.alreadyKnown),
      [false, false],
    );
    assert.equal(mempool.size, 2);
  });
});

describe('a batch', () => {
  const chain = (...fees: bigint[]) => fees.map((fee) => payment(0, 100n, fee));

  it('journals and announces only its result', async () => {
    const { admission, mempool, writes, removed } = setup();
    const [first, second, third] = chain(0n, 10n, 20n);
    const announced: Transaction[] = [];
    admission.accepted.on(({ transactions }) => announced.push(...transactions));
    const submitted = admission.submit(
      [first!, second!, third!].map((transaction) => ({ transaction, replaces: 'any' })),
      undefined,
      now,
    );
    await turn();
    assert.deepEqual(
      writes[0]!.entries.map(({ transaction }) => transaction),
      [third],
    );
    writes[0]!.finish();
    const outcomes = await submitted;
    assert.deepEqual(
      outcomes.map((outcome) => ('code' in outcome ? outcome.code : outcome.transaction)),
      ['NONCE_CONFLICT', 'NONCE_CONFLICT', third],
    );
    assert.deepEqual(outcomes[2], { transaction: third, alreadyKnown: false, replaced: undefined });
    assert.deepEqual([announced, mempool.ordered(), removed], [[third], [third], []]);
  });

  it('replaces the pending transaction by the last one of the batch', async () => {
    const { admission, submit, writes, mempool } = setup();
    const [first, second, third] = chain(0n, 10n, 20n);
    const accepted = submit([first!], undefined, now);
    await turn();
    writes[0]!.finish();
    await accepted;
    const submitted = admission.submit(
      [
        { transaction: second!, replaces: first!.id },
        { transaction: third!, replaces: second!.id },
      ],
      undefined,
      now,
    );
    await turn();
    writes[1]!.finish();
    assert.deepEqual((await submitted)[1], { transaction: third, alreadyKnown: false, replaced: first });
    assert.deepEqual(mempool.ordered(), [third]);
  });

  it('that a block overtakes answers with the state after the block, and leaves nothing in the journal', async () => {
    const { admission, mempool, writes, removed, connect } = setup();
    const submitted = admission.submit([offered(payment(0)), offered(payment(1))], undefined, now);
    await turn();
    connect([payment(0)]);
    writes[0]!.finish();
    assert.deepEqual(await submitted, [
      { transaction: payment(0), alreadyKnown: true, replaced: undefined },
      { transaction: payment(1), alreadyKnown: false, replaced: undefined },
    ]);
    assert.deepEqual(removed, [toHex(payment(0).id)]);
    assert.deepEqual(mempool.ordered(), [payment(1)]);
  });
});

describe('what is acknowledged', () => {
  const of = (account: number, nonce: number, fee: bigint) =>
    transfer({ network, from: testAccount(account), to: testAccount(1), amount: 1n, fee, nonce });
  const any = (transactions: Transaction[]) =>
    transactions.map((transaction) => ({ transaction, replaces: 'any' as const }));
  const summary = (outcomes: SubmitOutcome[]) =>
    outcomes.map((outcome) => ('code' in outcome ? outcome.code : outcome.alreadyKnown ? 'known' : 'new'));
  const writtenBy = ({ entries }: { entries: readonly JournalEntry[] }) =>
    entries.map(({ transaction }) => transaction);
  /** Admission with these pending. */
  async function holding(pending: Transaction[], policy: Partial<MempoolPolicy>) {
    const world = setup({ policy });
    const accepted = world.submit(pending, undefined, now);
    await turn();
    world.writes[0]!.finish();
    assert.deepEqual(
      summary(await accepted),
      pending.map(() => 'new'),
    );
    return world;
  }

  it('has the room that one made for it that was replaced after it in the batch', async () => {
    const { admission, mempool, writes, removed } = await holding([of(0, 1, 0n)], { maxHeldBack: 1 });
    const [first, heldBack, better] = [of(0, 0, 0n), of(2, 1, 0n), of(0, 0, 1n)];
    const submitted = admission.submit(any([first, heldBack, heldBack, better]), undefined, now);
    await turn();
    writes[1]!.finish();
    assert.deepEqual(summary(await submitted), ['NONCE_CONFLICT', 'new', 'known', 'new']);
    assert.deepEqual(mempool.ordered(), [better, of(0, 1, 0n), heldBack]);
    assert.deepEqual(removed, []);
  });

  it('is no copy in the same batch of one that a block made impossible', async () => {
    const { submit, mempool, writes, connect } = setup();
    const submitted = submit([payment(0), payment(0)], undefined, now);
    await turn();
    connect([payment(0, 50n)]);
    writes[0]!.finish();
    assert.deepEqual(summary(await submitted), ['NONCE_TOO_LOW', 'NONCE_TOO_LOW']);
    assert.equal(mempool.size, 0);
  });

  it('is not what was pending before it was replaced by one after it', async () => {
    const { admission, mempool, writes } = await holding([of(0, 0, 0n)], {});
    const submitted = admission.submit(any([of(0, 0, 0n), of(0, 0, 1n)]), undefined, now);
    await turn();
    writes[1]!.finish();
    assert.deepEqual(summary(await submitted), ['NONCE_CONFLICT', 'new']);
    assert.deepEqual(mempool.ordered(), [of(0, 0, 1n)]);
  });

  it('is a resend of what is pending, even if a change that then could not be made would have evicted it', async () => {
    const { submit, mempool, writes, connect } = setup({ policy: { maxTransactions: 1 } });
    const cheap = of(2, 1, 0n);
    const accepted = submit([cheap], undefined, now);
    await turn();
    const waiting = submit([payment(0, 100n, 9n), cheap], undefined, now);
    writes[0]!.finish();
    await accepted;
    await turn();
    connect([payment(0, 50n)]);
    writes[1]!.finish();
    assert.deepEqual(summary(await waiting), ['NONCE_TOO_LOW', 'known']);
    assert.deepEqual(mempool.ordered(), [cheap]);
  });

  it('is written in a second write if a block brought it room during the first', async () => {
    const { submit, mempool, writes, removed, connect } = await holding([payment(0)], { maxTransactions: 1 });
    const [overtaken, refused] = [of(2, 0, 9n), of(2, 1, 8n)];
    const submitted = submit([overtaken, refused], undefined, now);
    await turn();
    assert.deepEqual(writtenBy(writes[1]!), [overtaken]);
    connect([payment(0)]);
    writes[1]!.finish();
    await turn();
    assert.deepEqual(writtenBy(writes[2]!), [refused]);
    assert.equal(mempool.size, 0);
    writes[2]!.finish();
    assert.deepEqual(summary(await submitted), ['NONCE_TOO_LOW', 'new']);
    assert.deepEqual(mempool.ordered(), [refused]);
    assert.deepEqual(
      removed,
      [payment(0), overtaken].map(({ id }) => toHex(id)),
    );
  });

  it('leaves nothing in the journal if only the first of two writes succeeds', async () => {
    const { submit, mempool, writes, removed, connect } = await holding([payment(0)], { maxTransactions: 1 });
    const submitted = submit([of(2, 0, 9n), of(2, 1, 8n)], undefined, now);
    await turn();
    connect([payment(0)]);
    writes[1]!.finish();
    await turn();
    writes[2]!.finish(new StorageFullError('no space left'));
    await assert.rejects(submitted, StorageFullError);
    assert.deepEqual(
      removed,
      [payment(0), of(2, 0, 9n)].map(({ id }) => toHex(id)),
    );
    assert.equal(mempool.size, 0);
  });

  it('keeps its record and its date if it left and came back within a batch', async () => {
    const pending = [of(0, 0, 1n), of(0, 1, 100n)];
    const { submit, admission, mempool, writes, removed } = setup({ policy: { maxTransactions: 2 } });
    const accepted = submit(pending, undefined, now);
    await turn();
    // Two evict both, but leave for a better first one, and then the second has room again.
    const batch = [of(2, 0, 50n), of(3, 0, 50n), of(0, 0, 60n), pending[1]!];
    const waiting = admission.submit(any(batch), undefined, now + 1);
    await turn();
    writes[0]!.finish();
    await accepted;
    await turn();
    assert.deepEqual(
      writes[1]!.entries.map(({ transaction }) => transaction),
      [of(0, 0, 60n)],
    );
    writes[1]!.finish();
    assert.deepEqual(summary(await waiting), ['MEMPOOL_FULL', 'MEMPOOL_FULL', 'new', 'known']);
    assert.equal(mempool.get(pending[1]!.id)?.since, now);
    assert.deepEqual(removed, [toHex(pending[0]!.id)]);
  });
});
