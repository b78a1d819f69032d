import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StorageFullError } from '../../src/chain/chainStore.js';
import { createTransaction, type Transaction } from '../../src/consensus/transaction.js';
import { verifySignature } from '../../src/crypto/ed25519.js';
import { signingPayload } from '../../src/consensus/transaction.js';
import { Admission, type Submission } from '../../src/mempool/admission.js';
import { Mempool } from '../../src/mempool/mempool.js';
import { DEFAULT_POLICY } from '../../src/mempool/policy.js';
import type { JournalEntry } from '../../src/mempool/ports.js';
import type { Account } from '../../src/ledger/account.js';
import { testAccount, testNetwork, transfer } from '../support/blocks.js';

const network = testNetwork();
const account: Account = { balance: 1_000_000n, nonce: 0n };
const now = 7;

function payment(nonce: number, amount = 100n): Transaction {
  return transfer({ network, from: testAccount(0), to: testAccount(1), amount, nonce });
}

function offered(transaction: Transaction): Submission {
  return { transaction, replaces: undefined };
}

/** Admission with the reference verifier and a journal whose writes end when the test says so. */
function setup(options: { confirmed?: Transaction; nonce?: bigint } = {}) {
  const mempool = new Mempool(DEFAULT_POLICY);
  const verified: Transaction[] = [];
  const writes: { entries: readonly JournalEntry[]; finish: (failure?: Error) => void }[] = [];
  const admission = new Admission({
    mempool,
    verifier: {
      verify: async (transactions) => {
        verified.push(...transactions);
        return transactions.map((transaction) =>
          verifySignature(transaction.sender, signingPayload(network.chainId, transaction), transaction.signature),
        );
      },
    },
    journal: {
      append: (entries) =>
        new Promise((resolve, reject) => {
          writes.push({ entries, finish: (failure) => (failure ? reject(failure) : resolve()) });
        }),
      remove: () => undefined,
      load: () => [],
    },
    chain: {
      view: () => ({
        account: () => ({ ...account, nonce: options.nonce ?? 0n }),
        transaction: (id) =>
          options.confirmed && Buffer.compare(options.confirmed.id, id) === 0
            ? { transaction: options.confirmed }
            : undefined,
      }),
    },
  });
  const submit = (transactions: readonly Transaction[], giver: string | undefined, at: number) =>
    admission.submit(transactions.map(offered), giver, at);
  return { mempool, admission, submit, verified, writes };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('admission', () => {
  it('acknowledges and announces only what is on disk', async () => {
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

  it('lets who sends it again wait for the same write', async () => {
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

  it('STORAGE_FULL: forgets what could not be written, and takes it when there is space', async () => {
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
    // Nobody has checked that signature: the answer is what the chain holds.
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

  it('restores what was acknowledged before a restart, and forgets what is spent or too old', () => {
    const { admission, mempool } = setup({ nonce: 1n });
    const old = now - DEFAULT_POLICY.maxAgeMs;
    const entries = [payment(0), payment(1), payment(2)].map((transaction) => ({ transaction, since: now }));
    assert.equal(admission.restore([{ ...entries[1]!, since: old }, entries[0]!, entries[2]!], now), 1);
    assert.ok(mempool.get(entries[2]!.transaction.id));
  });

  it('restores what a reorganization wrote to the journal behind higher nonces', () => {
    const { admission, mempool } = setup();
    // Nonces 0 to 19 were mined, 20 to 79 pending, then 0 to 19 were disconnected.
    const nonces = [...range(20, 80), ...range(0, 20)];
    assert.equal(
      admission.restore(
        nonces.map((nonce) => ({ transaction: payment(nonce), since: now })),
        now,
      ),
      80,
    );
    assert.equal(mempool.nextNonce(testAccount(0).publicKey), 80n);
  });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
