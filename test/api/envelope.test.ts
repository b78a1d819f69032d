import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { transactionInput } from '../../src/client/codec.js';
import { fromHex, toHex } from '../../src/crypto/bytes.js';
import { keyPairFromSeed } from '../../src/crypto/ed25519.js';
import { isSignedBy } from '../../src/peers/client/nodeProof.js';
import { envelopePayload, readEnvelope, sealEnvelope } from '../../src/peers/client/envelope.js';
import { Replays } from '../../src/http/callers/replays.js';
import type { Services } from '../../src/graphql/services.js';
import { localSigner } from '../../src/wallet/signer.js';
import { testAccount, testNetwork, transfer } from '../support/blocks.js';
import { sealedHeaders } from '../support/envelope.js';
import { errorCode, INFO, testServer, type Reply } from './testServer.js';

const network = testNetwork();
const key = localSigner(keyPairFromSeed(new Uint8Array(32).fill(7)));
const id = toHex(key.publicKey);
const good = { key, receiver: INFO.id, chainId: network.chainId };
const JSON_TYPE = { 'content-type': 'application/json' };
const signed = transfer({ network, from: testAccount(0), to: testAccount(1), amount: 1n, nonce: 0 });
const BODY = JSON.stringify({
  query: 'mutation ($t: SignedTransactionInput!) { receiveBroadcastTransaction(transaction: $t) { __typename } }',
  variables: { t: transactionInput(signed, network.addressPrefix) },
});

/** A node that notes who gave it transactions, who contacted it, and who says where it is. */
async function receiver() {
  const givers: (string | undefined)[] = [];
  const contacted: string[] = [];
  const announced: string[] = [];
  const relay: Services['relay'] = {
    submit: () => Promise.reject(new Error('expected a relayed transaction')),
    receiveTransactions: (list, giver) => {
      givers.push(giver);
      return Promise.resolve(list.map((transaction) => ({ transaction, alreadyKnown: true, replaced: undefined })));
    },
    announcedTransactions: () => Promise.reject(new Error('expected a relayed transaction')),
    receiveBlock: () => Promise.reject(new Error('expected a relayed transaction')),
    refused: () => undefined,
  };
  const peers = {
    list: () => [],
    byId: () => undefined,
    contacted: (by: string) => void contacted.push(by),
  } as unknown as Services['peers'];
  const exchange = { announced: (url: string, by: string) => void announced.push(`${url} by ${by}`) };
  const { call } = await testServer({ relay, peers, exchange });
  const send = (headers: Record<string, string>, body = BODY): Promise<Reply> =>
    call({ headers: { ...JSON_TYPE, ...headers }, body });
  return { givers, contacted, announced, send };
}

function assertUnproven(reply: Reply, reason: RegExp): void {
  assert.equal(reply.status, 401, reply.text);
  assert.equal(errorCode(reply), 'UNPROVEN_IDENTITY');
  assert.match(reply.text, reason);
}

describe('a request that a node signed', () => {
  it('is that node’s, and what it says of itself counts', async () => {
    const { givers, contacted, announced, send } = await receiver();
    const publicUrl = 'http://one.example/graphql';
    assert.equal((await send(await sealedHeaders(BODY, { ...good, publicUrl }))).status, 200);
    assert.deepEqual([givers, contacted, announced], [[id], [id], [`${publicUrl} by ${id}`]]);
  });

  it('threat spoofed-giver: is nobody’s where the sender only claims an id, and is taken as a stranger’s', async () => {
    const { givers, contacted, announced, send } = await receiver();
    const claims = { 'corrente-node': id, 'corrente-url': 'http://one.example/graphql' };
    assert.equal((await send(claims)).status, 200);
    assert.deepEqual([givers, contacted, announced], [[undefined], [], []]);
  });

  it('threat replayed-envelope: is taken once', async () => {
    const { givers, send } = await receiver();
    const headers = await sealedHeaders(BODY, good);
    assert.equal((await send(headers)).status, 200);
    assertUnproven(await send(headers), /never sent before/);
    assert.equal(givers.length, 1);
  });

  it('threat redirected-envelope: is taken by the node that it is addressed to, on its chain, and no other', async () => {
    const { givers, send } = await receiver();
    assertUnproven(await send(await sealedHeaders(BODY, { ...good, receiver: '11'.repeat(32) })), /one for this node/);
    const elsewhere = { ...good, chainId: new Uint8Array(32) };
    assertUnproven(await send(await sealedHeaders(BODY, elsewhere)), /a signature by its signer/);
    assert.deepEqual(givers, []);
  });

  it('threat altered-envelope: is refused with another body, URL or signer', async () => {
    const { givers, announced, send } = await receiver();
    const headers = await sealedHeaders(BODY, good);
    assertUnproven(await send(headers, BODY.replace('__typename', 'x: __typename')), /a body with SHA-256/);
    const named = await sealedHeaders(BODY, { ...good, publicUrl: 'http://one.example/graphql' });
    assertUnproven(await send({ ...named, 'corrente-url': 'http://two.example/graphql' }), /a signature by its signer/);
    const fields = (await sealedHeaders(BODY, good))['corrente-envelope']!.split(' ');
    fields[1] = '22'.repeat(32);
    assertUnproven(await send({ 'corrente-envelope': fields.join(' ') }), /a signature by its signer/);
    assert.deepEqual([givers, announced], [[], []]);
  });

  it('threat stale-envelope: is refused when the clocks differ by more than a minute, and both times are told', async () => {
    const { givers, send } = await receiver();
    for (const shift of [-61_000, 62_000]) {
      const reply = await send(await sealedHeaders(BODY, { ...good, time: Date.now() + shift }));
      assertUnproven(reply, /at most 60 s: it is \d{4}-.*Z here, and was \d{4}-.*Z at the sender/);
    }
    assert.equal((await send(await sealedHeaders(BODY, { ...good, time: Date.now() - 50_000 }))).status, 200);
    assert.deepEqual(givers, [id]);
  });

  it('is refused in any other form', async () => {
    const { send } = await receiver();
    for (const header of ['', 'v1', 'v2 a b', (await sealedHeaders(BODY, good))['corrente-envelope']!.toUpperCase()]) {
      assertUnproven(await send({ 'corrente-envelope': header }), /a header of the form/);
    }
  });
});

describe('an envelope', () => {
  it('is signed as docs/protocol.md says', async () => {
    const scope = { chainId: new Uint8Array(32).fill(5), publicUrl: 'http://one.example/' };
    const header = await sealEnvelope('{}', { receiver: fromHex(INFO.id), time: 1_700_000_000_000, ...scope }, key);
    const { envelope, signature } = readEnvelope(header)!;
    const payload = envelopePayload(envelope, scope);
    const hex = (value: number) => value.toString(16).padStart(16, '0');
    const bytes = [
      Buffer.from('corrente/envelope/v1'.padEnd(24, '\0')).toString('hex'),
      '05'.repeat(32),
      id,
      INFO.id,
      hex(1_700_000_000_000),
      hex(envelope.nonce),
      '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
      Buffer.from('http://one.example/').toString('hex'),
    ];
    assert.equal(toHex(payload), bytes.join(''));
    assert.ok(isSignedBy(key.publicKey, payload, signature));
  });
});

describe('what was sent before', () => {
  it('stays known, however much others and the same node send', () => {
    const replays = new Replays();
    const old = { time: 1_000, nonce: 1 };
    assert.ok(replays.isNew('a', old));
    for (let i = 0; i < 5_000; i++) {
      assert.ok(replays.isNew('a', { time: 2_000 + i, nonce: 10 + i }));
      assert.ok(!replays.isNew('a', old));
    }
  });

  it('stays known when its signer was forgotten for newer ones, and newcomers of the present are taken', () => {
    const replays = new Replays();
    const old = { time: 1_000, nonce: 1 };
    assert.ok(replays.isNew('a', old));
    for (let i = 0; i < 2_000; i++) assert.ok(replays.isNew(`b${i}`, { time: 2_000 + i, nonce: 1 }));
    assert.ok(!replays.isNew('a', old));
    assert.ok(replays.isNew('c', { time: 5_000, nonce: 1 }));
  });
});
