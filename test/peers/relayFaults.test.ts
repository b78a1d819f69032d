import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AddBlockOutcome } from '../../src/chain/outcome.js';
import type { Rejection } from '../../src/consensus/rejection.js';
import type { SubmitOutcome } from '../../src/mempool/submission.js';
import { Relay, type RelayModules } from '../../src/peers/relay/relay.js';
import { dummyTransactions, network, onePeer } from './fakeClient.js';

const FORGED: Rejection = { code: 'INVALID_SIGNATURE', fault: 'equation' };
const WITHOUT_WORK: Rejection = { code: 'INVALID_PROOF_OF_WORK', hash: 'ff', target: 1 };

/** A relay beside one peer; every block and transaction that comes is answered with this rejection. */
async function refusing(rejection: Rejection) {
  const { peers, state, client } = await onePeer();
  const outcome: AddBlockOutcome = { status: 'rejected', rejection, invalid: false };
  const relay = new Relay({
    chain: { offerBlock: () => Promise.resolve(outcome), tip: () => assert.fail('the tip stays') },
    admission: { submit: (list: readonly unknown[]) => Promise.resolve(list.map((): SubmitOutcome => rejection)) },
    gossip: { given: () => undefined, markKnown: () => undefined },
    requests: { arrived: () => undefined, settled: () => undefined },
    sync: {},
    peers,
    metrics: { offered: () => undefined, submitted: () => undefined },
    clock: { now: () => 0 },
    log: { debug: () => undefined, isLevelEnabled: () => false },
  } as unknown as RelayModules);
  const sendBlock = () => relay.receiveBlock(network.genesis, client.id);
  const sendTransactions = (count: number, giver: string | undefined = client.id) =>
    relay.receiveTransactions(dummyTransactions(count), giver);
  return { state, sendBlock, sendTransactions };
}

describe('a peer that passes on what its own bytes prove bad', () => {
  it('threat peer-of-bad-blocks: is banned after one block without proof of work', async () => {
    const { state, sendBlock } = await refusing(WITHOUT_WORK);
    await sendBlock();
    assert.equal(state.status, 'BANNED');
    assert.match(state.lastError!, /INVALID_PROOF_OF_WORK/);
  });

  it('threat peer-of-bad-signatures: is banned after five forged signatures, in one message or in five', async () => {
    const each = await refusing(FORGED);
    for (let sent = 0; sent < 5; sent++) {
      assert.equal(each.state.status, 'CONNECTED', `after ${sent}`);
      await each.sendTransactions(1);
    }
    assert.equal(each.state.status, 'BANNED');
    const all = await refusing(FORGED);
    await all.sendTransactions(50);
    assert.deepEqual([all.state.status, all.state.standing], ['BANNED', -100]);
  });

  it('keeps its standing for what honest nodes pass on too, and for what nobody signed', async () => {
    const honest: Rejection[] = [
      { code: 'NONCE_TOO_LOW', expected: 2n, got: 1n },
      { code: 'INVALID_TIMESTAMP', after: 0, notAfter: 1, got: 2 },
      { code: 'UNKNOWN_PARENT', parent: '00' },
      { code: 'STORAGE_FULL' },
    ];
    for (const rejection of honest) {
      const { state, sendBlock, sendTransactions } = await refusing(rejection);
      await sendBlock();
      await sendTransactions(100);
      assert.deepEqual([state.status, state.standing], ['CONNECTED', 0], rejection.code);
    }
    const { state, sendTransactions } = await refusing(FORGED);
    await sendTransactions(100, 'ff'.repeat(32));
    assert.equal(state.standing, 0);
  });
});
