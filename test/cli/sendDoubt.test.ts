import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { COIN } from '../../src/consensus/network.js';
import { testAccount, testNetwork, transfer } from '../support/blocks.js';
import { startTestNode, transactionInput } from '../support/node.js';
import { isSend, startPayer } from './payer.js';

const { kept, network, node, once, payer, proxy, received, send } = await startPayer();

afterEach(() => {
  proxy.target = node.url;
  proxy.mishap = () => 'none';
});

describe('corrente send, where one name stands for two nodes', () => {
  it('a refusal after an offer that may have arrived is in doubt: the same command pays once', async () => {
    // The first node has a block that the second does not have: in it, the payer gets the coins to pay.
    const behind = await startTestNode({ network });
    const gift = transfer({ network, from: testAccount(2), to: payer, amount: 500n * COIN, nonce: 0n });
    await node.ask(
      'mutation ($transaction: AddTransactionInput!) { addTransaction(transaction: $transaction) { __typename } }',
      { transaction: transactionInput(network, gift) },
    );
    const start = await received();
    let offers = 0;
    proxy.mishap = (body) => {
      if (!isSend(body)) return 'none';
      if (offers++ === 0) return 'cut after';
      proxy.target = behind.url;
      return 'none';
    };
    const refused = await send('1200', '--wait');
    assert.equal(refused.code, 3, refused.stderr);
    const id = kept()[0]!.replace('.json', '');
    assert.match(refused.stderr, new RegExp(`error: ${id} was in doubt and is refused now \\(INSUFFICIENT_FUNDS`));
    proxy.target = node.url;
    proxy.mishap = () => 'none';
    assert.equal(await received(), start + 1200n * COIN);
    assert.match((await send('1200')).stdout, new RegExp(`^accepted {3}${id}\\n.*\\n.*paid once\\nconfirmed`));
    assert.equal(await received(), start + 1200n * COIN);
    assert.deepEqual(kept(), []);
  });

  it('goes on with the payment of the chain of its node, whatever the outbox has of another chain', async () => {
    const other = await startTestNode({ network: testNetwork({ timestamp: Date.UTC(2026, 1, 1) }) });
    const start = await received();
    for (const { url } of [other, node]) {
      proxy.target = url;
      once('cut before');
      assert.equal((await send('0.00000007')).code, 3);
    }
    assert.equal(kept().length, 2);
    const done = await send('0.00000007');
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /paid once/);
    assert.equal(await received(), start + 7n);
    assert.equal(kept().length, 1);
  });
});
