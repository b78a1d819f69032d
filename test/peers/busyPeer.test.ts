import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { systemClock } from '../../src/node/world.js';
import { httpConnection } from '../../src/peers/client/connection.js';
import { MAX_ATTEMPTS } from '../../src/peers/client/patience.js';
import { PeerClient } from '../../src/peers/client/peerClient.js';
import { Wire } from '../../src/peers/client/wire.js';
import { MAX_RETRY_AFTER_MS, PeerError } from '../../src/peers/standing.js';
import { silentLogger } from '../support/logger.js';
import { dummyTransactions, network, OWN_KEY, settled } from './fakeClient.js';
import { httpServer } from './handwrittenServer.js';
import { testGossip } from './testGossip.js';
import { heavy, serve, testSync } from './testSync.js';

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly retryAfter: string | undefined;
}

/** A client of a peer that refuses the first `times` requests, and the pauses that it made. */
async function refusing({ status, code, retryAfter }: Refusal, times: number, data: unknown) {
  let asked = 0;
  const url = await httpServer((response) => {
    if (asked++ >= times) return response.end(JSON.stringify({ data }));
    response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
    return response.end(JSON.stringify({ errors: [{ message: 'later', extensions: { code } }] }));
  });
  const pauses: number[] = [];
  const client = new PeerClient(
    { url, chainId: network.chainId, timeoutMs: 5_000 },
    {
      wire: new Wire(network),
      connection: httpConnection(url, false),
      clock: {
        ...systemClock,
        sleep: (milliseconds) => {
          pauses.push(milliseconds);
          return Promise.resolve();
        },
      },
      key: OWN_KEY,
      log: silentLogger(),
    },
  );
  after(() => client.close());
  return { client, pauses, asked: () => asked };
}

const RATE_LIMITED = { status: 429, code: 'RATE_LIMITED', retryAfter: '7' };
const OVERLOADED = { status: 503, code: 'OVERLOADED', retryAfter: '1' };
const accepted = { alreadyKnown: false };
const allNew = { alreadyKnown: [], refused: [] };
const [header, hash] = [network.genesis.header, network.genesis.header.hash];
const REQUESTS: readonly [name: string, data: unknown, ask: (client: PeerClient) => Promise<unknown>][] = [
  [
    'a transaction',
    { receiveBroadcastPackedTransactions: allNew },
    (client) => client.sendTransactions(dummyTransactions(1)),
  ],
  [
    'a batch',
    { receiveBroadcastPackedTransactions: allNew },
    (client) => client.sendTransactions(dummyTransactions(2)),
  ],
  ['a block', { receiveBroadcastBlock: accepted }, (client) => client.sendBlock({ header, transactions: [] })],
  ['bodies', { blocks: [null] }, (client) => client.bodies([hash])],
];

const isBusy = (retryAfterMs: number) => (error: unknown) =>
  error instanceof PeerError && error.misdeed === 'unreachable' && error.retryAfterMs === retryAfterMs;

/** A sync with one peer, which has a longer chain. */
function withHeavyPeer() {
  const {
    clients: [a],
    ...rest
  } = testSync(1);
  serve(a, heavy);
  return { a, ...rest };
}

describe('a peer that has too much to do', () => {
  for (const [name, data, ask] of REQUESTS) {
    for (const refusal of [RATE_LIMITED, OVERLOADED]) {
      it(`and refuses ${name} with ${refusal.code} is asked again when it wants to be`, async () => {
        const { client, pauses } = await refusing(refusal, MAX_ATTEMPTS - 1, data);
        await ask(client);
        const wanted = Number(refusal.retryAfter) * 1_000;
        assert.deepEqual(pauses, [wanted, wanted]);
      });
    }

    it(`and goes on refusing ${name} is not asked for ever`, async () => {
      const { client, pauses, asked } = await refusing(OVERLOADED, Infinity, data);
      await assert.rejects(ask(client), isBusy(1_000));
      assert.deepEqual([asked(), pauses.length], [MAX_ATTEMPTS, MAX_ATTEMPTS - 1]);
    });
  }

  for (const [retryAfter, pause] of [
    ['86400', MAX_RETRY_AFTER_MS],
    ['0', 1_000],
    ['-5', 1_000],
    ['Fri, 27 Nov 2026 20:00:00 GMT', 1_000],
    [undefined, 1_000],
  ] as const) {
    it(`is left alone for ${pause} ms when it says ${retryAfter}`, async () => {
      const [, data, ask] = REQUESTS[0]!;
      const { client, pauses } = await refusing({ ...RATE_LIMITED, retryAfter }, 1, data);
      await ask(client);
      assert.deepEqual(pauses, [pause]);
    });
  }

  it('keeps its place in the sync for headers: the request ends at once', async () => {
    const { client, pauses } = await refusing(RATE_LIMITED, 1, undefined);
    await assert.rejects(client.headersAfter([hash], 1), isBusy(7_000));
    assert.deepEqual(pauses, []);
  });

  it('other refusals are not waited for', async () => {
    const [, data, ask] = REQUESTS[0]!;
    const { client, pauses } = await refusing({ ...OVERLOADED, code: 'INTERNAL_SERVER_ERROR' }, 1, data);
    await assert.rejects(ask(client), (error) => error instanceof PeerError && error.retryAfterMs === undefined);
    assert.deepEqual(pauses, []);
  });

  it('gets what is pending once it is greeted, and its standing is as before', async () => {
    const {
      clients: [a],
      gossip,
      peers,
      clock,
      pending,
    } = await testGossip(1);
    peers.greeted.on((state) => gossip.catchUp(state, 'tip'));
    const busy = new PeerError('unreachable', 'HTTP 429', { retryAfterMs: 1_000 });
    a.take = () => Promise.reject(busy);
    a.takeBlock = () => Promise.reject(busy);
    pending.list = dummyTransactions(3);
    gossip.announceTransactions(pending.list, undefined);
    gossip.announceBlock(network.genesis);
    await settled();
    assert.deepEqual([peers.list()[0]!.status, peers.list()[0]!.standing], ['UNREACHABLE', 0]);
    a.messages.length = 0;
    a.take = (batch) => Promise.resolve(batch.map(() => accepted));
    clock.elapsed += 60_000;
    await peers.tick();
    await settled();
    assert.deepEqual(a.messages.flat(), pending.list);
    assert.deepEqual([peers.list()[0]!.status, peers.list()[0]!.standing], ['CONNECTED', 0]);
  });

  it('is asked for headers no sooner than it wants, its standing is as before, and its branch is followed then', async () => {
    const { a, clock, peers, ours, sync, greet, standing } = withHeavyPeer();
    const { headersAfter } = a;
    let asked = 0;
    a.headersAfter = () => {
      asked++;
      return Promise.reject(new PeerError('unreachable', 'HTTP 429', { retryAfterMs: MAX_RETRY_AFTER_MS }));
    };
    await greet();
    const state = peers.byId(a.id)!;
    const round = async () => {
      await peers.greet(state);
      sync.consider(state);
      await sync.close();
    };
    for (let second = 0; second < MAX_RETRY_AFTER_MS / 1_000; second++) {
      await round();
      clock.advance(1_000);
    }
    assert.deepEqual([asked, standing(a).standing], [1, 0]);
    a.headersAfter = headersAfter;
    await round();
    assert.deepEqual([ours.chain.tip().height, standing(a).standing], [130, 0]);
  });

  it('that refuses bodies is not blamed, and its branch is followed later', async () => {
    const { a, clock, peers, ours, sync, greet, standing } = withHeavyPeer();
    const { bodies } = a;
    a.bodies = () => Promise.reject(new PeerError('unreachable', 'HTTP 503', { retryAfterMs: 1_000 }));
    await greet();
    const state = peers.byId(a.id)!;
    sync.consider(state);
    await sync.close();
    assert.deepEqual([ours.chain.tip().height, standing(a).standing], [0, 0]);
    a.bodies = bodies;
    clock.advance(60_000);
    await peers.greet(state);
    sync.consider(state);
    await sync.close();
    assert.deepEqual([ours.chain.tip().height, standing(a).standing], [130, 0]);
  });
});
