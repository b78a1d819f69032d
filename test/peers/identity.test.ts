import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { fromHex, toHex } from '../../src/crypto/bytes.js';
import { keyPairFromSeed, sign } from '../../src/crypto/ed25519.js';
import { systemClock } from '../../src/node/world.js';
import { httpConnection } from '../../src/peers/client/connection.js';
import { isProof, proveNode, type NodeStatement } from '../../src/peers/client/nodeProof.js';
import { PeerRefusedError } from '../../src/peers/peer.js';
import { PeerClient } from '../../src/peers/client/peerClient.js';
import { Wire } from '../../src/peers/client/wire.js';
import { localSigner } from '../../src/wallet/signer.js';
import { FakeClient, network, OWN_ID, OWN_KEY, testPeers, unreachable } from './fakeClient.js';
import { silentLogger } from '../support/logger.js';
import { httpServer } from './handwrittenServer.js';

const key = keyPairFromSeed(new Uint8Array(32).fill(1));
const other = keyPairFromSeed(new Uint8Array(32).fill(2));
const statement: NodeStatement = {
  chainId: network.chainId,
  instance: new Uint8Array(32).fill(3),
  challenge: new Uint8Array(32).fill(4),
  publicUrl: 'http://node.example/graphql',
};

const proof = await proveNode(statement, localSigner(key));

describe('the proof of a node', () => {
  it('follows protocol.md, so that other software can make and check it', async () => {
    const fixed = await proveNode({ ...statement, chainId: new Uint8Array(32).fill(5) }, localSigner(key));
    const payload = [
      Buffer.from('corrente/node/v1'.padEnd(24, '\0')),
      ...[5, 3, 4].map((byte) => Buffer.alloc(32, byte)),
      Buffer.from('http://node.example/graphql'),
    ];
    assert.equal(toHex(fixed), toHex(sign(Uint8Array.from(Buffer.concat(payload)), key)));
    assert.equal(
      toHex(fixed),
      'ad8f5594b675c2c78e2889ac9a73197a6106c2b4818bee503963026f23d4c185f40958775e7167f89bd7765126c8edf42ad5467e8525b4369fe2c7784ea64904',
    );
  });

  it('holds for the signed values and for nothing else', () => {
    assert.ok(isProof(key.publicKey, statement, proof));
    for (const changed of [
      { chainId: new Uint8Array(32) },
      { instance: new Uint8Array(32) },
      { challenge: new Uint8Array(32) },
      { publicUrl: 'http://impostor.example/graphql' },
      { publicUrl: undefined },
    ]) {
      assert.ok(!isProof(key.publicKey, { ...statement, ...changed }, proof), Object.keys(changed)[0]);
    }
    assert.ok(!isProof(other.publicKey, statement, proof));
    assert.ok(!isProof(key.publicKey, statement, new Uint8Array(64)));
    assert.ok(!isProof(new Uint8Array(32), statement, proof));
  });

  for (const [title, signer, proven] of [
    ['by the key of the id is taken', key, true],
    ['by another key is invalid', other, false],
  ] as const) {
    it(`in a handshake, ${title}`, async () => {
      const challenges = new Set<string>();
      const url = await httpServer(async (response, body) => {
        const { challenge } = (JSON.parse(body) as { variables: { challenge: string } }).variables;
        challenges.add(challenge);
        const { instance, chainId } = statement;
        const said = { ...statement, publicUrl: undefined, challenge: fromHex(challenge) };
        const nodeInfo = {
          id: toHex(key.publicKey),
          chainId: toHex(chainId),
          version: '1',
          protocolVersion: 1,
          publicUrl: null,
          instance: toHex(instance),
          proof: toHex(await proveNode(said, localSigner(signer))),
        };
        const chain = { height: 0, work: '0', tip: { hash: toHex(chainId) } };
        response.end(JSON.stringify({ data: { nodeInfo, chain } }));
      });
      const client = new PeerClient(
        { url, chainId: network.chainId, timeoutMs: 5_000 },
        {
          wire: new Wire(network),
          connection: httpConnection(url, false),
          clock: systemClock,
          key: OWN_KEY,
          log: silentLogger(),
        },
      );
      after(() => client.close());
      assert.deepEqual([(await client.handshake()).proven, (await client.handshake()).proven], [proven, proven]);
      assert.equal(challenges.size, 2);
    });
  }
});

/** Two addresses of one node, or of two with one key. */
function twoAddresses(second: Partial<FakeClient['answer']> = {}) {
  const [name, address] = [
    new FakeClient('a', 'http://localhost:4001/graphql'),
    new FakeClient('a', 'http://127.0.0.1:4001/graphql'),
  ];
  address.answer = second;
  return { name, address, ...testPeers([name, address]) };
}

const refusedAs = (code: string, words: RegExp) => (error: unknown) =>
  error instanceof PeerRefusedError && error.code === code && words.test(error.message);

describe('one node under two addresses', () => {
  it('is one peer: the second is refused, and both are named', async () => {
    const { name, address, peers } = twoAddresses();
    await peers.add(name.url);
    const words = /127\.0\.0\.1:4001\/graphql than at http:\/\/localhost:4001\/graphql, got the same node/;
    await assert.rejects(peers.add(address.url), refusedAs('DUPLICATE', words));
    assert.deepEqual([peers.list().length, peers.byId(name.id)?.url], [1, name.url]);
  });

  it('that is two nodes with one node.key has a message of its own', async () => {
    const { name, address, peers } = twoAddresses({ instance: 'b'.repeat(64) });
    await peers.add(name.url);
    await assert.rejects(peers.add(address.url), refusedAs('DUPLICATE', /same node\.key, of which one is a copy/));
  });

  it('is the operator’s where this node had found the other by itself', async () => {
    const { name, address, peers } = twoAddresses();
    assert.ok(await peers.learn(name.url, 'chosen'));
    await peers.add(address.url);
    assert.deepEqual(
      peers.all().map(({ url, id }) => [url, id]),
      [[address.url, name.id]],
    );
  });

  it('of which both are kept on disk is one peer, and the other in its place when it is gone', async () => {
    const { name, address, disk, open, clock } = twoAddresses();
    for (const { url } of [name, address]) disk.set(url, { url, standing: 0 });
    const peers = open();
    const [first, second] = peers.all();
    const statuses = () => peers.list().map(({ status }) => status);
    await peers.tick();
    assert.deepEqual(statuses(), ['CONNECTED', 'INCOMPATIBLE']);
    assert.match(second!.lastError!, /127\.0\.0\.1:4001.*localhost:4001.*the same node/);
    name.greet = unreachable;
    for (let i = 0; i < 2; i++) {
      clock.elapsed += 7_000;
      await peers.tick();
    }
    assert.deepEqual([...statuses(), peers.byId(name.id)], ['UNREACHABLE', 'CONNECTED', second]);
    name.greet = () => Promise.resolve();
    clock.elapsed = first!.nextHandshake;
    await peers.tick();
    assert.deepEqual([...statuses(), peers.byId(name.id)], ['INCOMPATIBLE', 'CONNECTED', second]);
  });

  it('does not end the ban of the first', async () => {
    const { name, address, peers } = twoAddresses();
    await peers.add(name.url);
    peers.blame(peers.byId(name.id)!, 'invalidBlock', 'test');
    await assert.rejects(peers.add(address.url), refusedAs('DUPLICATE', /localhost/));
  });
});

describe('an id that is only claimed', () => {
  for (const [title, answer] of [
    ['without a proof', { proven: false }],
    ['with the proof of another, passed on', { publicUrl: 'http://peer-a.test/graphql' }],
  ] as const) {
    it(`${title} is invalid: it keeps no other node from becoming a peer`, async () => {
      const honest = new FakeClient('a');
      const impostor = new FakeClient('a', 'http://impostor.test/graphql');
      impostor.answer = answer;
      const { peers } = testPeers([honest, impostor]);
      assert.equal(await peers.learn(impostor.url, 'announced', honest.id), false);
      assert.ok(await peers.learn(impostor.url, 'chosen'));
      assert.equal(peers.byId(honest.id), undefined);
      assert.ok(await peers.learn(honest.url, 'announced', honest.id));
      assert.equal(peers.byId(honest.id)?.url, honest.url);
      // Where the honest one is a peer already, its id is no news.
      await peers.remove(impostor.url);
      assert.equal(await peers.learn(impostor.url, 'announced', honest.id), false);
    });
  }

  it('of this node itself is invalid too, and not a copied key', async () => {
    const impostor = new FakeClient('a');
    impostor.answer = { id: OWN_ID, proven: false };
    const { peers, lines } = testPeers([impostor]);
    assert.equal((await peers.add(impostor.url)).status, 'CONNECTED');
    assert.equal(peers.byId(OWN_ID), undefined);
    assert.deepEqual(
      lines.map(({ msg }) => msg),
      ['peer connected'],
    );
  });
});

it('a peer that turns out to run with a copy of node.key is kept, gets nothing, and one warning names the remedy', async () => {
  const copy = new FakeClient('a');
  const { disk, open, clock, lines } = testPeers([copy]);
  disk.set(copy.url, { url: copy.url, standing: 0 });
  copy.answer = { id: OWN_ID };
  const peers = open();
  for (let i = 0; i < 3; i++) {
    await peers.tick();
    clock.elapsed += 7_000;
  }
  assert.equal(peers.list()[0]!.status, 'INCOMPATIBLE');
  const warnings = lines.filter(({ level }) => level === 40);
  assert.equal(warnings.length, 1);
  assert.match(
    String(warnings[0]!['reason']),
    /a copy of this node's node\.key: .*delete node\.key in its data folder/,
  );
  copy.answer = {};
  await peers.tick();
  assert.equal(peers.list()[0]!.status, 'CONNECTED');
});
