import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Chain } from '../../src/chain/chain.js';
import { equalBytes, toHex } from '../../src/crypto/bytes.js';
import type { Transaction } from '../../src/consensus/transaction.js';
import { Admission } from '../../src/mempool/admission.js';
import { Mempool } from '../../src/mempool/mempool.js';
import { cost } from '../../src/mempool/entry.js';
import { DEFAULT_POLICY } from '../../src/mempool/policy.js';
import { disordered, disorders, forkChain, NOW } from '../support/forkDelivery.js';
import { growths, growTree, PARTIES, paymentOf } from '../support/forkTree.js';
import { propertySeed } from '../support/propertySeed.js';

/** A payment that somebody sends between two blocks: so far ahead of the sender's next nonce. */
interface Sent {
  readonly from: number;
  readonly to: number;
  readonly ahead: number;
}

const party = fc.nat({ max: PARTIES.length - 1 });
const sent: fc.Arbitrary<Sent> = fc.record({ from: party, to: party, ahead: fc.integer({ min: -1, max: 3 }) });
const sentBetween = fc.array(fc.array(sent, { maxLength: 3, size: 'max' }), { maxLength: 30, size: 'max' });

function build() {
  const mempool = new Mempool(DEFAULT_POLICY);
  const chain = forkChain(mempool);
  const verifier = { verify: (list: readonly Transaction[]) => Promise.resolve(list.map(() => true)) };
  const journal = {
    append: () => Promise.resolve(),
    keep: () => Promise.resolve(),
    remove: () => undefined,
    load: () => [],
  };
  return {
    mempool,
    chain,
    admission: new Admission({ mempool, chain, verifier, journal, clock: { elapsed: () => 0 } }),
  };
}

/** Ids on the best chain; throws if one is there twice. */
function confirmedIds(chain: Chain): Set<string> {
  const view = chain.snapshot();
  const ids = view.headersFrom(0, Infinity).flatMap(({ hash }) => view.transactions(hash).map(({ id }) => toHex(id)));
  assert.equal(new Set(ids).size, ids.length);
  return new Set(ids);
}

describe('mempool and chain', () => {
  it('together hold no transaction twice, and lose no accepted one without a reason', async (test) => {
    let returned = 0;
    await fc.assert(
      fc.asyncProperty(growths, disorders, sentBetween, async (list, disorder, between) => {
        const tree = growTree(list);
        const { mempool, chain, admission } = build();
        const accepted = new Map<string, Transaction>();
        mempool.returned.on((transactions) => (returned += transactions.length));

        const check = () => {
          const confirmed = confirmedIds(chain);
          const pending = new Set<string>();
          for (const sender of PARTIES) {
            const queue = mempool.bySender(sender);
            const { nonce, balance } = chain.read((reader) => reader.account(sender));
            const nonces = queue.map((transaction) => transaction.nonce);
            assert.equal(new Set(nonces).size, nonces.length);
            assert.ok(nonces.every((used) => used >= nonce));
            assert.ok(queue.reduce((sum, transaction) => sum + cost(transaction), 0n) <= balance);
            for (const { id } of queue) {
              assert.ok(!confirmed.has(toHex(id)));
              pending.add(toHex(id));
            }
          }
          assert.equal(pending.size, mempool.size);
          for (const [id, { id: bytes }] of accepted) {
            assert.ok(confirmed.has(id) || pending.has(id) || mempool.dropped(bytes), `${id} is nowhere`);
          }
        };

        for (const [index, one] of disordered(tree, disorder).entries()) {
          for (const { from, to, ahead } of between[index] ?? []) {
            const nonce = chain.read((reader) => reader.account(PARTIES[from]!)).nonce + BigInt(ahead);
            const payment = paymentOf(from, to, nonce < 0n ? 0n : nonce);
            const [outcome] = await admission.submit([{ transaction: payment, replaces: 'any' }], undefined, index);
            if ('code' in outcome!) continue;
            assert.ok(equalBytes(outcome!.transaction.id, payment.id));
            accepted.set(toHex(payment.id), payment);
            check();
          }
          await chain.addBlock(one.block, NOW);
          check();
        }
      }),
      { numRuns: 150, seed: propertySeed(test) },
    );
    assert.ok(returned > 0);
    test.diagnostic(`${returned} transactions came back from disconnected blocks`);
  });
});
