import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  GONE_MS,
  INTERVAL_MS,
  OUTBOUND,
  PeerExchange,
  SHORT_INTERVAL_MS,
} from '../../src/peers/discovery/peerExchange.js';
import { OWN_ID, FakeClient, settled, silent, testPeers, unreachable } from './fakeClient.js';

/** Nodes of the Internet, each under a domain of its own. */
function nodes(count: number, from = 16): FakeClient[] {
  return Array.from({ length: count }, (_, i) => {
    const name = (from + i).toString(16);
    return new FakeClient(name, `http://node-${name}.example/graphql`);
  });
}

/** An exchange over fake clients; the first one is the operator's peer and names all others. */
async function testExchange(clients: readonly FakeClient[], options: { outbound?: number; publicUrl?: string } = {}) {
  const all = testPeers(clients);
  const [first, ...others] = clients;
  first!.tells = () => Promise.resolve(others.map(({ url }) => url));
  await all.peers.add(first!.url);
  const start = (peers = all.peers) => {
    const started = new PeerExchange(
      { outbound: OUTBOUND, publicUrl: undefined, ...options },
      { peers, clock: { elapsed: () => all.clock.elapsed }, random: () => all.clock.random },
    );
    peers.removed.on(({ url }) => started.avoid(url));
    return started;
  };
  let { peers } = all;
  let exchange = start();
  const connected = () => peers.all().filter(({ status }) => status === 'CONNECTED');
  return {
    ...all,
    first: first!,
    others,
    connected,
    peers: () => peers,
    exchange: () => exchange,
    /** As the node's ticker does, once a second. */
    async run(seconds: number) {
      for (let i = 0; i < seconds; i++) {
        await peers.tick();
        await exchange.tick();
        all.clock.elapsed += 1_000;
      }
    },
    restart() {
      peers = all.open();
      exchange = start(peers);
    },
  };
}

describe('a node that knows one other', () => {
  it('learns of its peers, and from them of theirs', async () => {
    const net = await testExchange(nodes(4));
    const [b, c, d] = net.others as [FakeClient, FakeClient, FakeClient];
    net.first.tells = () => Promise.resolve([b.url]);
    b.tells = () => Promise.resolve([c.url]);
    c.tells = () => Promise.resolve([d.url, 'no url', `http://${'x'.repeat(1_000)}.example/graphql`]);
    await net.run(6);
    assert.deepEqual(
      net.connected().map(({ url, origin }) => [url, origin]),
      [[net.first.url, 'operator'], ...[b, c, d].map(({ url }) => [url, 'chosen'])],
    );
  });

  it('calls no private address that comes from the Internet', async () => {
    const addresses = [
      'http://10.0.0.1:4000',
      'http://127.0.0.1:4000',
      'http://169.254.169.254',
      'http://8.8.8.8:4000',
    ];
    const clients = addresses.map((address, i) => new FakeClient(`a${i}`, `${address}/graphql`));
    const net = await testExchange([...nodes(1), ...clients]);
    await net.run(3);
    assert.deepEqual(
      clients.map(({ handshakes }) => handshakes),
      [0, 0, 0, 1],
    );
  });

  it('of the same machine calls other addresses of that machine', async () => {
    const clients = [4001, 4002, 4003].map((port, i) => new FakeClient(`a${i}`, `http://127.0.0.1:${port}/graphql`));
    const net = await testExchange(clients);
    await net.run(3);
    assert.equal(net.connected().length, 3);
  });

  it('keeps neither a node of another chain, nor itself, nor a peer under a second name', async () => {
    const [first, good, foreign, own, twin] = nodes(5) as [FakeClient, FakeClient, FakeClient, FakeClient, FakeClient];
    foreign.answer = { chainId: '1'.repeat(64) };
    own.answer = { id: OWN_ID };
    twin.answer = { id: good.id };
    const net = await testExchange([first, good, foreign, own, twin]);
    await net.run(5);
    assert.deepEqual(
      net.connected().map(({ url }) => url),
      [first.url, good.url],
    );
    assert.deepEqual(
      [foreign, own, twin].map(({ handshakes, closed }) => [handshakes, closed]),
      Array(3).fill([1, true]),
    );
    assert.deepEqual([...net.disk.keys()], [first.url, good.url]);
  });

  it('asks nothing and learns nothing where outbound is 0', async () => {
    for (const [outbound, expected] of [
      [1, 1],
      [0, 0],
    ] as const) {
      const net = await testExchange(nodes(3), { outbound });
      let asked = 0;
      net.first.tells = () => Promise.resolve((asked++, [net.others[0]!.url]));
      await net.run(3);
      assert.deepEqual([asked, net.connected().length], [expected, 1]);
    }
  });

  it('asks every minute while it has too few peers, every ten when it has enough, and up to a quarter later', async () => {
    for (const [count, interval] of [
      [2, SHORT_INTERVAL_MS],
      [OUTBOUND + 1, INTERVAL_MS],
    ] as const) {
      for (const random of [0, 0.99]) {
        const net = await testExchange(nodes(count));
        await net.run(5);
        net.clock.random = random;
        const asked: number[] = [];
        net.first.tells = () => Promise.resolve((asked.push(net.clock.elapsed), []));
        await net.run((3.5 * interval) / 1_000);
        const pause = asked[1]! - asked[0]!;
        assert.ok(pause >= interval * (1 + random / 4) && pause <= interval * (1 + random / 4) + 1_000, `${pause}`);
      }
    }
  });
});

describe('outbound peers', () => {
  it('are as many as asked for, drawn from all that are known, and kept when some die', async () => {
    const net = await testExchange(nodes(30));
    await net.run(3);
    assert.equal(net.connected().length, OUTBOUND);
    const dying = net.connected().slice(1, 5);
    for (const client of net.others) if (dying.some(({ url }) => url === client.url)) client.greet = unreachable;
    await net.run(10);
    assert.equal(net.connected().length, OUTBOUND);
    assert.equal(net.peers().all().length, OUTBOUND + dying.length);
    await net.run(GONE_MS / 1_000 + 60);
    assert.equal(net.connected().length, OUTBOUND);
    for (const { url } of dying) assert.ok(!net.disk.has(url), url);
  });

  it('are found among many that are dead', async () => {
    const clients = nodes(60);
    for (const [i, client] of clients.entries()) if (i % 6 !== 0) client.greet = unreachable;
    const net = await testExchange(clients);
    await net.run(60);
    assert.equal(net.connected().length, OUTBOUND);
    assert.ok(
      clients.every(({ handshakes, greet }) => greet !== unreachable || handshakes <= 1),
      'a dead one called twice',
    );
  });

  it('are of different networks while there are such', async () => {
    const crowd = Array.from(
      { length: 40 },
      (_, i) => new FakeClient(`a${i.toString(16).padStart(2, '0')}`, `http://8.8.1.${i}/graphql`),
    );
    const net = await testExchange([...nodes(1), ...crowd, ...nodes(4, 17)]);
    await net.run(3);
    const urls = net.connected().map(({ url }) => url);
    assert.equal(urls.length, OUTBOUND);
    for (const { url } of nodes(5)) assert.ok(urls.includes(url), url);
  });

  it('are all kept if they all stop answering: then this node is cut off', async () => {
    const net = await testExchange(nodes(9));
    await net.run(3);
    const before = [...net.disk.keys()];
    const clients = [net.first, ...net.others];
    for (const client of clients) client.greet = unreachable;
    await net.run(2 * (GONE_MS / 1_000));
    assert.deepEqual([net.connected().length, [...net.disk.keys()]], [0, before]);
    for (const client of clients) client.greet = () => Promise.resolve();
    await net.run(90);
    assert.ok(net.connected().length >= OUTBOUND);
  });

  it('are found in the book after an hour without an answer', async () => {
    const clients = nodes(20);
    const net = await testExchange(clients, { outbound: 2 });
    await net.run(3);
    for (const client of clients) client.greet = unreachable;
    await net.run(60 * 60);
    for (const client of net.others.filter(({ url }) => !net.disk.has(url))) client.greet = () => Promise.resolve();
    await net.run(60);
    assert.equal(net.connected().length, 2);
  });

  it('of before a restart are tried first, and replaced when they are gone', async () => {
    const net = await testExchange(nodes(30));
    await net.run(3);
    const anchors = net.connected().map(({ url }) => url);
    const clients = [net.first, ...net.others];
    const isAnchor = ({ url }: FakeClient) => anchors.includes(url);
    const calls = () => clients.map(({ handshakes }) => handshakes);
    const before = calls();
    net.restart();
    await net.run(1);
    assert.deepEqual(
      calls().map((count, i) => count - before[i]!),
      clients.map((client) => (isAnchor(client) ? 1 : 0)),
    );
    assert.equal(net.connected().length, OUTBOUND);
    for (const client of clients.filter(isAnchor)) if (client !== net.first) client.greet = unreachable;
    net.restart();
    await net.run(5);
    assert.equal(net.connected().length, OUTBOUND);
  });

  it('of before a restart keep their places until it is known whether they answer', async () => {
    const net = await testExchange(nodes(30));
    await net.run(3);
    const anchors = net.others.filter(({ url }) => net.disk.has(url));
    for (const client of anchors) client.greet = silent;
    net.restart();
    void net.peers().tick();
    for (let i = 0; i < 3; i++) {
      await settled();
      await net.exchange().tick();
    }
    assert.equal(net.connected().length, 1);
    assert.equal(net.peers().all().length, OUTBOUND);
  });

  it('that the operator added are never dropped, and others make room for them', async () => {
    const net = await testExchange(nodes(12));
    await net.run(3);
    net.first.greet = unreachable;
    await net.run(2 * (GONE_MS / 1_000));
    assert.ok(
      net
        .peers()
        .all()
        .some(({ url, status }) => url === net.first.url && status === 'UNREACHABLE'),
    );
    const learned = net.connected()[0]!;
    await net.peers().add(learned.url);
    assert.equal(net.disk.get(learned.url)?.origin, 'operator');
    net.others.find(({ url }) => url === learned.url)!.greet = unreachable;
    await net.run(2 * (GONE_MS / 1_000));
    assert.ok(net.disk.has(learned.url));
  });

  it('that the operator removes do not come back at once', async () => {
    const net = await testExchange(nodes(4));
    await net.run(3);
    const url = net.others[0]!.url;
    assert.equal(await net.peers().remove(url), true);
    await net.run(60);
    assert.ok(!net.connected().some((state) => state.url === url));
  });

  it('that were banned stay so across a restart, are not learned meanwhile, and are forgotten after', async () => {
    const net = await testExchange(nodes(3));
    await net.run(3);
    const [bad] = net.others as [FakeClient];
    net.peers().blame(net.connected()[1]!, 'invalidBlock', 'test');
    const before = bad.handshakes;
    net.restart();
    await net.run(120);
    assert.deepEqual([net.disk.get(bad.url)?.standing, bad.handshakes], [-100, before]);
    net.first.tells = () => Promise.resolve([]);
    await net.run(60 * 60);
    assert.deepEqual([net.disk.has(bad.url), bad.handshakes], [false, before]);
  });

  it('that the operator added under another name are one peer', async () => {
    const net = await testExchange(nodes(3));
    await net.run(3);
    const [twin, ...rest] = net.others as [FakeClient, FakeClient];
    net.first.answer = { id: twin.id };
    await net.run(10);
    assert.deepEqual(
      net.connected().map(({ url }) => url),
      [net.first.url, ...rest.map(({ url }) => url)],
    );
  });
});
