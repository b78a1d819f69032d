import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { testNetwork } from '../support/blocks.js';
import { eventually, startTestNode, type TestNode } from '../support/node.js';
import { ADD_PEER, MINE } from '../support/operations.js';

const network = testNetwork();

interface PeerAnswer {
  readonly url: string;
  readonly status: string;
}

async function peersOf(node: TestNode): Promise<readonly PeerAnswer[]> {
  return (await node.ask<{ peers: PeerAnswer[] }>('{ peers { url status } }')).peers;
}

function connectedTo(node: TestNode, urls: readonly string[]): Promise<unknown> {
  return eventually(
    () => peersOf(node),
    (peers) => urls.every((url) => peers.some((peer) => peer.url === url && peer.status === 'CONNECTED')),
  );
}

/** An address whose requests go to a node that is started later, as a proxy's do. */
async function address(): Promise<{ readonly url: string; forwardTo(node: TestNode): void }> {
  let target: string | undefined;
  const server = createServer((incoming, outgoing) => {
    if (target === undefined) return void outgoing.writeHead(503).end();
    const { method, headers } = incoming;
    const forwarded = request(target, { method: method!, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  return { url, forwardTo: (node) => void (target = node.url) };
}

describe('nodes that exchange addresses of nodes', () => {
  it('A knows B, B knows C: A ends with C, also after a restart without B', async () => {
    const c = await startTestNode({ network });
    const b = await startTestNode({ network });
    await b.admin(ADD_PEER, { url: c.url });
    const a = await startTestNode({ network, outbound: 8, peers: [b.url] });
    await connectedTo(a, [b.url, c.url]);
    await a.close();
    await b.close();
    await c.admin(MINE, { count: 2 });
    const again = await startTestNode({ network, data: a.data, outbound: 8 });
    await connectedTo(again, [c.url]);
    await eventually(
      () => again.ask<{ chain: { height: number } }>('{ chain { height } }'),
      ({ chain }) => chain.height === 2,
    );
  });

  it('where outbound is 0, A stays with B', async () => {
    const c = await startTestNode({ network });
    const b = await startTestNode({ network });
    await b.admin(ADD_PEER, { url: c.url });
    const [alone, curious] = [0, 8].map((outbound) => startTestNode({ network, outbound, peers: [b.url] }));
    await connectedTo(await curious!, [c.url]);
    assert.deepEqual(
      (await peersOf(await alone!)).map(({ url }) => url),
      [b.url],
    );
  });

  it('A, which has a public URL, becomes a peer of B by being its peer', async () => {
    const [ofA, ofB] = [await address(), await address()];
    const b = await startTestNode({ network, outbound: 8, publicUrl: ofB.url });
    const a = await startTestNode({ network, outbound: 8, publicUrl: ofA.url, peers: [b.url] });
    ofA.forwardTo(a);
    await connectedTo(b, [ofA.url]);
  });
});
