import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { transactionInput } from '../../src/client/codec.js';
import { keyPairFromSeed } from '../../src/crypto/ed25519.js';
import { toHex } from '../../src/crypto/bytes.js';
import { type BudgetKind, BUDGETS } from '../../src/graphql/limits.js';
import type { Services } from '../../src/graphql/services.js';
import type { SubmitOutcome } from '../../src/mempool/submission.js';
import { localSigner } from '../../src/wallet/signer.js';
import { testAccount, testNetwork, transfer } from '../support/blocks.js';
import { sealedHeaders } from '../support/envelope.js';
import { forwardedClient } from './streamClients.js';
import { ADMIN_TOKEN, errorCode, INFO, type Reply, testServer } from './testServer.js';

const network = testNetwork();
const STRANGER = { 'x-forwarded-for': '198.51.100.7' };
const NEIGHBOUR = { 'x-forwarded-for': '198.51.100.8' };
const ADMIN = { authorization: `Bearer ${ADMIN_TOKEN}` };
const QUERY = '{ chain { height } }';
const FORGED: SubmitOutcome = { code: 'INVALID_SIGNATURE', fault: 'equation' };
const SIGNED = transactionInput(
  transfer({ network, from: testAccount(0), to: testAccount(1), amount: 1n, nonce: 0 }),
  network.addressPrefix,
);
const OFFER =
  'mutation ($t: [SignedTransactionInput!]!) { addTransactions(transactions: $t) { ... on Rejected { code } } }';
const key = localSigner(keyPairFromSeed(new Uint8Array(32).fill(7)));

/** A node behind one proxy, with a clock that a test moves, which answers every transaction alike. */
async function metered(outcome: SubmitOutcome = FORGED, overrides: Partial<Services> = {}) {
  const clock = { ms: 0 };
  let asked = 0;
  const answer = (list: readonly unknown[]) => {
    asked += list.length;
    return Promise.resolve(list.map(() => outcome));
  };
  const relay = {
    submit: answer,
    receiveTransactions: answer,
    refused: () => undefined,
  } as unknown as Services['relay'];
  const server = await testServer({ relay, ...overrides }, { trustProxy: { hops: 1 } }, {}, () => clock.ms);
  return { ...server, clock, asked: () => asked };
}

/** The refusal names its kind by its unit, and how long to wait. */
function assertLimited(reply: Reply, kind: BudgetKind): number {
  assert.equal(errorCode(reply), 'RATE_LIMITED', reply.text);
  assert.equal(reply.status, 429);
  assert.ok(reply.text.includes(BUDGETS[kind].unit), reply.text);
  const seconds = Number(reply.headers['retry-after']);
  assert.ok(Number.isInteger(seconds) && seconds > 0, `retry-after ${seconds}`);
  return seconds;
}

/** Goes on until one is refused; resolves to how many were not. */
async function untilLimited(kind: BudgetKind, most: number, send: () => Promise<Reply>): Promise<number> {
  for (let sent = 0; sent < most; sent++) {
    const reply = await send();
    if (reply.status !== 429) continue;
    assertLimited(reply, kind);
    return sent;
  }
  return assert.fail(`expected a refusal within ${most}`);
}

describe('what users spent', () => {
  it('is listed by what is left of it, with how often it was refused, and forgotten once it is all back', async () => {
    const { call, budgets, clock } = await metered();
    const ask = (headers: Record<string, string>) => call({ method: 'GET', path: '/healthz', headers });
    await ask(NEIGHBOUR);
    await untilLimited('requests', 3_000, () => ask(STRANGER));
    for (let i = 0; i < 4; i++) await ask(STRANGER);
    const requests = () => budgets.spenders().filter(({ kind }) => kind === 'requests');
    const burst = 5 * BUDGETS.requests.perSecond;
    assert.deepEqual(requests(), [
      { user: '198.51.100.7', kind: 'requests', left: -5, burst, refused: 5 },
      { user: '198.51.100.8', kind: 'requests', left: burst - 1, burst, refused: 0 },
    ]);
    clock.ms += 10_001;
    assert.deepEqual(budgets.spenders(), [{ user: '198.51.100.7', kind: 'requests', left: burst, burst, refused: 5 }]);
  });

  it('has at most 20 rows', async () => {
    const { call, budgets } = await metered();
    for (let i = 1; i <= 15; i++) {
      await call({ method: 'GET', path: '/healthz', headers: { 'x-forwarded-for': `198.51.100.${i}` } });
    }
    assert.equal(budgets.spenders().length, 20, 'requests and bytes, of each');
  });
});

describe('what a user may spend', () => {
  it('threat flood-of-requests: is so many requests, after which others are answered, and it again in time', async () => {
    const { call, post, clock } = await metered();
    const ask = () => call({ method: 'GET', path: '/healthz', headers: STRANGER });
    assert.equal(await untilLimited('requests', 3_000, ask), 5 * BUDGETS.requests.perSecond);
    assert.equal((await post(QUERY, NEIGHBOUR)).status, 200);
    assert.equal((await post(QUERY)).status, 200, 'this machine is not limited');
    const seconds = assertLimited(await ask(), 'requests');
    clock.ms += seconds * 1_000;
    assert.equal((await ask()).status, 200);
  });

  it('threat flood-of-requests: goes down with each refusal, until the connection is closed with it', async () => {
    const { call } = await metered();
    const ask = () => call({ method: 'GET', path: '/healthz', headers: STRANGER });
    await untilLimited('requests', 3_000, ask);
    let closed = 0;
    for (let sent = 0; sent < 2_600; sent++) closed += (await ask()).headers.connection === 'close' ? 1 : 0;
    assert.ok(closed > 0 && closed < 200, `${closed}`);
  });

  it('threat dear-queries: is so much work, by the price of operations', async () => {
    const { post } = await metered();
    const fields = Array.from({ length: 20 }, (_, i) => `a${i}: blocks(last: 100) { nodes { hash miner } }`).join(' ');
    const count = await untilLimited('cost', 200, () => post(`{ chain { ${fields} } }`, STRANGER));
    assert.ok(count > 50, `${count}`);
  });

  it('threat flood-of-bytes: is so many bytes, known before a body is read', async () => {
    const { call } = await metered();
    const body = JSON.stringify({ query: QUERY }).padEnd(1024 * 1024, ' ');
    const send = () => call({ headers: { ...STRANGER, 'content-type': 'application/json' }, body });
    const count = await untilLimited('bytes', 100, send);
    const most = (5 * BUDGETS.bytes.perSecond) / body.length;
    assert.ok(count === most || count === most - 1, `${count}: answers count as well`);
  });

  it('threat flood-of-signatures: is so many signatures to be checked, whether they hold or not', async () => {
    const { post, asked } = await metered({ code: 'NONCE_TOO_LOW', expected: 2n, got: 1n });
    const t = Array.from({ length: 500 }, () => SIGNED);
    await untilLimited('signatures', 40, () => post(OFFER, STRANGER, { t }));
    assert.equal(asked(), 5 * BUDGETS.signatures.perSecond);
  });

  it('threat forged-signatures: is ten forged signatures, or one batch of them, and then nothing of it is verified', async () => {
    const { post, asked, clock } = await metered();
    assert.equal(await untilLimited('faults', 20, () => post(OFFER, STRANGER, { t: [SIGNED] })), 10);
    const before = asked();
    assertLimited(await post(OFFER, STRANGER, { t: [SIGNED] }), 'faults');
    assert.equal(asked(), before);
    assert.equal((await post(OFFER, NEIGHBOUR, { t: [SIGNED] })).status, 200);
    const batch = Array.from({ length: 900 }, () => SIGNED);
    assert.equal((await post(OFFER, { 'x-forwarded-for': '198.51.100.9' }, { t: batch })).status, 200);
    const again = await post(QUERY, { 'x-forwarded-for': '198.51.100.9' });
    const seconds = assertLimited(again, 'faults');
    assert.ok(seconds >= 5 && seconds <= 6, `${seconds}`);
    clock.ms += seconds * 1_000;
    assert.equal((await post(QUERY, { 'x-forwarded-for': '198.51.100.9' })).status, 200);
  });

  it('threat bad-blocks: is five blocks that their own bytes prove bad', async () => {
    const { post } = await metered();
    const { header } = network.genesis;
    const block = {
      height: 1,
      previousHash: toHex(header.hash),
      transactionsRoot: '00'.repeat(32),
      timestamp: new Date(header.timestamp + 1_000).toISOString(),
      target: -1,
      miner: SIGNED.sender,
      nonce: '0',
      transactions: [],
    };
    const push = 'mutation ($b: BlockInput!) { receiveBroadcastBlock(block: $b) { ... on Rejected { code } } }';
    assert.equal(await untilLimited('faults', 20, () => post(push, STRANGER, { b: block })), 5);
  });

  it('threat flood-of-faults: is so many requests that are refused for what they are', async () => {
    const { post } = await metered();
    const wrong = ['{ nothing }', '{', '{ chain { blocks(first: 1000) { nodes { hash } } } }'];
    let sent = 0;
    const count = await untilLimited('faults', 100, () => post(wrong[sent++ % 3]!, STRANGER));
    assert.equal(count, 5 * BUDGETS.faults.perSecond);
  });

  it('threat forged-envelopes: is ten envelopes that do not hold, and none is verified then; without one it is answered', async () => {
    const { call, post } = await metered();
    const body = JSON.stringify({ query: QUERY });
    const good = { key, receiver: INFO.id, chainId: network.chainId };
    const sealed = async (chainId = network.chainId) =>
      call({
        headers: {
          ...STRANGER,
          'content-type': 'application/json',
          ...(await sealedHeaders(body, { ...good, chainId })),
        },
        body,
      });
    assert.equal((await sealed()).status, 200);
    assert.equal(await untilLimited('faults', 20, () => sealed(new Uint8Array(32))), 10);
    assertLimited(await sealed(), 'faults');
    assert.equal((await post(QUERY, STRANGER)).status, 200);
  });

  it('is a peer’s own by its proven identity, ten times as much, whoever shares its address', async () => {
    const peers = {
      ...(await testServer()).services.peers,
      byId: () => ({ status: 'CONNECTED' }),
    } as unknown as Services['peers'];
    const { call, post } = await metered(FORGED, { peers });
    for (let sent = 0; sent < 60; sent++) await post('{ nothing }', STRANGER);
    assertLimited(await post(QUERY, STRANGER), 'faults');
    const body = JSON.stringify({ query: '{ nodeInfo { limits { budgets { kind perSecond left } } } }' });
    const seal = await sealedHeaders(body, { key, receiver: INFO.id, chainId: network.chainId });
    const { text } = await call({ headers: { ...STRANGER, 'content-type': 'application/json', ...seal }, body });
    assert.match(text, /"kind":"REQUESTS","perSecond":5000,"left":24999/);
  });

  it('threat operator-locked-out: is no matter to the owner of the admin token, from wherever', async () => {
    const { post } = await metered();
    for (let sent = 0; sent < 60; sent++) await post('{ nothing }', STRANGER);
    assertLimited(await post(QUERY, STRANGER), 'faults');
    assertLimited(await post(QUERY, { ...STRANGER, authorization: 'Bearer wrong' }), 'faults');
    assert.equal((await post(QUERY, { ...STRANGER, ...ADMIN })).status, 200);
    for (let sent = 0; sent < 60; sent++) assert.equal((await post('{ nothing }', ADMIN)).status, 400);
  });

  it('counts over a WebSocket, too, and is told there in seconds', async () => {
    const { url, post } = await metered();
    const client = forwardedClient(url, STRANGER);
    const run = (query: string) => client.iterate({ query }).next();
    for (let sent = 0; sent < 50; sent++) await assert.rejects(run('{ nothing }'));
    await assert.rejects(run(QUERY), (errors) => {
      const [first] = errors as { extensions: { code: string; retryAfter: number } }[];
      return first!.extensions.code === 'RATE_LIMITED' && first!.extensions.retryAfter >= 1;
    });
    assertLimited(await post(QUERY, STRANGER), 'faults');
  });

  it('is told by nodeInfo.limits, with what is left of it', async () => {
    const { post } = await metered();
    const query = '{ nodeInfo { limits { maxCost maxPageItems budgets { kind perSecond burst left } } } }';
    type Told = {
      data: { nodeInfo: { limits: { maxCost: number; budgets: { kind: string; left: number | null }[] } } };
    };
    const told = async (headers = {}) => (JSON.parse((await post(query, headers)).text) as Told).data.nodeInfo.limits;
    await post('{ nothing }', STRANGER);
    const limits = await told(STRANGER);
    assert.equal(limits.maxCost, 50_000);
    const left = Object.fromEntries(limits.budgets.map(({ kind, left: rest }) => [kind, rest]));
    assert.deepEqual([left['REQUESTS'], left['FAULTS'], left['SIGNATURES']], [2_498, 49, 7_500]);
    assert.ok((await told()).budgets.every((budget) => budget.left === null));
    assert.ok((await told({ ...STRANGER, ...ADMIN })).budgets.every((budget) => budget.left === null));
  });
});
