import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createTransaction, type Transaction } from '../../src/consensus/transaction.js';
import { SignatureCache } from '../../src/verification/verifierPool.js';
import { testAccount, testNetwork, transfer } from '../support/blocks.js';

const network = testNetwork();
const good = [0, 1, 2].map((nonce) =>
  transfer({ network, from: testAccount(0), to: testAccount(1), amount: 1n, nonce }),
);
const forged = createTransaction(network.chainId, good[0]!, good[1]!.signature);

it('asks the verifier once for a good signature, each time for a bad one, and never mixes the two', async () => {
  const asked: Transaction[][] = [];
  const verifier = {
    verify: (transactions: readonly Transaction[]) => {
      asked.push([...transactions]);
      return Promise.resolve(transactions.map((transaction) => transaction !== forged));
    },
  };
  const cache = new SignatureCache({ capacity: 2 }, { verifier });
  assert.deepEqual(await cache.verify([good[0]!, forged, good[1]!]), [true, false, true]);
  // The forged one has the id of the first; only its leaf differs.
  assert.deepEqual(await cache.verify([forged, good[1]!, good[0]!]), [false, true, true]);
  assert.deepEqual(asked[1], [forged]);
  // The oldest is forgotten at the bound, and asked for again.
  assert.deepEqual(await cache.verify([good[2]!]), [true]);
  assert.deepEqual(await cache.verify([good[0]!]), [true]);
  assert.deepEqual(asked.slice(2), [[good[2]!], [good[0]!]]);
});
