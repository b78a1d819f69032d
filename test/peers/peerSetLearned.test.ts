import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PeerRefusedError } from '../../src/peers/peer.js';
import { MAX_LEARNED, MAX_PEERS } from '../../src/peers/peerSet.js';
import { FakeClient, settled, silent, testPeers, unreachable } from './fakeClient.js';

function nodes(count: number): FakeClient[] {
  return Array.from({ length: count }, (_, i) => new FakeClient((256 + i).toString(16)));
}

describe('an address that this node learned', () => {
  it('is a peer once it has answered, and not before', async () => {
    const [node, dead] = nodes(2) as [FakeClient, FakeClient];
    const { peers, disk } = testPeers([node, dead]);
    const events: string[] = [];
    peers.greeted.on(({ url }) => events.push(`greeted ${url}`));
    let answer!: () => void;
    node.greet = () => new Promise((resolve) => (answer = resolve));
    dead.greet = unreachable;
    const learning = peers.learn(node.url, 'chosen');
    assert.deepEqual(peers.list(), []);
    answer();
    assert.deepEqual([await learning, await peers.learn(dead.url, 'chosen')], [true, false]);
    assert.deepEqual(
      peers.list().map(({ url, status }) => [url, status]),
      [[node.url, 'CONNECTED']],
    );
    assert.deepEqual(events, [`greeted ${node.url}`]);
    assert.deepEqual(
      [...disk.values()].map(({ origin }) => origin),
      ['chosen'],
    );
    assert.ok(dead.closed && !node.closed);
  });

  it('that the operator adds while it is greeted is his', async () => {
    const [node] = nodes(1) as [FakeClient];
    const { peers } = testPeers([node]);
    let answer!: () => void;
    node.greet = () => new Promise((resolve) => (answer = resolve));
    const learning = peers.learn(node.url, 'chosen');
    const first = answer;
    node.greet = () => Promise.resolve();
    await peers.add(node.url);
    first();
    assert.equal(await learning, false);
    assert.deepEqual(
      peers.all().map(({ origin }) => origin),
      ['operator'],
    );
  });

  it('and is being greeted does not hold up the end', async () => {
    const [node] = nodes(1) as [FakeClient];
    const { peers } = testPeers([node]);
    node.greet = silent;
    void peers.learn(node.url, 'chosen');
    await peers.close();
    assert.ok(node.closed);
  });
});

describe('the bound of learned peers', () => {
  it('refuses one more, until one is banned: then the ban that ends first makes room', async () => {
    const clients = nodes(MAX_LEARNED + 2);
    const { peers, clock } = testPeers(clients);
    const [early, late, ...rest] = clients;
    const news = rest.splice(-2) as [FakeClient, FakeClient];
    for (const { url } of [late!, early!, ...rest]) assert.ok(await peers.learn(url, 'chosen'));
    assert.equal(await peers.learn(news[0].url, 'chosen'), false);
    for (const { id } of [early!, late!]) {
      peers.blame(peers.byId(id)!, 'invalidBlock', 'test');
      clock.elapsed += 1;
    }
    assert.equal(await peers.learn(news[0].url, 'announced'), true);
    assert.deepEqual([peers.byId(early!.id), peers.byId(late!.id)?.status], [undefined, 'BANNED']);
    assert.equal(peers.list().length, MAX_LEARNED);
  });

  it('leaves the operator MAX_PEERS all the same', async () => {
    const clients = nodes(MAX_PEERS + 1 + MAX_LEARNED);
    const { peers } = testPeers(clients);
    for (const { url } of clients.slice(0, MAX_LEARNED)) await peers.learn(url, 'chosen');
    for (const { url } of clients.slice(MAX_LEARNED, -1)) await peers.add(url);
    await settled();
    assert.deepEqual(new Set(peers.all().map(({ origin }) => origin)), new Set(['operator']));
    assert.equal(peers.list().length, MAX_PEERS);
    await assert.rejects(
      peers.add(clients.at(-1)!.url),
      (error) => error instanceof PeerRefusedError && error.code === 'PEER_LIMIT',
    );
    assert.equal(await peers.learn(clients.at(-1)!.url, 'chosen'), false);
  });
});

it('the next handshake comes an interval later, and up to a quarter more', async () => {
  for (const random of [0, 0.5, 0.999]) {
    const [node] = nodes(1) as [FakeClient];
    const { peers, clock } = testPeers([node]);
    clock.random = random;
    await peers.add(node.url);
    assert.equal(peers.all()[0]!.nextHandshake, clock.elapsed + 5_000 * (1 + random / 4));
    node.greet = unreachable;
    clock.elapsed += 7_000;
    await peers.tick();
    assert.equal(peers.all()[0]!.nextHandshake, clock.elapsed + 1_000 * (1 + random / 4));
  }
});
