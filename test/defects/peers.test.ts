import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { after, describe, it } from 'node:test';
import { testAccount, testNetwork, transfer } from '../support/blocks.js';
import { eventually, startTestNode, transactionInput, type TestNode } from '../support/node.js';
import type { LogLine } from '../support/logger.js';
import {
  ADD,
  ADD_PEER,
  ADD_WITH_DELIVERIES,
  CHAIN,
  RECEIVE,
  type Delivered,
  type Outcome,
} from '../support/operations.js';

const network = testNetwork();
const [alice, bob] = [testAccount(0), testAccount(1)];
const payment = (nonce: number, amount = 3n) =>
  transactionInput(network, transfer({ network, from: alice, to: bob, amount, nonce }));

/** Accepts connections and never answers. */
async function silentServer(): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket));
  return serve(server, () => sockets.forEach((socket) => socket.destroy()));
}

async function serve(server: Server, beforeClose: () => void = () => undefined): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    beforeClose();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

async function addWithDeliveries(node: TestNode, t: Record<string, string>): Promise<Map<string, Delivered>> {
  const { outcome } = await node.ask<{ outcome: Outcome }>(ADD_WITH_DELIVERIES, { t });
  assert.equal(outcome.__typename, 'TransactionAccepted', outcome.message);
  return new Map(outcome.deliveries!.map((delivery) => [delivery.peer.url, delivery]));
}

async function poolSize(node: TestNode): Promise<number> {
  return (await node.ask<{ mempool: { size: number } }>(CHAIN)).mempool.size;
}

describe('defects of the original: peers', () => {
  it('#14 a silent peer blocks the node: the answer is not delayed, and deliveries say TIMED_OUT at the deadline', async () => {
    const silent = await silentServer();
    const second = await startTestNode({ network });
    const node = await startTestNode({ network, broadcastTimeoutMs: 400 });
    await node.admin(ADD_PEER, { url: second.url });
    await node.admin(ADD_PEER, { url: silent });

    const started = performance.now();
    const { outcome } = await node.ask<{ outcome: Outcome }>(ADD, { t: payment(0) });
    assert.equal(outcome.__typename, 'TransactionAccepted');
    assert.ok(performance.now() - started < 400, 'the answer came before the deadline of the silent peer');

    const deliveries = await addWithDeliveries(node, payment(1));
    assert.equal(deliveries.get(second.url)?.outcome, 'ACCEPTED');
    assert.equal(deliveries.get(silent)?.outcome, 'TIMED_OUT');
  });

  it('#15 a decline undoes the acceptance and ends the loop: it is kept and reported, and the others get the transaction', async () => {
    const log: LogLine[] = [];
    const declining = await startTestNode({ network });
    const accepting = await startTestNode({ network });
    const node = await startTestNode({ network, log });
    for (const peer of [declining, accepting]) await node.admin(ADD_PEER, { url: peer.url });
    // The first peer has used alice's nonce otherwise, so it declines the transaction that the others accept.
    await declining.ask(ADD, { t: payment(0, 99n) });
    const deliveries = await addWithDeliveries(node, payment(0));
    assert.equal(deliveries.get(declining.url)?.outcome, 'DECLINED');
    assert.equal(deliveries.get(declining.url)?.rejected?.code, 'NONCE_CONFLICT');
    assert.equal(deliveries.get(accepting.url)?.outcome, 'ACCEPTED');
    assert.equal(await poolSize(node), 1);
    assert.ok(log.some(({ msg }) => msg === 'transaction declined, resolving needed'));
  });

  it('#16 only a connection error is handled: every answer of the wire has an outcome', async () => {
    const answers: [string, number, string][] = [
      ['{"errors":[{"message":"no","extensions":{"code":"BAD_USER_INPUT"}}]}', 400, 'UNREACHABLE'],
      ['not json', 200, 'UNREACHABLE'],
      ['<h1>404</h1>', 404, 'UNREACHABLE'],
      ['', 500, 'UNREACHABLE'],
      ['{"data":{}}', 200, 'DECLINED'],
    ];
    const node = await startTestNode({ network });
    for (const [index, [body, status, expected]] of answers.entries()) {
      const chain = await node.ask<{ chain: { id: string } }>(CHAIN);
      const url = await serve(
        createHttpServer((request, response) => {
          let text = '';
          request.on('data', (chunk: Buffer) => (text += chunk.toString()));
          request.on('end', () => {
            const handshake = text.includes('nodeInfo');
            response.writeHead(handshake ? 200 : status, { 'content-type': 'application/json' });
            response.end(handshake ? handshakeAnswer(chain.chain.id, index) : body);
          });
        }),
      );
      await node.admin(ADD_PEER, { url });
      const deliveries = await addWithDeliveries(node, payment(index));
      assert.equal(deliveries.get(url)?.outcome, expected, `${status} ${body}`);
      await node.admin('mutation ($url: PeerUrl!) { removePeer(url: $url) }', { url });
    }
    assert.equal(await poolSize(node), answers.length);
  });

  it('#17 one hop only: a received transaction is relayed on, and never back to its sender', async () => {
    const [first, second, third] = [
      await startTestNode({ network }),
      await startTestNode({ network }),
      await startTestNode({ network }),
    ];
    // first ── second ── third
    await first.admin(ADD_PEER, { url: second.url });
    await second.admin(ADD_PEER, { url: first.url });
    await second.admin(ADD_PEER, { url: third.url });
    const { outcome } = await second.ask<{ outcome: Outcome }>(RECEIVE, { t: payment(0) });
    assert.equal(outcome.alreadyKnown, false);
    await eventually(
      () => poolSize(third),
      (size) => size === 1,
    );
  });

  it('#18 a node that lists itself pools everything twice: it refuses itself, and knows a transaction by its id', async () => {
    const node = await startTestNode({ network });
    await assert.rejects(node.admin(ADD_PEER, { url: node.url }), /itself|self/i);
    await assert.rejects(node.admin(ADD_PEER, { url: node.url.replace('127.0.0.1', 'localhost') }), /itself|self/i);
    await node.ask(ADD, { t: payment(0) });
    assert.equal((await node.ask<{ outcome: Outcome }>(RECEIVE, { t: payment(0) })).outcome.alreadyKnown, true);
    assert.equal(await poolSize(node), 1);
  });

  it('#26 a peer is an unchecked string: it is a URL of a node of this chain, or refused', async () => {
    const node = await startTestNode({ network });
    for (const url of [
      '127.0.0.1:5000',
      'file:///etc/passwd',
      'ftp://x/graphql',
      'http://user:secret@127.0.0.1/graphql',
      'javascript:1',
      '',
    ]) {
      await assert.rejects(node.admin(ADD_PEER, { url }), /expected .* got/s, url);
    }
    const foreign = await startTestNode({ network: testNetwork({ name: 'foreign' }) });
    await assert.rejects(node.admin(ADD_PEER, { url: foreign.url }), /chain/);
    const { peers } = await node.ask<{ peers: unknown[] }>('{ peers { url } }');
    assert.deepEqual(peers, []);
  });
});

function handshakeAnswer(chainId: string, index: number): string {
  return JSON.stringify({
    data: {
      nodeInfo: { id: `${index}`.padStart(64, 'a'), chainId, version: '0.1.0', protocolVersion: 1 },
      chain: { height: 0, work: '2', tip: { hash: chainId } },
    },
  });
}
