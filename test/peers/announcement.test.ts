import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  MAX_ANNOUNCED,
  MAX_ANNOUNCED_A_NETWORK,
  MAX_ANNOUNCEMENTS,
  OUTBOUND,
  PeerExchange,
} from '../../src/peers/discovery/peerExchange.js';
import { FakeClient, settled, silent, testPeers, unreachable } from './fakeClient.js';

const OWN_URL = 'http://own.example/graphql';

/** Nodes of the Internet, each under a domain of its own. */
function nodes(count: number): FakeClient[] {
  return Array.from({ length: count }, (_, i) => new FakeClient(`${16 + i}`, `http://node-${i}.example/graphql`));
}

/** A node without peers, and others that may make themselves known to it. */
function testAnnouncements(
  clients: readonly FakeClient[],
  options: { outbound?: number; publicUrl?: string | undefined } = {},
) {
  const all = testPeers(clients);
  const { peers, clock } = all;
  const exchange = new PeerExchange(
    { outbound: OUTBOUND, publicUrl: OWN_URL, ...options },
    { peers, clock: { elapsed: () => clock.elapsed }, random: () => 0 },
  );
  peers.removed.on(({ url }) => exchange.avoid(url));
  const run = async (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      await peers.tick();
      await exchange.tick();
      clock.elapsed += 1_000;
    }
  };
  const connected = () => peers.all().filter(({ status }) => status === 'CONNECTED');
  return { ...all, exchange, run, connected };
}

describe('a node that makes itself known', () => {
  it('is greeted, and becomes a peer', async () => {
    const [node] = nodes(1) as [FakeClient];
    const { exchange, run, connected, disk } = testAnnouncements([node]);
    exchange.announced('http://NODE-0.example', node.id);
    assert.equal(node.handshakes, 0);
    await run(1);
    assert.deepEqual(
      connected().map(({ url, origin }) => [url, origin]),
      [[node.url, 'announced']],
    );
    assert.equal(disk.get(node.url)?.origin, 'announced');
  });

  it('under a URL where another node answers is not believed', async () => {
    const [node, other] = nodes(2) as [FakeClient, FakeClient];
    const { exchange, run, connected } = testAnnouncements([node, other]);
    exchange.announced(node.url, other.id);
    await run(2);
    assert.deepEqual([connected(), node.handshakes, node.closed], [[], 1, true]);
  });

  it('under a URL that does not answer is called once in ten minutes, however often it comes', async () => {
    const [node, there] = nodes(2) as [FakeClient, FakeClient];
    node.greet = unreachable;
    const { peers, exchange, run } = testAnnouncements([node, there]);
    await peers.add(there.url);
    for (let i = 0; i < 500; i++) {
      exchange.announced(node.url, node.id);
      await run(1);
    }
    assert.equal(node.handshakes, 1);
    for (let i = 0; i < 500; i++) {
      exchange.announced(node.url, node.id);
      await run(1);
    }
    assert.equal(node.handshakes, 2);
  });

  it('is called at one a second, whatever the rate of announcements', async () => {
    const clients = nodes(40);
    const { exchange, run } = testAnnouncements(clients);
    for (const { url, id } of clients) exchange.announced(url, id);
    await run(3);
    assert.equal(
      clients.reduce((sum, { handshakes }) => sum + handshakes, 0),
      3,
    );
  });

  it('is one of at most 32 that wait', async () => {
    const clients = nodes(40);
    for (const client of clients) client.greet = unreachable;
    const { exchange, run } = testAnnouncements(clients);
    for (const { url, id } of clients) exchange.announced(url, id);
    await run(60);
    assert.equal(clients.filter(({ handshakes }) => handshakes > 0).length, MAX_ANNOUNCEMENTS);
  });

  it('and then does not answer takes no place of those that this node draws, not even for a moment', async () => {
    const [mute, first, other] = nodes(3) as [FakeClient, FakeClient, FakeClient];
    mute.greet = silent;
    first.tells = () => Promise.resolve([other.url]);
    const { peers, exchange, connected } = testAnnouncements([mute, first, other], { outbound: 2 });
    await peers.add(first.url);
    exchange.announced(mute.url, mute.id);
    for (let i = 0; i < 3; i++) {
      void exchange.tick();
      await settled();
    }
    assert.deepEqual(
      connected().map(({ url }) => url),
      [first.url, other.url],
    );
  });

  it('is one of at most so many, and of at most so many of its network', async () => {
    const crowd = Array.from({ length: 10 }, (_, i) => new FakeClient(`c${i}`, `http://n${i}.crowd.example/graphql`));
    const clients = [...crowd, ...nodes(30)];
    const { exchange, run, connected } = testAnnouncements(clients);
    for (const { url, id } of clients) {
      exchange.announced(url, id);
      await run(1);
    }
    assert.equal(connected().length, MAX_ANNOUNCED);
    assert.equal(connected().filter(({ url }) => url.includes('crowd')).length, MAX_ANNOUNCED_A_NETWORK);
  });

  it('does not take the place of one that this node draws', async () => {
    const clients = nodes(MAX_ANNOUNCED + 1 + 20);
    const { peers, exchange, run, connected } = testAnnouncements(clients);
    for (const { url, id } of clients.slice(0, MAX_ANNOUNCED)) {
      exchange.announced(url, id);
      await run(1);
    }
    const first = clients[MAX_ANNOUNCED]!;
    first.tells = () => Promise.resolve(clients.slice(MAX_ANNOUNCED + 1).map(({ url }) => url));
    await peers.add(first.url);
    await run(3);
    assert.equal(connected().filter(({ origin }) => origin === 'announced').length, MAX_ANNOUNCED);
    assert.equal(connected().filter(({ origin }) => origin !== 'announced').length, OUTBOUND);
  });

  it('is asked for its peers only while too few others are there', async () => {
    for (const [outbound, expected] of [
      [2, 1],
      [1, 0],
    ] as const) {
      const [node, there] = nodes(2) as [FakeClient, FakeClient];
      let asked = 0;
      node.tells = () => Promise.resolve((asked++, []));
      const { peers, exchange, run } = testAnnouncements([node, there], { outbound });
      await peers.add(there.url);
      exchange.announced(node.url, node.id);
      await run(3);
      assert.equal(asked, expected);
    }
  });

  for (const [url, publicUrl, expected] of [
    ['http://node-0.example/graphql', undefined, 1],
    ['http://10.0.0.1:4000/graphql', undefined, 0],
    ['http://10.0.0.1:4000/graphql', OWN_URL, 0],
    ['http://10.0.0.1:4000/graphql', 'http://10.0.0.9:4000/graphql', 1],
    ['http://127.0.0.1:4000/graphql', 'http://10.0.0.9:4000/graphql', 0],
    ['http://127.0.0.1:4000/graphql', 'http://127.0.0.1:4001/graphql', 1],
    [OWN_URL, OWN_URL, 0],
    ['http://127.0.0.1:4000/graphql#', undefined, 0],
    ['nonsense', undefined, 0],
    ['ftp://node-0.example', undefined, 0],
  ] as const) {
    it(`as ${url} to a node ${publicUrl ? `at ${publicUrl}` : 'without a URL'} is ${expected ? '' : 'not '}called`, async () => {
      const node = new FakeClient('a1', url);
      const { exchange, run } = testAnnouncements([node], { publicUrl });
      exchange.announced(url, node.id);
      await run(1);
      assert.equal(node.handshakes, expected);
    });
  }

  it('is ignored where outbound is 0', async () => {
    const [node] = nodes(1) as [FakeClient];
    const { exchange, run } = testAnnouncements([node], { outbound: 0 });
    exchange.announced(node.url, node.id);
    await run(2);
    assert.equal(node.handshakes, 0);
  });
});
