import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StorageFullError } from '../../src/chain/chainStore.js';
import { toHex } from '../../src/crypto/bytes.js';
import type { Transaction } from '../../src/consensus/transaction.js';
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
