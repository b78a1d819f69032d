import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StorageFullError } from '../../src/chain/chainStore.js';
import { toHex } from '../../src/crypto/bytes.js';
import { createTransaction, type Transaction } from '../../src/consensus/transaction.js';
import { DEFAULT_POLICY } from '../../src/mempool/policy.js';
import { testAccount, transfer } from '../support/blocks.js';
import { network, now, offered, payment, setup, turn } from './testAdmission.js';

describe('admission', () => {
  it('acknowledges and announces only transactions on disk', async () => {
    const { admission, submit, writes } = setup();
    const announced: unknown[] = [];
    admission.accepted.on((event) => announced.push(event));
    const transaction = payment(0);
    let answered = false;
    const submitted = submit([transaction], 'giver', now).then((outcomes) => {
      answered = true;
      return outcomes;
    });
    await turn();
    assert.deepEqual([answered, announced.length, writes.length], [false, 0, 1]);
    writes[0]!.finish();
    assert.deepEqual(await submitted, [{ transaction, alreadyKnown: false, replaced: undefined }]);
    assert.deepEqual(announced, [{ transactions: [transaction], giver: 'giver' }]);
  });

  it('lets a resend wait for the same write', async () => {
    const { submit, writes } = setup();
    const transaction = payment(0);
    const first = submit([transaction], undefined, now);
    await turn();
    let answered = false;
    const second = submit([transaction], undefined, now).finally(() => (answered = true));
    await turn();
    assert.equal(answered, false);
    assert.equal(writes.length, 1);
    writes[0]!.finish();
    assert.deepEqual(await first, [{ transaction, alreadyKnown: false, replaced: undefined }]);
    assert.deepEqual(await second, [{ transaction, alreadyKnown: true, replaced: undefined }]);
  });

  it('STORAGE_FULL: forgets a transaction that could not be written, and accepts it when there is space', async () => {
    const { submit, mempool, writes } = setup();
    const transaction = payment(0);
    const refused = submit([transaction], undefined, now);
    await turn();
    writes[0]!.finish(new StorageFullError('no space left'));
    await assert.rejects(refused, StorageFullError);
    assert.equal(mempool.size, 0);
    const accepted = submit([transaction], undefined, now);
    await turn();
    writes[1]!.finish();
    assert.deepEqual(await accepted, [{ transaction, alreadyKnown: false, replaced: undefined }]);
  });

  it('reports how long each stage took: signatures, the change before, the write', async () => {
    const { admission, submit, writes, clock } = setup();
    const stages: [string, number, number][] = [];
    admission.staged.on(({ stage, transactions, milliseconds }) => {
      stages.push([stage, transactions.length, milliseconds]);
    });
    const first = submit([payment(0)], undefined, now);
    await turn();
    clock.advance(20);
    const second = submit([payment(1), payment(2)], undefined, now);
    await turn();
    assert.equal(admission.waiting, 3);
    clock.advance(30);
    writes[0]!.finish();
    await turn();
    clock.advance(5);
    writes[1]!.finish();
    await Promise.all([first, second]);
    assert.deepEqual(stages, [
      ['verify', 1, 0],
      ['wait', 1, 0],
      ['verify', 2, 0],
      ['write', 1, 50],
      ['wait', 2, 30],
      ['write', 2, 5],
    ]);
    assert.equal(admission.waiting, 0);
  });

  it('takes 64 nonces of one sender in one batch, though only 16 may be ahead', async () => {
    const { submit, mempool, writes } = setup();
    const submitted = submit(
      Array.from({ length: 64 }, (_, nonce) => payment(nonce)),
      undefined,
      now,
    );
    await turn();
    writes[0]!.finish();
    assert.ok((await submitted).every((outcome) => !('code' in outcome)));
    assert.equal(mempool.select(1_000_000).length, 64);
  });

  it('accepts a batch when there is no room for a transaction that waits for an earlier one', async () => {
    const noneWait = setup({ policy: { maxHeldBack: 0 } });
    const full = setup({ policy: { maxTransactions: 3 } });
    const cheap = [2, 3, 4].map((from) =>
      transfer({ network, from: testAccount(from), to: testAccount(1), amount: 100n, nonce: 0 }),
    );
    const filled = full.submit(cheap, undefined, now);
    await turn();
    full.writes.pop()!.finish();
    await filled;
    for (const { admission, submit, writes } of [noneWait, full]) {
      const alone = await admission.submit([offered(payment(1, 100n, 500n))], undefined, now);
      assert.equal('code' in alone[0]! && alone[0].code, 'HELD_BACK_LIMIT');
      const batch = submit(
        [0, 1, 2].map((nonce) => payment(nonce, 100n, 500n)),
        undefined,
        now,
      );
      await turn();
      writes[0]!.finish();
      assert.deepEqual(
        (await batch).filter((outcome) => 'code' in outcome),
        [],
      );
    }
    assert.equal(full.mempool.size, 3);
  });

  it('answers each transaction of a batch on its own', async () => {
    const { submit, writes } = setup();
    const good = payment(0);
    const forged = createTransaction(network.chainId, { ...payment(1), amount: 999n }, payment(1).signature);
    const submitted = submit([good, forged, good, payment(0, 0n)], undefined, now);
    await turn();
    writes[0]!.finish();
    assert.deepEqual(await submitted, [
      { transaction: good, alreadyKnown: false, replaced: undefined },
      { code: 'INVALID_SIGNATURE', fault: 'equation' },
      { transaction: good, alreadyKnown: true, replaced: undefined },
      { code: 'INVALID_AMOUNT', amount: 0n, fee: 0n },
    ]);
  });

  it('checks a forged signature once, by its leaf', async () => {
    const { submit, verified, writes } = setup();
    const good = payment(0);
    const forged = createTransaction(network.chainId, good, payment(1).signature);
    await submit([forged], undefined, now);
    await submit([forged], undefined, now);
    assert.equal(verified.length, 1);
    // The same payload, so the same id, with the right signature is not refused for it.
    const submitted = submit([good], undefined, now);
    await turn();
    writes[0]!.finish();
    assert.deepEqual(await submitted, [{ transaction: good, alreadyKnown: false, replaced: undefined }]);
    assert.deepEqual(await submit([forged], undefined, now), [{ code: 'INVALID_SIGNATURE', fault: 'equation' }]);
  });

  it('knows a confirmed transaction again, and refuses another one of its nonce', async () => {
    const confirmed = payment(0);
    const { submit, verified } = setup({ confirmed, nonce: 1n });
    const forged = { ...confirmed, leaf: new Uint8Array(32), signature: payment(1).signature };
    const [again] = await submit([forged], undefined, now);
    // The signature is unchecked: the answer names the transaction on the chain.
    assert.ok(again && 'transaction' in again && again.transaction === confirmed);
    assert.deepEqual(await submit([confirmed], undefined, now), [
      { transaction: confirmed, alreadyKnown: true, replaced: undefined },
    ]);
    const [outcome] = await submit([payment(0, 5n)], undefined, now);
    assert.equal(outcome && 'code' in outcome && outcome.code, 'NONCE_TOO_LOW');
    assert.equal(verified.length, 0);
  });

  it('check answers as submit would, and changes nothing', async () => {
    const { admission, mempool } = setup();
    const good = payment(0);
    assert.equal(await admission.check(offered(good)), undefined);
    assert.equal(
      (await admission.check(offered(createTransaction(network.chainId, good, payment(1).signature))))?.code,
      'INVALID_SIGNATURE',
    );
    assert.equal((await admission.check(offered(payment(17))))?.code, 'NONCE_TOO_HIGH');
    assert.equal(mempool.size, 0);
  });

  it('restores acknowledged transactions after a restart, whatever the wall clock says, and forgets mined ones', async () => {
    const wall = 400 * DAY;
    // Accepted while the clock stood at 1970, a while ago, and when it was ahead.
    const entries = [0, 1, 2, 3].map((nonce, index) => ({
      transaction: payment(nonce),
      since: [0, 0, wall - 7, wall + DAY][index]!,
    }));
    const { admission, mempool, removed } = setup({ nonce: 1n, journalled: entries });
    assert.equal(await admission.restore([], wall, 1_000), 3);
    assert.deepEqual(removed, [toHex(entries[0]!.transaction.id)]);
    assert.equal(mempool.get(entries[1]!.transaction.id)?.since, 0);
    // The one of 1970 has half of its life left, the others all the time that has not passed at this node.
    const half = DEFAULT_POLICY.maxAgeMs / 2;
    mempool.expire(wall, 1_000 + half - 1);
    assert.equal(mempool.size, 3);
    mempool.expire(wall, 1_000 + half);
    assert.equal(mempool.dropped(entries[1]!.transaction.id)?.reason.code, 'EXPIRED');
    mempool.expire(wall, 1_000 + DEFAULT_POLICY.maxAgeMs - 7);
    assert.deepEqual(mempool.ordered(), [entries[3]!.transaction]);
  });

  it('restores transactions that a reorganization wrote to the journal behind higher nonces', async () => {
    // Nonces 0 to 19 were mined, 20 to 79 pending, then 0 to 19 were disconnected.
    const nonces = [...range(20, 80), ...range(0, 20)];
    const journalled = nonces.map((nonce) => ({ transaction: payment(nonce), since: now }));
    const { admission, mempool } = setup({ journalled });
    assert.equal(await admission.restore([], now, 0), 80);
    assert.equal(mempool.nextNonce(testAccount(0).publicKey), 80n);
  });

  it('restores transactions that only a side branch holds, and reports that they are pending again', async () => {
    const [first, second] = [payment(0), payment(1)];
    const { admission, mempool } = setup({ journalled: [{ transaction: first, since: now }] });
    const returned: Transaction[] = [];
    mempool.returned.on((list) => returned.push(...list.map(({ transaction }) => transaction)));
    assert.equal(await admission.restore([[first, second]], now, 0), 2);
    assert.deepEqual(returned, [second]);
  });

  it('reads no more of side branches than the mempool has room for', async () => {
    const { admission } = setup({ policy: { maxTransactions: 3 } });
    let lists = 0;
    const others = function* () {
      for (; lists < 10; lists++) yield [payment(2 * lists), payment(2 * lists + 1)];
    };
    assert.equal(await admission.restore(others(), now, 0), 3);
    assert.equal(lists, 1);
  });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

const DAY = 24 * 60 * 60 * 1000;
