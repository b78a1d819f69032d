import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { COIN } from '../../src/consensus/network.js';
import { testAccount, transfer } from '../support/blocks.js';
import { startTestNode, transactionInput } from '../support/node.js';
import { isSend, startPayer } from './payer.js';

const { kept, network, node, payer, proxy, received, send } = await startPayer();

afterEach(() => {
  proxy.target = node.url;
  proxy.mishap = () => 'none';
});

describe('corrente send, where one name stands for two nodes', () => {
  it('a refusal after an offer that may have arrived is in doubt: the same command pays once', async () => {
    // The first node has a block that the second does not have: in it, the payer is given what is to be paid.
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
});
