import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { loadIdentity } from '../../src/wallet/secretFile.js';
import { localSigner } from '../../src/wallet/signer.js';
import { testAccount, testNetwork, transfer } from '../support/blocks.js';
import { sealedHeaders } from '../support/envelope.js';
import { eventually, startTestNode, transactionInput, type TestNode } from '../support/node.js';
import { ADD, ADD_PEER, CHAIN, RECEIVE } from '../support/operations.js';

const network = testNetwork();

/** Relayed transaction messages by directed edge, as seen on the wire. */
type Traffic = Map<string, number>;

/** Forwards everything to a node and counts the messages that relay a transaction over this edge. */
async function edge(name: string, target: TestNode, traffic: Traffic): Promise<string> {
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      if (body.includes('receiveBroadcastPackedTransactions')) traffic.set(name, (traffic.get(name) ?? 0) + 1);
      const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => name !== 'host'));
      const onward = request(target.url, { method: 'POST', headers }, (answer) => {
        outgoing.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on('error', () => outgoing.destroy());
      onward.end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

async function poolSize(node: TestNode): Promise<number> {
  return (await node.ask<{ mempool: { size: number } }>(CHAIN)).mempool.size;
}

describe('relay between whole nodes', () => {
  it('a ring of 8 carries one transaction with at most 2 messages an edge and falls silent', async () => {
    const traffic: Traffic = new Map();
    const ring: TestNode[] = [];
    for (let i = 0; i < 8; i++) ring.push(await startTestNode({ network }));
    for (const [i, node] of ring.entries()) {
      for (const j of [(i + 1) % 8, (i + 7) % 8]) {
        await node.admin(ADD_PEER, { url: await edge(`${i} → ${j}`, ring[j]!, traffic) });
      }
    }
    const t = transactionInput(
      network,
      transfer({ network, from: testAccount(0), to: testAccount(1), amount: 1n, nonce: 0 }),
    );
    await ring[0]!.ask(ADD, { t });
    for (const node of ring)
      await eventually(
        () => poolSize(node),
        (size) => size === 1,
      );
    // Silence: the count stands still over several rounds of the event loop and of the network.
    const total = () => [...traffic.values()].reduce((sum, count) => sum + count, 0);
    await eventually(
      async () => {
        const before = total();
        await new Promise((resolve) => setTimeout(resolve, 300));
        return total() - before;
      },
      (more) => more === 0,
    );
    for (let i = 0; i < 8; i++) {
      const j = (i + 1) % 8;
      const messages = (traffic.get(`${i} → ${j}`) ?? 0) + (traffic.get(`${j} → ${i}`) ?? 0);
      assert.ok(messages >= 0 && messages <= 2, `edge ${i} – ${j}: ${messages} messages`);
    }
    assert.ok(total() >= 7, `a transaction needs 7 messages to reach 8 nodes, saw ${total()}`);
  });

  it('receiveBroadcastTransaction by hand on node 2 goes on to node 3 and never back to the sender', async () => {
    const traffic: Traffic = new Map();
    const [first, second, third] = [
      await startTestNode({ network }),
      await startTestNode({ network }),
      await startTestNode({ network }),
    ];
    await second.admin(ADD_PEER, { url: await edge('2 → 1', first, traffic) });
    await second.admin(ADD_PEER, { url: await edge('2 → 3', third, traffic) });
    const t = transactionInput(
      network,
      transfer({ network, from: testAccount(0), to: testAccount(1), amount: 1n, nonce: 0 }),
    );
    const body = JSON.stringify({ query: RECEIVE, variables: { t } });
    const key = localSigner(await loadIdentity(join(first.data, 'node.key')));
    const { nodeInfo } = await second.ask<{ nodeInfo: { id: string } }>('{ nodeInfo { id } }');
    const sealed = await sealedHeaders(body, { key, receiver: nodeInfo.id, chainId: network.chainId });
    const headers = { 'content-type': 'application/json', ...sealed };
    const answer = await fetch(second.url, { method: 'POST', headers, body });
    assert.match(await answer.text(), /"alreadyKnown":false/);
    await eventually(
      () => poolSize(third),
      (size) => size === 1,
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.deepEqual([...traffic], [['2 → 3', 1]]);
    assert.equal(await poolSize(first), 0);
  });
});
