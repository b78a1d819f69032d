import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { StorageFullError } from '../../src/chain/chainStore.js';
import type { Block } from '../../src/consensus/block.js';
import type { Rejection } from '../../src/consensus/rejection.js';
import type { Transaction } from '../../src/consensus/transaction.js';
import { toHex } from '../../src/crypto/bytes.js';
import { Admission } from '../../src/mempool/admission.js';
import type { Accepted, Submission } from '../../src/mempool/submission.js';
import { Mempool } from '../../src/mempool/mempool.js';
import { DEFAULT_POLICY } from '../../src/mempool/policy.js';
import type { Operation } from '../../src/storage/lmdb/packing.js';
import type { NodeTable } from '../../src/storage/keys.js';
import type { DatabaseView } from '../../src/storage/lmdb/databaseView.js';
import { LmdbMempoolJournal } from '../../src/storage/mempoolJournal.js';
import { mineBlock, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { propertySeed } from '../support/propertySeed.js';

const network = testNetwork();
const { chainId } = network;
const SENDERS = 4;
const senders = Array.from({ length: SENDERS }, (_, index) => testAccount(index).publicKey);
const recipient = testAccount(9).publicKey;
/** Small enough that every bound is met. */
const policy = { ...DEFAULT_POLICY, maxTransactions: 8, maxPerSender: 5, maxHeldBack: 3, maxHeldBackPerSender: 2 };

interface Offer {
  readonly sender: number;
  readonly ahead: number;
  readonly fee: number;
  readonly replaces: 'any' | 'holder' | 'nothing' | 'unknown';
}

type Step =
  | { readonly kind: 'submit'; readonly offers: readonly Offer[] }
  | { readonly kind: 'connect'; readonly count: number }
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'age'; readonly part: number }
  | { readonly kind: 'disk'; readonly isFull: boolean }
  | { readonly kind: 'turns' };

const offer: fc.Arbitrary<Offer> = fc.record({
  sender: fc.nat({ max: SENDERS - 1 }),
  ahead: fc.constantFrom(-1, 0, 0, 0, 1, 1, 2, 3),
  fee: fc.nat({ max: 30 }),
  replaces: fc.constantFrom('any', 'any', 'holder', 'nothing', 'unknown'),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('submit'), offers: fc.array(offer, { minLength: 1, maxLength: 5 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('connect'), count: fc.nat({ max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('disconnect') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('age'), part: fc.constantFrom(0.3, 0.6) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('disk'), isFull: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('turns') }) },
);

const payments = new Map<string, Transaction>();

/** The transfer of this sender, nonce and fee, signed once. */
function payment(sender: number, nonce: number, fee: number): Transaction {
  const name = [sender, nonce, fee].join();
  const made =
    payments.get(name) ??
    transfer({ network, from: testAccount(sender), to: testAccount(9), amount: 1n, fee: BigInt(fee), nonce });
  payments.set(name, made);
  return made;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A table in memory whose writes take some turns and fail while it is full. */
function fakeDatabase() {
  const records = new Map<string, { key: Uint8Array; value: Uint8Array }>();
  const disk = { isFull: false, failures: 0 };
  const view = {
    range: (_: string, { limit, reverse }: { limit: number; reverse?: boolean }) => {
      const sorted = [...records.keys()].sort().map((key) => records.get(key)!);
      return (reverse ? sorted.reverse() : sorted).slice(0, limit);
    },
    release: () => undefined,
  } as unknown as DatabaseView<NodeTable>;
  const commit = async (operations: readonly Operation[]) => {
    for (let turns = 0; turns < 3; turns++) await turn();
    if (disk.isFull) {
      disk.failures++;
      throw new StorageFullError('full');
    }
    for (const { key, value } of operations) {
      if (value) records.set(toHex(key), { key, value });
      else records.delete(toHex(key));
    }
  };
  return { disk, database: { view: () => view, commit } };
}

/** Mempool, admission and journal on a chain of one account state for each sender. */
class World {
  readonly mempool = new Mempool(policy);
  readonly fake = fakeDatabase();
  readonly journal = new LmdbMempoolJournal({ chainId }, { database: this.fake.database });
  readonly admission: Admission;
  readonly acknowledged = new Map<string, Transaction>();
  readonly announced: string[] = [];
  readonly #blocks: Block[] = [];
  #now = 1_000;
  #elapsed = 0;
  /** How often the chain or the clock moved. */
  #changes = 0;

  constructor() {
    const verifier = { verify: (list: readonly Transaction[]) => Promise.resolve(list.map(() => true)) };
    const { mempool, journal } = this;
    this.admission = new Admission({
      ...{ mempool, journal, verifier },
      chain: { read: (use) => use(this.#view()) },
      clock: { elapsed: () => this.#elapsed },
    });
    mempool.removed.on((transaction) => journal.remove([transaction]));
    mempool.returned.on((entries) => void journal.keep(entries).catch(() => undefined));
    this.admission.accepted.on(({ transactions }) => {
      for (const { id } of transactions) {
        assert.ok(mempool.get(id) ?? this.isConfirmed(id), 'announced what is not there');
        this.announced.push(toHex(id));
      }
    });
  }

  /** Every transaction that is pending, with when it was accepted, and all that hangs on it. */
  state() {
    const { mempool } = this;
    const pending = [...mempool.bySenders()].map(
      ({ txid, transaction }) => [txid, mempool.get(transaction.id)] as const,
    );
    return {
      pending: new Map(pending.sort(([a], [b]) => (a < b ? -1 : 1))),
      mined: mempool.select(1_000_000).map(({ id }) => toHex(id)),
      ordered: mempool.ordered().map(({ id }) => toHex(id)),
      sums: senders.map((sender) => [mempool.outgoing(sender), mempool.nextNonce(sender)]),
      incoming: mempool.incoming(recipient),
      bytes: mempool.bytes,
      minimumFee: mempool.minimumFee(),
    };
  }

  isConfirmed(id: Uint8Array): boolean {
    return this.#view().isConfirmed(id);
  }

  async submit(offers: readonly Offer[]): Promise<void> {
    const submissions = offers.map((one) => this.#submission(one));
    const changes = this.#changes;
    const answer = { hasTakenATurn: false };
    setImmediate(() => (answer.hasTakenATurn = true));
    let outcomes: (Accepted | Rejection)[];
    try {
      outcomes = await this.admission.submit(submissions, undefined, this.#now);
    } catch (failure) {
      if (failure instanceof StorageFullError) return;
      throw failure;
    }
    for (const [index, outcome] of outcomes.entries()) {
      const { id } = submissions[index]!.transaction;
      const isThere = this.mempool.get(id) !== undefined || this.isConfirmed(id);
      // An answer that nothing has to be awaited for is read only after the steps that follow without a turn.
      if (answer.hasTakenATurn || changes === this.#changes)
        assert.equal('transaction' in outcome, isThere, 'the answer is not what is the case');
      if ('code' in outcome) continue;
      assert.deepEqual(outcome.transaction.id, id);
      this.acknowledged.set(toHex(id), outcome.transaction);
    }
  }

  connect(count: number): void {
    const transactions = this.mempool.select(1_000_000).slice(0, count);
    this.#blocks.push(mineBlock({ network, parent: network.genesis.header, transactions }));
    this.#reconcile([]);
  }

  disconnect(): void {
    const block = this.#blocks.pop();
    if (block) this.#reconcile([block]);
  }

  age(part: number): void {
    this.#changes++;
    this.#elapsed += part * policy.maxAgeMs;
    this.mempool.expire(this.#now, this.#elapsed);
  }

  #reconcile(left: readonly Block[]): void {
    this.#changes++;
    const reader = this.#view();
    const accounts = senders.map((publicKey) => ({ publicKey, account: reader.account(publicKey) }));
    const change = { disconnected: left.map(({ header }) => header), body: () => left[0]!.transactions, accounts };
    void this.mempool.reconcile({ ...change, reader, before: reader }, this.#now++);
  }

  #submission({ sender, ahead, fee, replaces }: Offer): Submission {
    const nonce = BigInt(Math.max(Number(this.mempool.nextNonce(senders[sender]!) ?? 0n) + ahead, 0));
    const transaction = payment(sender, Number(nonce), fee);
    const named = { any: 'any', nothing: undefined, unknown: new Uint8Array(32) } as const;
    return {
      transaction,
      replaces: replaces === 'holder' ? this.mempool.holder(transaction)?.id : named[replaces],
    };
  }

  #view() {
    const confirmed = this.#blocks.flatMap(({ transactions }) => transactions);
    return {
      account: (sender: Uint8Array) => {
        const sent = confirmed.filter((one) => toHex(one.sender) === toHex(sender));
        return { balance: 60n, nonce: BigInt(sent.length) };
      },
      transaction: (id: Uint8Array) => {
        const transaction = confirmed.find((one) => toHex(one.id) === toHex(id));
        return transaction && { transaction };
      },
      isConfirmed: (id: Uint8Array) => confirmed.some((one) => toHex(one.id) === toHex(id)),
    };
  }
}

describe('mempool and journal', () => {
  it('hold the same, whatever was replaced, evicted, held back, mined or could not be written', async (test) => {
    const seen = { failures: 0, acknowledged: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        const world = new World();
        const { mempool, journal, fake } = world;
        const submitted: Promise<void>[] = [];
        for (const one of steps) {
          if (one.kind === 'submit') submitted.push(world.submit(one.offers));
          if (one.kind === 'connect') world.connect(one.count);
          if (one.kind === 'disconnect') world.disconnect();
          if (mempool.following) await mempool.following; // A slow machine takes turns for it, and nothing comes meanwhile.
          if (one.kind === 'age') world.age(one.part);
          if (one.kind === 'disk') fake.disk.isFull = one.isFull;
          if (one.kind === 'turns') for (let turns = 0; turns < 5; turns++) await turn();
          const heldBack = [...mempool.bySenders()].filter(
            ({ transaction }) => mempool.get(transaction.id)!.missingNonce !== undefined,
          );
          assert.equal(mempool.heldBack, heldBack.length);
          assert.ok(heldBack.length <= policy.maxHeldBack);
        }
        await Promise.all(submitted);
        for (const [txid, { id }] of world.acknowledged) {
          const isSomewhere = mempool.get(id) ?? mempool.dropped(id) ?? world.isConfirmed(id);
          assert.ok(isSomewhere, `${txid} was acknowledged and is nowhere`);
        }
        fake.disk.isFull = false;
        await journal.close();
        const kept = new LmdbMempoolJournal({ chainId }, { database: fake.database }).load();
        assert.deepEqual(
          kept.map(({ transaction: { id }, since }) => [toHex(id), since]).sort(byId),
          [...mempool.bySenders()].map(({ txid, transaction: { id } }) => [txid, mempool.get(id)!.since]).sort(byId),
        );
        seen.failures += fake.disk.failures;
        seen.acknowledged += world.acknowledged.size;
      }),
      { numRuns: 300, seed: propertySeed(test) },
    );
    assert.ok(seen.failures > 50 && seen.acknowledged > 500);
    test.diagnostic(`${seen.acknowledged} acknowledged, ${seen.failures} writes failed`);
  });

  it('are as before after a write that failed', async (test) => {
    let failed = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 20, size: 'max' }),
        fc.array(offer, { minLength: 1 }),
        async (steps, offers) => {
          const world = new World();
          for (const one of steps) {
            if (one.kind === 'submit') await world.submit(one.offers);
            if (one.kind === 'connect') world.connect(one.count);
            await world.mempool.following;
          }
          const [before, announced] = [world.state(), world.announced.length];
          world.fake.disk.isFull = true;
          await world.submit(offers);
          failed += world.fake.disk.failures;
          assert.deepEqual(world.state(), before);
          assert.equal(world.announced.length, announced);
        },
      ),
      { numRuns: 200, seed: propertySeed(test) },
    );
    assert.ok(failed > 50);
  });
});

function byId([a]: (string | number)[], [b]: (string | number)[]): number {
  return a! < b! ? -1 : 1;
}
