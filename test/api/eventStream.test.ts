import assert from 'node:assert/strict';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { describe, it } from 'node:test';
import type { Peer } from '../../src/peers/peer.js';
import { eventually } from '../support/node.js';
import { eventClient, follow, listened, refusal } from './streamClients.js';
import { errorCode, testServer } from './testServer.js';

const PEER: Peer = { url: '', status: 'CONNECTED', consecutiveFailures: 0, standing: 0, queued: 0 };
const TIP = 'subscription { blockAdded(afterHeight: -1) { height } }';

/** Opens a stream and leaves it unread. */
function open(url: string, query: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(`${url}/stream?query=${encodeURIComponent(query)}`, resolve);
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** The text of a stream up to and with its first event. */
async function firstEvent(stream: IncomingMessage): Promise<string> {
  let text = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (text.includes('data:')) break;
  }
  return text;
}

describe('an event stream', () => {
  it('can be read by EventSource and curl, by GET', async () => {
    const { url, snapshots } = await testServer();
    const stream = await open(url, TIP);
    assert.equal(stream.statusCode, 200);
    assert.equal(stream.headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.match(String(stream.headers['content-security-policy']), /default-src 'none'/);
    assert.equal(await firstEvent(stream), ':\n\nevent: next\ndata: {"data":{"blockAdded":{"height":0}}}\n\n');
    stream.destroy();
    assert.equal(snapshots.open, 0);
  });

  it('takes variables as JSON in the URL', async () => {
    const { url } = await testServer();
    const query = 'subscription Tip($h: Int) { blockAdded(afterHeight: $h) { height } }';
    const path = new URLSearchParams({ query, operationName: 'Tip', variables: '{"h":-1}' });
    const stream = await new Promise<IncomingMessage>((resolve) => {
      httpRequest(`${url}/stream?${path.toString()}`, resolve).end();
    });
    assert.match(await firstEvent(stream), /\{"height":0\}/);
    stream.destroy();
  });

  it('and a plain request say so if no operation has the requested name', async () => {
    const { call } = await testServer();
    const headers = { 'content-type': 'application/json' };
    for (const [path, query] of [
      ['/graphql', 'query Height { chain { height } }'],
      ['/graphql/stream', TIP.replace('subscription', 'subscription Tip')],
    ] as const) {
      const { text } = await call({ path, headers, body: JSON.stringify({ query, operationName: 'Other' }) });
      assert.match(text, /OPERATION_RESOLUTION_FAILURE/, path);
    }
  });

  it('carries subscriptions only, which POST /graphql refuses', async () => {
    const { url, post } = await testServer();
    const client = eventClient(url);
    assert.equal(await refusal(client, TIP), undefined);
    assert.equal(await refusal(client, '{ chain { height } }'), 'BAD_USER_INPUT');
    assert.equal(await refusal(client, 'mutation { stopMining { mining } }'), 'BAD_USER_INPUT');
    const reply = await post(TIP);
    assert.equal(errorCode(reply), 'BAD_USER_INPUT');
    assert.match(reply.text, /over a WebSocket at \/graphql or an event stream at \/graphql\/stream/);
  });

  it('is refused with 400 for a malformed operation', async () => {
    const { call } = await testServer();
    const headers = { 'content-type': 'application/json' };
    const path = '/graphql/stream';
    for (const body of ['{}', '[]', 'null', '{"query":1}', `{"query":"${TIP}","variables":"x"}`]) {
      const reply = await call({ path, headers, body });
      assert.deepEqual([reply.status, errorCode(reply)], [400, 'BAD_REQUEST'], body);
    }
    for (const query of ['', '?query=a&query=b', '?query=a&variables=x', '?query=a&variables=[]']) {
      const reply = await call({ method: 'GET', path: path + query });
      assert.deepEqual([reply.status, errorCode(reply)], [400, 'BAD_REQUEST'], query);
    }
  });

  it('is not opened for a foreign page, whether it says where it is from or not', async () => {
    const { call, url } = await testServer();
    const { host } = new URL(url);
    const status = async (headers: Record<string, string>) =>
      (await call({ method: 'GET', path: '/graphql/stream', headers })).status;
    // 400: it came to the parameters, which are missing.
    for (const headers of [
      {},
      { origin: `http://${host}` },
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
    ]) {
      assert.equal(await status({ host, ...headers }), 400, JSON.stringify(headers));
    }
    for (const headers of [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { host: 'evil.example' },
    ]) {
      assert.equal(await status({ host, ...headers }), 403, JSON.stringify(headers));
    }
  });

  it('that nobody reads costs a bounded queue', async () => {
    const { url, services, peerEvents, post } = await testServer({}, { streams: { keepAliveMs: 60_000 } });
    const taken = listened(services.activity.peerChanged);
    const stream = await open(url, 'subscription { peerChanged { url } }');
    await taken;
    const peer = { ...PEER, url: `http://127.0.0.1/${'x'.repeat(10_000)}` };
    const before = process.memoryUsage().rss;
    // A gigabyte of answers, if they were made.
    for (let i = 0; i < 100_000; i++) {
      peerEvents.changed.emit({ toPeer: () => peer });
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const grown = (process.memoryUsage().rss - before) / 1024 / 1024;
    assert.ok(grown < 150, `grew by ${grown} MiB`);
    assert.equal((await post('{ chain { height } }')).status, 200);
    let text = '';
    for await (const chunk of stream.setEncoding('utf8')) text = (text + String(chunk)).slice(-1_000);
    assert.match(text, /"code":"SLOW_CONSUMER"[^\n]*\n\nevent: complete\ndata:\n\n$/);
  });

  it('that nobody reads is cut off, and its slot is free', async () => {
    const { url, services, peerEvents } = await testServer({}, { streams: { keepAliveMs: 50, maxOperations: 1 } });
    const client = eventClient(url);
    assert.equal(await refusal(client, TIP), undefined);
    const taken = listened(services.activity.peerChanged);
    const stream = await open(url, 'subscription { peerChanged { url } }');
    const cut = new Promise((resolve) => stream.once('close', resolve));
    await taken;
    const peer = { ...PEER, url: `http://127.0.0.1/${'x'.repeat(10_000)}` };
    // More than fits between the two.
    for (let i = 0; i < 4_000; i++) peerEvents.changed.emit({ toPeer: () => peer });
    assert.equal(await refusal(client, TIP), 'TOO_MANY_SUBSCRIPTIONS');
    await eventually(
      () => refusal(client, TIP),
      (code) => code !== 'TOO_MANY_SUBSCRIPTIONS',
    );
    stream.on('error', () => undefined).resume();
    await cut;
  });

  it('ends with the server, without "complete", so that its client comes back', async () => {
    const { url, server } = await testServer();
    const stream = await open(url, TIP);
    const text = await firstEvent(stream);
    assert.match(text, /event: next/);
    let rest = '';
    stream.on('data', (chunk: string) => (rest += chunk));
    const ended = new Promise((resolve) => stream.once('end', resolve));
    const started = performance.now();
    await server.close();
    await ended;
    assert.ok(performance.now() - started < 2_000);
    assert.doesNotMatch(rest, /complete/);
  });

  it('gives its slot back when its client goes', async () => {
    const { url } = await testServer({}, { streams: { maxOperations: 1 } });
    const client = eventClient(url);
    const follower = follow(client, TIP);
    assert.deepEqual(await follower.next('blockAdded'), { height: 0 });
    assert.equal(await refusal(client, TIP), 'TOO_MANY_SUBSCRIPTIONS');
    await follower.stop();
    await eventually(
      () => refusal(client, TIP),
      (code) => code !== 'TOO_MANY_SUBSCRIPTIONS',
    );
  });
});
