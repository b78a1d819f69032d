import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { systemClock } from '../../src/node/world.js';
import { httpConnection } from '../../src/peers/client/connection.js';
import { PeerClient } from '../../src/peers/client/peerClient.js';
import { PeerError } from '../../src/peers/standing.js';
import { Wire } from '../../src/peers/client/wire.js';
import { network, OWN_ID, OWN_KEY } from './fakeClient.js';
import { silentLogger } from '../support/logger.js';
import { httpServer } from './handwrittenServer.js';

const answer = JSON.stringify({
  data: {
    peers: [
      { url: 'http://one.example/graphql', status: 'CONNECTED' },
      { url: 'http://two.example/graphql', status: 'BANNED' },
      { url: 'no url', status: 'CONNECTED' },
    ],
  },
});

function clientOf(
  url: string,
  { publicUrl, learned = false }: { learned?: boolean; publicUrl?: string } = {},
): PeerClient {
  const client = new PeerClient(
    { url, chainId: network.chainId, timeoutMs: 5_000, publicUrl },
    {
      wire: new Wire(network),
      connection: httpConnection(url, learned),
      clock: systemClock,
      key: OWN_KEY,
      log: silentLogger(),
    },
  );
  after(() => client.close());
  return client;
}

describe('asking a peer for its peers', () => {
  it('gives those that it is connected to, unchecked', async () => {
    const client = clientOf(await httpServer((response) => response.end(answer)));
    assert.deepEqual(await client.connectedPeers(), ['http://one.example/graphql', 'no url']);
  });

  it('is malformed when it names more than 1,000', async () => {
    const peers = (count: number) =>
      JSON.stringify({ data: { peers: Array(count).fill({ url: 'http://one.example/', status: 'CONNECTED' }) } });
    const good = clientOf(await httpServer((response) => response.end(peers(1_000))));
    assert.equal((await good.connectedPeers()).length, 1_000);
    const bad = clientOf(await httpServer((response) => response.end(peers(1_001))));
    await assert.rejects(bad.connectedPeers(), (error) => error instanceof PeerError && error.misdeed === 'malformed');
  });

  it('names this node, and where it can be reached if it can', async () => {
    const seen: unknown[] = [];
    const url = await httpServer((response, _body, request) => {
      seen.push(request.headers['corrente-node'], request.headers['corrente-url']);
      response.end(answer);
    });
    await clientOf(url).connectedPeers();
    await clientOf(url, { publicUrl: 'http://own.example/graphql' }).connectedPeers();
    assert.deepEqual(seen, [OWN_ID, undefined, OWN_ID, 'http://own.example/graphql']);
  });
});

describe('a name from a stranger that points into this machine', () => {
  it('is not connected to; the operator may use it', async () => {
    let requests = 0;
    const url = await httpServer((response) => {
      requests++;
      response.end(answer);
    });
    const named = url.replace('127.0.0.1', 'localhost');
    await clientOf(named).connectedPeers();
    assert.equal(requests, 1);
    await assert.rejects(clientOf(named, { learned: true }).connectedPeers(), (error) => {
      assert.ok(error instanceof PeerError);
      assert.equal(error.misdeed, 'unreachable');
      assert.match(error.message, /expected localhost to have a public address/);
      return true;
    });
    assert.equal(requests, 1);
  });
});
