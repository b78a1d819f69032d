import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Rejection } from '../../src/consensus/rejection.js';
import type { Services } from '../../src/graphql/services.js';
import { encodeAddress } from '../../src/crypto/address.js';
import { toHex } from '../../src/crypto/bytes.js';
import { mineBlock } from '../support/blocks.js';
import { at, testApi } from './testApi.js';
import { network, payment } from './testPayments.js';

const GIVER = 'cd'.repeat(32);
const RESULT =
  '{ __typename ... on BlockAccepted { alreadyKnown onBestChain deliveries { outcome } } ... on TransactionsWanted { missing } ... on Rejected { code message } }';
const ANNOUNCE = `mutation ($b: CompactBlockInput!) { outcome: receiveBroadcastCompactBlock(block: $b) ${RESULT} }`;
const COMPLETE = `mutation ($h: Hash!, $t: Base64!) { outcome: receiveBroadcastBlockTransactions(hash: $h, transactions: $t) ${RESULT} }`;
const { header } = mineBlock({ network, parent: network.genesis.header, transactions: [payment] });
const hash = toHex(header.hash);
const input = (shortIds: Uint8Array) => ({
  height: header.height,
  previousHash: toHex(header.previousHash),
  transactionsRoot: toHex(header.transactionsRoot),
  timestamp: new Date(header.timestamp).toISOString(),
  target: header.target,
  miner: encodeAddress(network.addressPrefix, header.miner),
  nonce: `${header.nonce}`,
  shortIds: Buffer.from(shortIds).toString('base64'),
});

/** The API on a node that answers so, and what it was given. */
function answering(outcome: Awaited<ReturnType<Services['compactBlocks']['announced']>>) {
  const given: unknown[][] = [];
  const blamed: string[] = [];
  const take = (...values: unknown[]) => {
    given.push(values);
    return Promise.resolve(outcome);
  };
  const api = testApi({ compactBlocks: { announced: take, completed: take } });
  api.services.relay.refused = (content: string, faults: readonly Rejection[]) => {
    blamed.push(...faults.map(({ code }) => `${content} ${code}`));
  };
  const ask = async (query: string, variables: Record<string, unknown>) =>
    at(await api.ask(query, variables, { giver: GIVER }), 'outcome');
  return { ...api, ask, given, blamed };
}

describe('an announced block', () => {
  it('is handed on with its own hash, and the answer says what is missing, or that it is wanted whole', async () => {
    const shortIds = Uint8Array.of(1, 2, 3, 4, 5);
    for (const missing of [[0], null]) {
      const { ask, given } = answering({ missing: missing ?? undefined });
      assert.deepEqual(await ask(ANNOUNCE, { b: input(shortIds) }), { __typename: 'TransactionsWanted', missing });
      const [[block, giver]] = given as [[{ header: unknown; shortIds: Uint8Array }, string]];
      assert.deepEqual([block.header, [...block.shortIds], giver], [header, [...shortIds], GIVER]);
    }
  });

  it('is accepted like one that came whole, or refused with a code', async () => {
    const { ask, chain } = answering({ status: 'known', block: testApi().chain.tip(), onBestChain: true });
    assert.equal(chain.tip().height, 0);
    const accepted = { __typename: 'BlockAccepted', alreadyKnown: true, onBestChain: true, deliveries: [] };
    assert.deepEqual(await ask(ANNOUNCE, { b: input(new Uint8Array(5)) }), accepted);
    const code = { code: 'UNKNOWN_PARENT', parent: hash } as const;
    const refusing = answering({ status: 'rejected', rejection: code, invalid: false });
    assert.equal(at(await refusing.ask(ANNOUNCE, { b: input(new Uint8Array(5)) }), 'code'), 'UNKNOWN_PARENT');
  });

  it('whose short ids are no whole number is MALFORMED, and its giver to blame', async () => {
    const { ask, given, blamed } = answering({ missing: [] });
    const { code, message } = (await ask(ANNOUNCE, { b: input(new Uint8Array(6)) })) as Record<string, string>;
    assert.deepEqual([code, message], ['MALFORMED', 'shortIds: expected 5 bytes each, got 6 bytes']);
    assert.deepEqual([given, blamed], [[], ['block MALFORMED']]);
  });

  it('has no more short ids than the largest block of any network', async () => {
    const { execute } = answering({ missing: [] });
    const { errors } = await execute(ANNOUNCE, { b: input(new Uint8Array(5 * 54_828)) });
    assert.match(errors[0]!.message, /b\.shortIds: expected at most \d+ characters/);
  });
});

describe('what was missing of a block', () => {
  it('is handed on', async () => {
    const { ask, given } = answering({ missing: undefined });
    const t = Buffer.from(payment.encoded).toString('base64');
    assert.deepEqual(await ask(COMPLETE, { h: hash, t }), { __typename: 'TransactionsWanted', missing: null });
    assert.deepEqual(given, [[new Uint8Array(header.hash), [payment], GIVER]]);
  });

  it('is MALFORMED where it is no transactions, and its giver to blame', async () => {
    const { ask, given, blamed } = answering({ missing: undefined });
    assert.equal(at(await ask(COMPLETE, { h: hash, t: 'AAAA' }), 'code'), 'MALFORMED');
    assert.deepEqual([given, blamed], [[], ['transaction MALFORMED']]);
  });
});
