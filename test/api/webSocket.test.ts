import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { WebSocket } from 'ws';
import type { Peer } from '../../src/peers/peer.js';
import { MAX_WAITING_EVENTS } from '../../src/graphql/live/sources.js';
import { eventually } from '../support/node.js';
import { follow, listened, refusal, socketClient } from './streamClients.js';
import { ADMIN_TOKEN, INFO, testServer } from './testServer.js';

const TIP = 'subscription { blockAdded(afterHeight: -1) { height } }';
const STOP = 'mutation { stopMining { mining } }';

interface Message {
  readonly type: string;
  readonly payload?: unknown;
}

/** A WebSocket whose client does as the test says, after the protocol's introduction if `introduced`. */
async function rawSocket(url: string, introduced = true) {
  const socket = new WebSocket(url.replace('http:', 'ws:'), 'graphql-transport-ws');
  const messages: Message[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as Message));
  socket.on('error', () => undefined);
  await once(socket, 'open');
  const send = (message: object) => socket.send(JSON.stringify(message));
  if (introduced) {
    send({ type: 'connection_init' });
    await once(socket, 'message');
  }
  const closed = once(socket, 'close').then(([code, reason]: unknown[]) => ({ code, reason: String(reason) }));
  return { socket, messages, send, closed };
}

/** Status of an answer to an upgrade; 101 for one that is accepted. */
function upgrade(url: string, headers: Record<string, string> = {}): Promise<number> {
  const socket = new WebSocket(url.replace('http:', 'ws:'), 'graphql-transport-ws', { headers });
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.once('open', () => {
      socket.close();
      resolve(101);
    });
    socket.once('unexpected-response', (_request, { statusCode }) => {
      socket.terminate();
      resolve(statusCode!);
    });
  });
}

describe('a WebSocket', () => {
  it('carries queries and mutations too, each on a view that is given back', async () => {
    const { url, mine, snapshots } = await testServer();
    await mine();
    const client = socketClient(url);
    const query = 'query ($h: Int) { block(height: $h) { height confirmations } }';
    assert.deepEqual(await follow(client, query, { h: 0 }).next('block'), { height: 0, confirmations: 2 });
    assert.equal(await refusal(client, '{ block { height } }'), 'BAD_USER_INPUT');
    assert.equal(await refusal(client, '{ nothing }'), 'GRAPHQL_VALIDATION_FAILED');
    assert.equal(snapshots.open, 0);
  });

  it('opens admin operations with the token in connectionParams or in the header, and not without', async () => {
    const { url } = await testServer();
    const authorization = `Bearer ${ADMIN_TOKEN}`;
    class WithHeader extends WebSocket {
      constructor(address: string, protocols: string[]) {
        super(address, protocols, { headers: { authorization } });
      }
    }
    for (const options of [
      { connectionParams: { authorization } },
      { connectionParams: { Authorization: authorization } },
      { webSocketImpl: WithHeader },
    ]) {
      assert.deepEqual(await follow(socketClient(url, options), STOP).next('stopMining'), { mining: false });
    }
    for (const options of [{}, { connectionParams: { authorization: `${authorization}0` } }]) {
      assert.equal(await refusal(socketClient(url, options), STOP), 'UNAUTHENTICATED');
    }
  });

  it('is opened for this node’s own pages and for programs, not for a foreign page', async () => {
    const { url } = await testServer({ info: { ...INFO, publicUrl: 'https://node.example/graphql' } });
    const { host, port } = new URL(url);
    assert.equal(await upgrade(url), 101);
    assert.equal(await upgrade(url, { origin: `http://${host}` }), 101);
    assert.equal(await upgrade(url, { origin: 'https://node.example' }), 101);
    for (const origin of [
      'http://evil.example',
      'https://node.example:444',
      `http://${host}0`,
      `http://localhost:${port}`,
      'null',
      'file://',
    ]) {
      assert.equal(await upgrade(url, { origin }), 403, origin);
    }
    assert.equal(await upgrade(url, { host: 'evil.example' }), 403);
    for (const path of ['/stream', '/x']) assert.equal(await upgrade(url + path), 404, path);
    assert.equal(await upgrade(url.replace('/graphql', '/health')), 404);
  });

  it('above the bound is refused with 503, until one is closed', async () => {
    const { url, post } = await testServer({}, { streams: { maxConnections: 2 } });
    const open = [await rawSocket(url), await rawSocket(url)];
    assert.equal(await upgrade(url), 503);
    assert.equal((await post('{ chain { height } }')).status, 200);
    open[0]!.socket.close();
    await open[0]!.closed;
    await eventually(
      () => upgrade(url),
      (status) => status === 101,
    );
  });

  it('has slots of its own, whatever the node has', async () => {
    const { url } = await testServer({}, { streams: { maxOperationsPerConnection: 2 } });
    const [one, other] = [socketClient(url), socketClient(url)];
    const held = [follow(one, TIP), follow(one, TIP)];
    for (const follower of held) assert.deepEqual(await follower.next('blockAdded'), { height: 0 });
    assert.equal(await refusal(one, TIP), 'TOO_MANY_SUBSCRIPTIONS');
    assert.equal(await refusal(other, TIP), undefined);
  });

  it('that does not introduce itself, or sends an unknown message, is closed', async () => {
    const { url, post } = await testServer({}, { streams: { initialisationMs: 50 } });
    const silent = await rawSocket(url, false);
    assert.equal((await silent.closed).code, 4408);
    const early = await rawSocket(url, false);
    early.send({ type: 'subscribe', id: '1', payload: { query: TIP } });
    assert.equal((await early.closed).code, 4401);
    const garbled = await rawSocket(url);
    garbled.socket.send('{"type":');
    assert.equal((await garbled.closed).code, 4400);
    const odd = await rawSocket(url);
    odd.send({ type: 'connection_ack' });
    assert.equal((await odd.closed).code, 4400);
    const large = await rawSocket(url);
    large.socket.send('x'.repeat(1024 * 1024 + 1));
    assert.equal((await large.closed).code, 1009);
    assert.equal((await post('{ chain { height } }')).status, 200);
  });

  it('that does not answer a ping is cut off, and its slots are free', async () => {
    const { url } = await testServer({}, { streams: { maxOperations: 1, keepAliveMs: 100 } });
    const deaf = await rawSocket(url);
    deaf.send({ type: 'subscribe', id: '1', payload: { query: TIP } });
    await once(deaf.socket, 'message');
    const client = socketClient(url);
    assert.equal(await refusal(client, TIP), 'TOO_MANY_SUBSCRIPTIONS');
    deaf.socket.pause();
    // A pong for a ping that it did not read is not believed.
    const lying = setInterval(() => deaf.socket.pong('12345678'), 20);
    await eventually(
      () => refusal(client, TIP),
      (code) => code !== 'TOO_MANY_SUBSCRIPTIONS',
    );
    clearInterval(lying);
    deaf.socket.terminate();
  });
});

describe('a subscriber that never reads', () => {
  it('costs a bounded queue, and finds SLOW_CONSUMER when it reads at last', async () => {
    const { url, services, peerEvents, server, post } = await testServer({}, { streams: { keepAliveMs: 60_000 } });
    const { socket, messages, send } = await rawSocket(url);
    const taken = listened(services.activity.peerChanged);
    send({ type: 'subscribe', id: '1', payload: { query: 'subscription { peerChanged { url } }' } });
    await taken;
    socket.pause();
    const text = `http://127.0.0.1/${'x'.repeat(10_000)}`;
    const peer: Peer = { url: text, status: 'CONNECTED', consecutiveFailures: 0, standing: 0, queued: 0 };
    const before = process.memoryUsage().rss;
    // A gigabyte of answers, if they were made.
    const events = 100_000;
    for (let i = 0; i < events; i++) {
      peerEvents.changed.emit({ toPeer: () => peer });
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const [connection] = server.app.websocketServer.clients;
    assert.ok(connection!.bufferedAmount < 1024 * 1024, `${connection!.bufferedAmount} bytes wait`);
    const grown = (process.memoryUsage().rss - before) / 1024 / 1024;
    assert.ok(grown < 150, `grew by ${grown} MiB`);
    assert.equal((await post('{ chain { height } }')).status, 200);

    socket.resume();
    while (messages.at(-1)?.type !== 'error') await once(socket, 'message');
    const [error] = messages.at(-1)!.payload as { extensions: Record<string, unknown> }[];
    assert.equal(error!.extensions['code'], 'SLOW_CONSUMER');
    const told = messages.filter(({ type }) => type === 'next').length;
    assert.ok(told > 0 && told < events - MAX_WAITING_EVENTS, `${told} events were told`);
    socket.terminate();
  });

  it('and asks again and again is not heard until it reads', async () => {
    const { url, server } = await testServer({}, { streams: { keepAliveMs: 60_000 } });
    const { socket, send, messages } = await rawSocket(url);
    socket.pause();
    const payload = 'x'.repeat(100_000);
    const pings = 300;
    for (let i = 0; i < pings; i++) send({ type: 'ping', payload: { payload } });
    const [connection] = server.app.websocketServer.clients;
    await eventually(() => Promise.resolve(connection!.isPaused), Boolean);
    assert.ok(connection!.bufferedAmount < 2 * 1024 * 1024, `${connection!.bufferedAmount} bytes wait`);
    socket.resume();
    while (messages.filter(({ type }) => type === 'pong').length < pings) await once(socket, 'message');
    socket.terminate();
  });
});

describe('close', () => {
  it('closes WebSockets with 1001 after it has answered their requests', async () => {
    let finish: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (finish = resolve));
    let answer: () => void = () => undefined;
    const { url, server, services } = await testServer({
      miner: {
        isMining: () => false,
        start: () => undefined,
        stop: () => undefined,
        mineBlocks: async () => {
          finish();
          await new Promise<void>((resolve) => (answer = resolve));
          return [];
        },
      },
    });
    const { messages, send, closed } = await rawSocket(url, false).then(async (raw) => {
      raw.send({ type: 'connection_init', payload: { authorization: `Bearer ${ADMIN_TOKEN}` } });
      await once(raw.socket, 'message');
      return raw;
    });
    const taken = listened(services.activity.tipChanged);
    send({ type: 'subscribe', id: '1', payload: { query: 'subscription { blockAdded { height } }' } });
    await taken;
    send({ type: 'subscribe', id: '2', payload: { query: 'mutation { mineBlocks { __typename } }' } });
    await begun;
    const closing = server.close();
    answer();
    assert.deepEqual(await closed, { code: 1001, reason: 'Going away' });
    await closing;
    const answers = messages.filter(({ type }) => type === 'next');
    assert.deepEqual(answers, [{ id: '2', type: 'next', payload: { data: { mineBlocks: [] } } }]);
  });

  it('cuts a WebSocket off that does not say goodbye', async () => {
    const { url, server } = await testServer({}, { closeTimeoutMs: 50 });
    const { socket, closed } = await rawSocket(url);
    socket.pause();
    await server.close();
    socket.resume();
    assert.notEqual((await closed).code, 1000);
  });
});
