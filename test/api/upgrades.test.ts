import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { testServer } from './testServer.js';

const BODY = '{"query":"{ chain { height } }"}';
const ANSWER = '{"data":{"chain":{"height":0}}}';
const POST = `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n`;

/** A bare connection, and the data that come over it. */
async function connection(url: string) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.setEncoding('utf8');
  let text = '';
  /** Resolves with the answers so far when they match. */
  const answered = async (what: RegExp): Promise<string> => {
    while (!what.test(text)) {
      const [chunk] = (await once(socket, 'data')) as [string];
      text += chunk;
    }
    const all = text;
    text = '';
    return all;
  };
  return { socket, answered };
}

describe('an offer to upgrade to anything but a WebSocket', () => {
  it('is ignored, with any method, with and without a body', async () => {
    const { url } = await testServer();
    for (const upgrade of ['h2c', 'TLS/1.0', 'IRC/6.9, RTA/x11', 'h2c, websocket', '']) {
      for (const [request, answer] of [
        ['GET /health HTTP/1.1\r\nhost: localhost\r\n', /"status":"ok"/],
        ['HEAD /health HTTP/1.1\r\nhost: localhost\r\n', /^HTTP\/1\.1 200 [^]*\r\n\r\n$/],
        ['PUT /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n', /^HTTP\/1\.1 405 [^]*METHOD_NOT_ALLOWED/],
        [POST, /"height":0/],
      ] as const) {
        const { socket, answered } = await connection(url);
        const offer = `connection: Upgrade, HTTP2-Settings\r\nupgrade: ${upgrade}\r\nhttp2-settings: AAMAAABkAAQ\r\n\r\n`;
        socket.write(request + offer + (request === POST ? BODY : ''));
        assert.match(await answered(answer), answer, `${upgrade}: ${request}`);
        socket.destroy();
      }
    }
  });

  it('is ignored when the body comes later, and the connection is kept', async () => {
    const warned: Error[] = [];
    const onWarning = (warning: Error) => warned.push(warning);
    process.on('warning', onWarning);
    const { url } = await testServer();
    const { socket, answered } = await connection(url);
    for (let i = 0; i < 40; i++) {
      socket.write(`${POST}connection: Upgrade\r\nupgrade: h2c\r\n\r\n${BODY.slice(0, 7)}`);
      await new Promise((resolve) => setImmediate(resolve));
      socket.write(BODY.slice(7));
      assert.match(await answered(/\}\}\}\n?$/), new RegExp(`^HTTP/1\\.1 200 [^]*${ANSWER}\n?$`));
    }
    socket.write(`${POST}connection: close, Upgrade\r\nupgrade: h2c\r\n\r\n${BODY}`);
    const closed = once(socket, 'close');
    assert.match(await answered(/\}\}\}/), /connection: close/i);
    await closed;
    process.off('warning', onWarning);
    assert.deepEqual(warned, []);
  });

  it('does not hide a request from the checks that others go through', async () => {
    const { url } = await testServer();
    const { socket, answered } = await connection(url);
    const send = (text: string) => socket.write(`${text}connection: Upgrade\r\nupgrade: h2c\r\n\r\n`);
    send('GET /health HTTP/1.1\r\nhost: evil.example\r\n');
    assert.match(await answered(/\}\]\}/), /FORBIDDEN_HOST/);
    send('GET /graphql?query={chain{height}} HTTP/1.1\r\nhost: localhost\r\norigin: http://evil.example\r\n');
    assert.match(await answered(/\}\]\}/), /FORBIDDEN_ORIGIN/);
    send('POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99999999\r\n');
    assert.match(await answered(/\}\]\}/), /REQUEST_TOO_LARGE/);
    socket.destroy();
  });
});

/** Sends bytes, and returns all that comes until the connection ends. */
async function exchange(url: string, bytes: string): Promise<string> {
  const socket: Socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.end(bytes);
  let text = '';
  for await (const chunk of socket.setEncoding('utf8')) text += String(chunk);
  return text;
}

describe('a malformed request', () => {
  it('is answered with a code, and its connection is closed', async () => {
    const { url } = await testServer();
    for (const [bytes, status, code] of [
      ['HELLO\r\n\r\n', 400, 'BAD_REQUEST'],
      [`GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
      ['GET /%ff HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n', 400, 'BAD_REQUEST'],
      ['GET /health HTTP/1.1\r\nhost: localhost\r\nhost: localhost\r\nconnection: close\r\n\r\n', 400, 'BAD_REQUEST'],
      ['GET /health HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n', 400, 'BAD_REQUEST'],
    ] as const) {
      const answer = await exchange(url, bytes);
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), bytes.slice(0, 40));
      const { errors } = JSON.parse(answer.split('\r\n\r\n')[1]!) as { errors: [{ extensions: { code: string } }] };
      assert.equal(errors[0].extensions.code, code, bytes.slice(0, 40));
    }
  });
});
