import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import Fastify from 'fastify';
import { lingerAfterRefusals } from '../../src/http/load/lingering.js';
import type { CutReason } from '../../src/http/load/unsent.js';
import { Unsent } from '../../src/http/load/unsent.js';
import { silentLogger, type LogLine } from '../support/logger.js';
import { eventually } from '../support/node.js';
import { withoutOpenssl } from '../support/openssl.js';
import { testAuthority } from '../support/testAuthority.js';
import { testServer } from './testServer.js';

const JSON_TYPE = { 'content-type': 'application/json' };
/** More than a connection of this machine takes that nobody reads. */
const LONG = 'x'.repeat(32 * 1024 * 1024);

/** A server that answers /long with LONG, and what it cut. */
async function longServer(options: Parameters<typeof testServer>[1]) {
  const cuts: CutReason[] = [];
  const made = await testServer(
    {},
    { host: '127.0.0.1', ...options },
    {
      metrics: { cut: (reason) => cuts.push(reason), text: () => Promise.resolve(LONG) },
    },
  );
  return { ...made, cuts };
}

/** Asks for the long answer, or more of them, and reads nothing. */
function askUnread(url: string, ca?: Buffer): Socket {
  const { host, hostname, port, protocol } = new URL(url);
  const socket =
    protocol === 'https:' ? connectTls({ host: hostname, port: Number(port), ca }) : connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.pause();
  socket.write(`GET /metrics HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
  return socket;
}

it('counts no answer for one who has hung up before it', async () => {
  const unsent = new Unsent({}, { logger: silentLogger(), metrics: { cut: () => undefined } });
  const app = Fastify();
  unsent.guard(app);
  lingerAfterRefusals(app);
  const arrived = new EventEmitter();
  app.post('/', async (request) => {
    request.raw.socket.once('close', () => arrived.emit('closed'));
    arrived.emit('asked');
    await once(arrived, 'answer');
    return 'late';
  });
  app.decorateRequest('caller', '127.0.0.1');
  await app.listen({ port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  const asked = once(arrived, 'asked');
  socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n');
  await asked;
  const closed = once(arrived, 'closed');
  socket.destroy();
  await closed;
  await delay(10);
  arrived.emit('answer');
  await delay(10);
  assert.equal(unsent.bytes, 0);
  await app.close();
});

describe('an answer that nobody reads', () => {
  it('threat unread-answers: ends its connection when it moves no byte for a while; what is at work, idle or read is not ended', async () => {
    // Long enough for one who reads in a process that others keep from working.
    const { url, cuts, call, post } = await longServer({ unsent: { idleMs: 1_000 } });
    const idle = connect(Number(new URL(url).port), '127.0.0.1');
    const socket = askUnread(url);
    await eventually(
      () => Promise.resolve(cuts.length),
      (count) => count === 1,
    );
    assert.deepEqual(cuts, ['unread']);
    assert.equal((await call({ method: 'GET', path: '/metrics' })).text.length, LONG.length);
    assert.equal((await post('{ chain { height } }')).status, 200);
    assert.ok(!idle.destroyed);
    idle.destroy();
    socket.destroy();
  });

  it('threat unread-answers: over TLS likewise', { skip: withoutOpenssl }, async () => {
    const authority = testAuthority();
    const { url, cuts } = await longServer({ unsent: { idleMs: 100 }, tls: authority.issue('node') });
    const socket = askUnread(url.replace('127.0.0.1', 'localhost'), readFileSync(authority.file));
    await eventually(
      () => Promise.resolve(cuts.length),
      (count) => count === 1,
    );
    assert.deepEqual(cuts, ['unread']);
    socket.destroy();
  });

  it('leaves a connection that is kept alive its own time', async () => {
    const { url } = await longServer({ unsent: { idleMs: 50 } });
    const { hostname, port, host } = new URL(url);
    const socket = connect(Number(port), hostname);
    const ask = `GET /healthz HTTP/1.1\r\nhost: ${host}\r\n\r\n`;
    for (const asks of [ask, ask, ask.repeat(3), ask]) {
      socket.write(asks);
      await once(socket, 'data');
      await delay(150);
      assert.ok(!socket.destroyed);
    }
    socket.destroy();
  });

  it('threat unread-answers: has its connection ended where all together are too many, of the sender with the most', async () => {
    const { url, cuts } = await longServer({ unsent: { maxBytes: 2.5 * LONG.length } });
    const sockets = [1, 2, 3, 4].map(() => askUnread(url));
    await eventually(
      () => Promise.resolve(cuts.length),
      (count) => count >= 2,
    );
    assert.deepEqual(cuts, ['room', 'room']);
    for (const socket of sockets) socket.destroy();
  });

  it('is ended of who holds the most, the oldest first, and the log says so once', () => {
    const lines: LogLine[] = [];
    const metrics = { cut: () => undefined };
    const unsent = new Unsent({ maxBytes: 100 }, { logger: silentLogger(lines), metrics });
    const ended: string[] = [];
    const hold = (from: string, name: string, bytes: number) => unsent.hold(from, bytes, () => ended.push(name));
    hold('192.0.2.1', 'small', 20);
    hold('192.0.2.2', 'first', 30);
    const forget = hold('192.0.2.2', 'second', 30);
    hold('192.0.2.3', 'other', 40);
    assert.deepEqual([ended, unsent.bytes], [['first'], 90]);
    forget();
    forget();
    assert.equal(unsent.bytes, 60);
    hold('192.0.2.2', 'third', 80);
    assert.deepEqual([ended, unsent.bytes], [['first', 'third'], 60]);
    assert.equal(lines.length, 1);
  });
});

/** Sends a body of so many bytes with node:http, which writes on while it is answered; resolves to status and code. */
function send(url: string, bytes: number, headers: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = { ...JSON_TYPE, 'content-length': `${bytes}`, ...headers };
    const outgoing = httpRequest(new URL(url), { method: 'POST', headers: sent, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('error', reject);
      response.on('end', () => resolve(`${response.statusCode} ${/"code":"(\w+)"/.exec(text)?.[1]}`));
    });
    outgoing.on('error', reject);
    outgoing.end(Buffer.alloc(bytes, 0x20));
  });
}

/** Sends a head, then writes until the connection is closed; resolves to what was answered, and for how long it went on. */
async function sendWithoutEnd(url: string, head: string, chunk: string, everyMs: number) {
  const { hostname: host, port } = new URL(url);
  // As a client that does not stop for an end of the other side.
  const socket = connect({ host, port: Number(port), allowHalfOpen: true });
  let answer = '';
  socket.on('error', () => undefined).on('data', (data: Buffer) => (answer += data.toString()));
  socket.write(`POST /graphql HTTP/1.1\r\nhost: ${host}:${port}\r\ncontent-type: application/json\r\n${head}\r\n\r\n`);
  const timer = setInterval(() => socket.writable && !socket.writableNeedDrain && socket.write(chunk), everyMs);
  await new Promise((resolve) => socket.once('close', resolve));
  clearInterval(timer);
  return { answer, bytes: socket.bytesWritten };
}

const MEBIBYTE = 1024 * 1024;

describe('a request that is refused before its body was read', () => {
  it('threat lost-refusal: is answered with its code while the client goes on writing', async () => {
    const { url } = await testServer();
    for (let times = 0; times < 50; times++) {
      for (const bytes of [2 * MEBIBYTE, 16 * MEBIBYTE]) {
        assert.equal(await send(url, bytes), '413 REQUEST_TOO_LARGE');
      }
    }
    for (let times = 0; times < 5; times++) {
      const bytes = 2 * MEBIBYTE;
      assert.equal(await send(url, bytes, { origin: 'https://foreign.example' }), '403 FORBIDDEN_ORIGIN');
      assert.equal(await send(url, bytes, { 'corrente-envelope': 'none' }), '401 UNPROVEN_IDENTITY');
    }
  });

  it('threat lost-refusal: is read no longer than for a while, and no further than its bound', async () => {
    const { url } = await testServer();
    const endless = 'content-length: 1000000000000';
    const trickled = await sendWithoutEnd(url, endless, ' ', 100);
    assert.match(trickled.answer, /^HTTP\/1.1 413 [^]*REQUEST_TOO_LARGE/);
    const fast = await sendWithoutEnd(url, endless, ' '.repeat(4 * MEBIBYTE), 1);
    assert.match(fast.answer, /^HTTP\/1.1 413 [^]*REQUEST_TOO_LARGE/);
    assert.ok(fast.bytes < 512 * MEBIBYTE);
    const chunked = await sendWithoutEnd(url, 'transfer-encoding: chunked', `100000\r\n${' '.repeat(MEBIBYTE)}\r\n`, 1);
    assert.match(chunked.answer, /^HTTP\/1.1 413 [^]*REQUEST_TOO_LARGE/);
  });
});
