import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Transaction } from '../../src/consensus/transaction.js';
import { toHex } from '../../src/crypto/bytes.js';
import { Admission } from '../../src/mempool/admission.js';
import { MempoolMirror } from '../../src/mempool/changes.js';
import { Mempool } from '../../src/mempool/mempool.js';
import type { PendingView } from '../../src/mempool/pendingView.js';
import { DEFAULT_POLICY } from '../../src/mempool/policy.js';
import { packChanges, unpackChanges } from '../../src/node/workers/packing.js';
import { disordered, disorders, forkChain, NOW } from '../support/forkDelivery.js';
import { forkNetwork, growths, growTree, PARTIES, paymentOf } from '../support/forkTree.js';
import { propertySeed } from '../support/propertySeed.js';

interface Sent {
  readonly from: number;
  readonly to: number;
  readonly ahead: number;
  /** Whether the mirror hears of it at once. */
  readonly told: boolean;
}

const party = fc.nat({ max: PARTIES.length - 1 });
const sent: fc.Arbitrary<Sent> = fc.record({
  from: party,
  to: party,
  ahead: fc.integer({ min: -1, max: 3 }),
  told: fc.boolean(),
});
const sentBetween = fc.array(fc.array(sent, { maxLength: 6, size: 'max' }), { maxLength: 30, size: 'max' });
/** So little room that transactions leave for others, and are forgotten. */
const POLICY = { ...DEFAULT_POLICY, maxTransactions: 8, maxHeldBack: 3, maxRemembered: 4, maxAgeMs: 20 };

/** Everything that a reader can see of pending transactions. */
function seen(view: PendingView, ids: readonly Uint8Array[]) {
  const { size, bytes } = view;
  const page = view
    .page({ limit: 1_000, fromEnd: false })
    .map(({ place, transaction }) => [place, toHex(transaction.leaf)]);
  const accounts = PARTIES.map((key) => [
    view.bySender(key).map(({ id }) => toHex(id)),
    view.outgoing(key),
    view.incoming(key),
    view.nextNonce(key),
    view.account({ senderHex: toHex(key) }),
  ]);
  const known = ids.map((id) => [view.get(id), view.dropped(id)]);
  return { size, bytes, page, accounts, known, minimumFee: view.minimumFee() };
}

describe('a mirror of the mempool', () => {
  it('is the same in every order and figure whenever it has heard of all changes', async (test) => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(growths, disorders, sentBetween, async (list, disorder, between) => {
        const mempool = new Mempool(POLICY);
        const changes = mempool.changes();
        let mirror = new MempoolMirror(POLICY);
        const chain = forkChain(mempool);
        const verifier = { verify: (some: readonly Transaction[]) => Promise.resolve(some.map(() => true)) };
        const journal = {
          append: () => Promise.resolve(),
          keep: () => Promise.resolve(),
          remove: () => undefined,
          load: () => [],
        };
        const admission = new Admission({ mempool, chain, verifier, journal, clock: { elapsed: () => 0 } });
        const ids: Uint8Array[] = [];
        const tell = () => {
          const taken = changes.take();
          if (taken) mirror.apply(unpackChanges(forkNetwork.chainId, structuredClone(packChanges(taken))));
          assert.deepEqual(seen(mirror, ids), seen(mempool, ids));
          compared++;
        };
        for (const [index, one] of disordered(growTree(list), disorder).entries()) {
          for (const { from, to, ahead, told } of between[index] ?? []) {
            const nonce = chain.read((reader) => reader.account(PARTIES[from]!)).nonce + BigInt(ahead);
            const payment = paymentOf(from, to, nonce < 0n ? 0n : nonce);
            ids.push(payment.id);
            await admission.submit([{ transaction: payment, replaces: 'any' }], undefined, index);
            if (told) tell();
          }
          await chain.addBlock(one.block, NOW);
          mempool.expire(NOW, index);
          tell();
          if (index % 7 !== 3) continue;
          // One that begins later gets everything at once.
          mirror = new MempoolMirror(POLICY);
          mirror.apply(unpackChanges(forkNetwork.chainId, structuredClone(packChanges(changes.whole()))));
        }
      }),
      { numRuns: 150, seed: propertySeed(test) },
    );
    assert.ok(compared > 0);
    test.diagnostic(`${compared} comparisons`);
  });
});
