import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Interest } from '../../src/peers/client/wire.js';
import { testApi } from './testApi.js';

const GIVER = 'cd'.repeat(32);
const TELL = 'mutation ($i: Base64!) { receiveBroadcastTransactionIds(ids: $i) { wanted later } }';
const base64 = (bytes: number) => Buffer.alloc(bytes, 7).toString('base64');

/** The API on a node with this interest in what is announced, and what it was given. */
function interestedIn(...interests: readonly Interest[]) {
  const given: unknown[][] = [];
  const api = testApi();
  api.services.relay.announcedTransactions = (...values: unknown[]) => {
    given.push(values);
    return Promise.resolve([...interests]);
  };
  return { ...api, given };
}

describe('receiveBroadcastTransactionIds', () => {
  it('hands the ids on, and names the places of those that are wanted now or later', async () => {
    const { ask, given } = interestedIn('known', 'wanted', 'later', 'wanted');
    const answer = await ask(TELL, { i: base64(4 * 32) }, { giver: GIVER });
    assert.deepEqual(answer, { receiveBroadcastTransactionIds: { wanted: [1, 3], later: [2] } });
    const [[ids, giver]] = given as [[Uint8Array, string]];
    assert.deepEqual([[...ids], giver], [[...Buffer.alloc(4 * 32, 7)], GIVER]);
  });

  it('refuses bytes that are no whole ids', async () => {
    const { execute, given } = interestedIn();
    const { errors } = await execute(TELL, { i: base64(33) });
    assert.match(errors[0]!.message, /ids: expected 32 bytes each, got 33 bytes/);
    assert.deepEqual(given, []);
  });

  it('threat flood-of-ids: takes no more than 1,000 at once, and they have a price', async () => {
    const { execute, given } = interestedIn();
    const { errors } = await execute(TELL, { i: base64(1_001 * 32) });
    assert.match(errors[0]!.message, /i: expected at most \d+ characters/);
    assert.deepEqual(given, []);
  });
});
