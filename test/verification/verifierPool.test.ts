import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { createTransaction } from '../../src/consensus/transaction.js';
import { VerifierPool } from '../../src/verification/verifierPool.js';
import { testAccount, testNetwork, transfer } from '../support/blocks.js';

const network = testNetwork();
const good = Array.from({ length: 30 }, (_, nonce) =>
  transfer({ network, from: testAccount(0), to: testAccount(1), amount: 1n, nonce, memo: 'x'.repeat(nonce) }),
);
const forged = createTransaction(network.chainId, good[0]!, good[1]!.signature);

describe('the verifier pool', () => {
  const pool = new VerifierPool({ threads: 2 });
  after(() => pool.close());

  it('answers each transaction of a batch that is split over the threads, in order', async () => {
    const batch = good.flatMap((transaction, index) => (index % 3 === 0 ? [transaction, forged] : [transaction]));
    assert.deepEqual(
      await pool.verify(batch),
      batch.map((transaction) => transaction !== forged),
    );
  });

  it('keeps requests of one turn apart', async () => {
    const answers = await Promise.all([pool.verify([forged]), pool.verify([]), pool.verify(good.slice(0, 2))]);
    assert.deepEqual(answers, [[false], [], [true, true]]);
  });

  it('refuses a request beyond its bound and still answers the next', async () => {
    const flood = Array.from({ length: 300_001 }, () => forged);
    await assert.rejects(pool.verify(flood), /expected at most 300000/);
    assert.deepEqual(await pool.verify([good[0]!]), [true]);
  });

  it('closed, answers earlier requests, even of the same turn, and no later ones', async () => {
    const closing = new VerifierPool({ threads: 1 });
    const asked = [closing.verify(good), closing.verify([forged])];
    await closing.close();
    assert.deepEqual(await Promise.all(asked), [good.map(() => true), [false]]);
    await assert.rejects(closing.verify([good[0]!]), /got one that was closed/);
  });
});
