import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { systemClock } from '../../src/node/world.js';
import { httpConnection } from '../../src/peers/client/connection.js';
import { PeerClient } from '../../src/peers/client/peerClient.js';
import { PeerError } from '../../src/peers/standing.js';
import { Wire } from '../../src/peers/client/wire.js';
import { dummyTransactions, FakeClient, network, onePeer, OWN_KEY, testPeers, unreachable } from './fakeClient.js';
import { silentLogger } from '../support/logger.js';
import { httpServer, tcpServer } from './handwrittenServer.js';

/** A client of the node at this URL, whatever stands before it. */
function clientOf(url: string): PeerClient & { readonly url: string } {
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
  return Object.assign(client, { url });
}

/**
 * Asserts that the peer is unreachable for this reason, however often it is asked, and no worse for it. Its log line is one, and only there
 * are the words of what answers: it may be no node at all, but a service that others must not read.
 */
async function assertUnreachable(url: string, reason: RegExp): Promise<void> {
  const client = clientOf(url);
  const { peers, clock, lines } = testPeers([client]);
  await peers.add(url);
  for (let i = 0; i < 20; i++) {
    clock.elapsed = peers.all()[0]!.nextHandshake;
    await peers.tick();
  }
  const { status, standing, lastError } = peers.list()[0]!;
  assert.deepEqual([status, standing], ['UNREACHABLE', 0]);
  assert.match(
    lastError!,
    /^expected (HTTP 200|an answer|a connection)[\w ,]*, got ((more with )?(HTTP )?\d{3}|something else|none|[A-Z_]+)$/,
  );
  const [line, ...more] = lines;
  assert.deepEqual([line!['msg'], more], ['peer unreachable', []]);
  assert.match(line!['reason'] as string, reason);
  // A relay takes the same way.
  const block = { header: network.genesis.header, transactions: [] };
  const requests: [string, () => Promise<unknown>][] = [
    ['one transaction', () => client.sendTransactions(dummyTransactions(1))],
    ['a batch', () => client.sendTransactions(dummyTransactions(2))],
    ['a block', () => client.sendBlock(block)],
    ['headers', () => client.headersAfter([network.chainId], 1)],
    ['bodies', () => client.bodies([network.chainId])],
    ['peers', () => client.connectedPeers()],
  ];
  for (const [name, request] of requests) {
    await assert.rejects(request(), (error) => error instanceof PeerError && error.misdeed === 'unreachable', name);
  }
}

const PAGE = '<html><body><h1>Not what was asked for</h1></body></html>';
const STATUSES = [
  201, 204, 205, 206, 300, 304, 400, 401, 403, 404, 405, 406, 407, 408, 409, 410, 411, 413, 414, 415, 421, 426, 429,
  431, 451, 500, 501, 502, 503, 504, 505, 511, 520, 599, 999,
];

describe('a proxy in front of a peer is not the peer’s fault:', () => {
  it('a page that is longer than the answer could be', async () => {
    const page = `<html>${' '.repeat(32 * 1024)}</html>`;
    const url = await httpServer((response) => response.writeHead(200, { 'content-type': 'text/html' }).end(page));
    await assert.rejects(
      clientOf(url).handshake(),
      (error) => error instanceof PeerError && error.misdeed === 'unreachable' && /at most 16384/.test(error.message),
    );
  });

  for (const status of STATUSES) {
    it(`HTTP ${status} with a page`, async () => {
      const url = await httpServer((response) => response.writeHead(status, { 'content-type': 'text/html' }).end(PAGE));
      // A status of success says less than its page.
      await assertUnreachable(url, status < 300 && ![204, 205].includes(status) ? /JSON/ : new RegExp(`${status}`));
    });
  }

  for (const status of [301, 302, 303, 307, 308]) {
    it(`HTTP ${status}, a redirect: it is not followed, and said`, async () => {
      let followed = 0;
      const other = await httpServer((response) => (followed++, response.end('{}')));
      const url = await httpServer((response) => response.writeHead(status, { location: other }).end(PAGE));
      await assertUnreachable(url, new RegExp(`got ${status}, a redirect to ${other}`));
      assert.equal(followed, 0);
    });
  }

  for (const [title, status, body, reason] of [
    ['a page', 200, PAGE, /JSON/],
    ['an endless page with an error', 502, 'x'.repeat(17 * 1024 * 1024), /502/],
    ['no body', 200, '', /JSON/],
    ['JSON that is cut', 200, '{"data":{"nodeInfo"', /JSON/],
    ['JSON without data', 200, '{"status":"ok"}', /without data/],
    ['null', 200, 'null', /expected a GraphQL answer/],
    ['JSON of another service', 404, '{"error":"no such route"}', /404/],
    ['another shape of errors', 400, '{"errors":[null]}', /400: no GraphQL answer/],
    ['errors without words', 400, '{"errors":[{"message":5}]}', /400: no GraphQL answer/],
  ] as const) {
    it(`HTTP ${status} with ${title}`, async () =>
      assertUnreachable(await httpServer((response) => response.writeHead(status).end(body)), reason));
  }

  it('another protocol at its port', async () =>
    assertUnreachable(await tcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')), /HTTP|Parse/i));

  it('headers without end', async () =>
    assertUnreachable(
      await tcpServer((socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`)),
      /header/i,
    ));
});

describe('a node that reports that it cannot answer now is not to blame:', () => {
  for (const [code, status] of [
    ['BUSY', 200],
    ['OVERLOADED', 503],
    ['STORAGE_FULL', 200],
    ['INTERNAL_SERVER_ERROR', 500],
    ['TOO_MANY_SUBSCRIPTIONS', 200],
    ['TOO_MANY_REQUESTS', 429],
    // Another version of this API.
    ['GRAPHQL_VALIDATION_FAILED', 400],
    ['BAD_USER_INPUT', 200],
    ['A_CODE_OF_TOMORROW', 200],
  ] as const) {
    it(code, async () => {
      const body = JSON.stringify({ errors: [{ message: 'try\n again', extensions: { code } }], data: null });
      const url = await httpServer((response) => response.writeHead(status).end(body));
      await assertUnreachable(url, new RegExp(`HTTP ${status}: ${code}: try again$`));
    });
  }
});

describe('the reason', () => {
  it('is reported again when it changes, and goes when the peer answers', async () => {
    const client = new FakeClient('a');
    const { peers, clock, lines } = testPeers([client]);
    await peers.add(client.url);
    const state = peers.all()[0]!;
    const next = async (reason?: string) => {
      client.greet = () =>
        reason === undefined ? Promise.resolve() : Promise.reject(new PeerError('unreachable', reason));
      clock.elapsed = state.nextHandshake;
      await peers.tick();
      return peers.list()[0]!.lastError;
    };
    const seen = [];
    for (const reason of ['one', 'one', 'two', undefined, undefined, 'two']) seen.push(await next(reason));
    assert.deepEqual(seen, ['one', 'one', 'two', undefined, undefined, 'two']);
    const told = lines.map(({ msg, reason }) => (reason === undefined ? msg : reason));
    assert.deepEqual(told, ['peer connected', 'one', 'two', 'peer connected', 'two']);
  });

  it('of one that goes again at once stays the last word of the log until it is back for good', async () => {
    const { peers, client, clock, lines, state } = await onePeer();
    const greet = async (answer: () => Promise<void>) => {
      client.greet = answer;
      clock.elapsed = state.nextHandshake;
      await peers.tick();
      return [state.status, lines.length, lines.at(-1)?.msg];
    };
    assert.deepEqual(await greet(unreachable), ['UNREACHABLE', 2, 'peer unreachable']);
    assert.deepEqual(await greet(() => Promise.resolve()), ['CONNECTED', 2, 'peer unreachable']);
    assert.deepEqual(await greet(unreachable), ['UNREACHABLE', 2, 'peer unreachable']);
    assert.deepEqual(await greet(() => Promise.resolve()), ['CONNECTED', 2, 'peer unreachable']);
    assert.deepEqual(await greet(() => Promise.resolve()), ['CONNECTED', 3, 'peer connected']);
    assert.deepEqual(await greet(() => Promise.resolve()), ['CONNECTED', 3, 'peer connected']);
  });

  it('of a ban or a refusal is followed by a line that it is connected, once it is', async () => {
    const { peers, client, clock, lines, state } = await onePeer();
    const greet = async () => {
      clock.elapsed = state.nextHandshake;
      await peers.tick();
    };
    peers.blame(state, 'wrongBody', 'blamed');
    await greet();
    assert.equal(lines.at(-1)?.msg, 'peer blamed');
    client.answer = { chainId: '1'.repeat(64) };
    await greet();
    assert.deepEqual([state.status, lines.at(-1)?.msg], ['INCOMPATIBLE', 'peer refused']);
    client.answer = {};
    for (let i = 0; i < 3; i++) await greet();
    peers.blame(state, 'invalidBlock', 'test');
    await peers.add(client.url);
    assert.deepEqual(
      lines.map(({ msg }) => msg),
      ['peer connected', 'peer blamed', 'peer refused', 'peer connected', 'peer banned', 'peer connected'],
    );
  });

  it('of a request that is refused each time between good handshakes is reported once', async () => {
    const client = new FakeClient('a');
    const { peers, clock, lines } = testPeers([client]);
    await peers.add(client.url);
    const state = peers.all()[0]!;
    const greet = async () => {
      clock.elapsed = state.nextHandshake;
      await peers.tick();
    };
    const told = () => lines.map(({ msg }) => msg);
    for (let i = 0; i < 10; i++) {
      peers.blame(state, 'unreachable', 'HTTP 413');
      await greet();
    }
    assert.deepEqual(told(), ['peer connected', 'peer unreachable']);
    await greet();
    assert.deepEqual(told(), ['peer connected', 'peer unreachable', 'peer connected']);
    peers.blame(state, 'unreachable', 'HTTP 413');
    assert.deepEqual(told(), ['peer connected', 'peer unreachable', 'peer connected', 'peer unreachable']);
  });
});
