import assert from 'node:assert/strict';
import type { lookup, LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { systemClock } from '../../src/node/world.js';
import { httpConnection, publicLookup } from '../../src/peers/client/connection.js';
import { PeerClient } from '../../src/peers/client/peerClient.js';
import { Wire } from '../../src/peers/client/wire.js';
import { OUTBOUND, PeerExchange } from '../../src/peers/discovery/peerExchange.js';
import { PeerError } from '../../src/peers/standing.js';
import { FakeClient, network, OWN_KEY, testPeers } from '../peers/fakeClient.js';
import { httpServer } from '../peers/handwrittenServer.js';
import { silentLogger } from '../support/logger.js';

/** Requests that reached a listener on every address of this machine. */
let hits = 0;
let port = 0;
const canary = createServer((request, response) => {
  hits++;
  response.end(`{"data":{"nodeInfo":"secret of ${request.url}"}}`);
});

before(async () => {
  canary.listen(0);
  await once(canary, 'listening');
  ({ port } = canary.address() as AddressInfo);
});
after(() => {
  canary.closeAllConnections();
  canary.close();
});

const answers =
  (...found: readonly string[]) =>
  (): LookupAddress[] =>
    found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

/** A resolver for which every name has the addresses that `next` gives, in whatever form it is asked. */
function resolver(next: () => LookupAddress[]): typeof lookup {
  return ((_name: string, _options: object, done: (error: null, found: LookupAddress[]) => void) =>
    done(null, next())) as unknown as typeof lookup;
}

function clientOf(url: string, isLearned: boolean, resolve = resolver(answers('127.0.0.1', '::1'))): PeerClient {
  return new PeerClient(
    { url, chainId: network.chainId, timeoutMs: 2_000 },
    {
      wire: new Wire(network),
      connection: httpConnection(url, isLearned, resolve),
      clock: systemClock,
      key: OWN_KEY,
      log: silentLogger(),
    },
  );
}

/** Spellings of this machine, of its network, and of what is no URL of a node; `@` stands for the port of the canary. */
const SPELLINGS = [
  // Loopback and this host, in the notations of inet_aton.
  ...['127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.1', '017700000001', '0177.0.0.1'],
  ...['127.0.0.1.', '127.000.000.001', '127.255.255.254', '0', '0.0.0.0', '0x0', '00.0.0.0'],
  // The same in digits of other alphabets, and percent-encoded.
  ...['１２７.0.0.1', '127。0。0。1', '①②⑦.0.0.1', '%31%32%37.0.0.1', '127.0.0.%31'],
  // IPv6, and IPv4 within it.
  ...[
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[::ffff:0:127.0.0.1]',
  ],
  ...['[64:ff9b::7f00:1]', '[64:ff9b:1::127.0.0.1]', '[2002:7f00:1::]', '[2001:0:7f00:1::]', '[fe80::1]', '[fc00::1]'],
  // Networks that a stranger cannot see, and the metadata services of clouds.
  ...['10.0.0.1', '172.16.0.1', '192.168.0.1', '100.64.0.1', '169.254.169.254', '192.0.0.192', '[fd00:ec2::254]'],
  // Names that the resolver has in this machine.
  ...['localhost', 'LOCALHOST', 'localhost.', 'node.localhost', 'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ', '127.0.0.1.resolver.example'],
  ...['ip6-localhost', 'metadata.google.internal', 'intranet', 'innocent.example'],
].map((host) => `http://${host}:@/graphql`);
const STRANGE_URLS = [
  // Credentials, and what looks like them.
  ...['http://user:password@127.0.0.1:@/', 'http://node.example@127.0.0.1:@/', 'http://127.0.0.1:@#@node.example/'],
  ...['http://node.example\\@127.0.0.1:@/', 'http://127.0.0.1:@\\@node.example/', 'http://127.0.0.1:@?@node.example/'],
  // Other schemes, and spellings of this one.
  ...[
    'ftp://127.0.0.1:@/',
    'file:///etc/passwd',
    'gopher://127.0.0.1:@/_',
    'ws://127.0.0.1:@/',
    'data:,{}',
    'unix:/run/x',
  ],
  ...['http:127.0.0.1:@/', 'http:///127.0.0.1:@/', '//127.0.0.1:@/', 'HTTP://127.0.0.1:@/', ' http://127.0.0.1:@/'],
  ...['http://127.0.0.1:@/\r\nHost: x', 'h\ntt\np://127.0.0.1:@/', 'http://127.0.0.1%00:@/', 'https://127.0.0.1:@/'],
];

const withPort = (url: string) => url.replaceAll('@/', `${port}/`).replace(':@', `:${port}`);

/** A node whose peers are reached by HTTP, and that learned one of them by a way that needs no network. */
async function learner(publicUrl: string | undefined) {
  const teller = new FakeClient('a', 'http://teller.example/graphql');
  const { peers, clock } = testPeers([teller], {}, (url, origin) => clientOf(url, origin !== 'operator'));
  after(() => peers.close());
  await peers.add(teller.url);
  const exchange = new PeerExchange(
    { outbound: OUTBOUND, publicUrl },
    { peers, clock: { elapsed: () => clock.elapsed }, random: () => 0 },
  );
  const tick = async () => {
    await exchange.tick();
    // What failed is not tried again at once, and the teller is asked again.
    clock.elapsed += 100_000;
  };
  return { peers, exchange, teller, tick };
}

describe('a URL that a stranger names', () => {
  for (const publicUrl of [undefined, 'https://node.example/graphql']) {
    it(`threat ssrf: reaches nothing of this machine or its network, announced to a node at ${publicUrl ?? 'no URL'}`, async () => {
      const { exchange, tick } = await learner(publicUrl);
      const before = hits;
      for (const [index, url] of [...SPELLINGS, ...STRANGE_URLS].map(withPort).entries()) {
        exchange.announced(url, String(index).padStart(64, 'b'));
        await tick();
      }
      assert.equal(hits, before);
    });
  }

  it('threat ssrf: reaches nothing of them either when a peer tells of it', async () => {
    const { teller, tick } = await learner(undefined);
    const before = hits;
    for (const url of [...SPELLINGS, ...STRANGE_URLS].map(withPort)) {
      teller.tells = () => Promise.resolve([url]);
      await tick();
      await tick();
    }
    assert.equal(hits, before);
  });

  it('is reached where the operator names it, which shows that the listener hears', async () => {
    const { peers } = await learner(undefined);
    const before = hits;
    await peers.add(withPort('http://127.1:@/'));
    await peers.add(withPort('http://localhost:@/'));
    assert.equal(hits, before + 2);
  });

  it('threat flipping-name: is connected to at the address that was looked at, not at one that is looked up again', async () => {
    let asked = 0;
    const flipping = resolver(() => (asked++ === 0 ? answers('2606:4700::1111')() : answers('127.0.0.1', '::1')()));
    const found = await new Promise((resolve) =>
      publicLookup(flipping)('node.example', { all: true }, (error, addresses) => resolve(error ?? addresses)),
    );
    assert.deepEqual(found, [{ address: '2606:4700::1111', family: 6 }]);
    const before = hits;
    const client = clientOf(withPort('http://node.example:@/graphql'), true, flipping);
    for (let i = 0; i < 3; i++) {
      await assert.rejects(client.handshake(), /expected node.example to have a public address, got none/);
    }
    await client.close();
    assert.equal(hits, before);
    assert.equal(asked, 4, 'each connection asks, and takes what it was told');
  });

  it('threat flipping-name: is connected to at none but the public ones of its addresses', async () => {
    const mixed = resolver(answers('127.0.0.1', '10.0.0.1', '2606:4700::1111', '::1', '169.254.169.254'));
    const first = await new Promise((resolve) =>
      publicLookup(mixed)('node.example', {}, (error, ...address) => resolve(error ?? address)),
    );
    assert.deepEqual(first, ['2606:4700::1111', 6]);
  });
});

describe('what answers at a URL', () => {
  it('threat echoed-answer: is shown to nobody before it answered as a node', async () => {
    const { peers } = await learner(undefined);
    const secret = 'tok3n';
    const pages: readonly [number, OutgoingHttpHeaders, string][] = [
      [302, { location: `http://inner.example/${secret}` }, ''],
      [200, {}, `{"errors":[{"message":"${secret}","extensions":{"code":"${secret}"}}]}`],
      [401, {}, `{"errors":[{"message":"${secret}"}]}`],
      [200, {}, `${secret} is no JSON`],
      [200, {}, `{"data":{"nodeInfo":{"id":"${secret}"}}}`],
      [500, { 'content-type': `text/${secret}` }, secret],
    ];
    const urls = await Promise.all(
      pages.map(([status, headers, body]) => httpServer((response) => response.writeHead(status, headers).end(body))),
    );
    for (const url of urls) {
      const peer = await peers.add(url);
      assert.notEqual(peer.lastError, undefined);
      assert.doesNotMatch(JSON.stringify(peer), new RegExp(secret), url);
    }
  });

  it('threat compressed-answer: is never decompressed', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20));
    let accepted: unknown;
    const url = await httpServer((response, _body, request) => {
      accepted = request.headers['accept-encoding'];
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' });
      // More than a handshake may have: what counts is what comes, not what it becomes.
      response.end(bomb);
    });
    const client = clientOf(url, false);
    await assert.rejects(
      client.handshake(),
      (error) =>
        error instanceof PeerError && error.misdeed === 'unreachable' && /at most 16384 bytes/.test(error.message),
    );
    await client.close();
    assert.equal(accepted, undefined);
  });

  it('threat long-list: is refused by the length of its lists, before what is in them is looked at', async () => {
    const url = await httpServer((response) =>
      response.end(JSON.stringify({ data: { peers: new Array<number>(1_001).fill(5) } })),
    );
    const client = clientOf(url, false);
    await assert.rejects(client.connectedPeers(), (error: Error) => {
      assert.match(error.message, /Too big/);
      assert.doesNotMatch(error.message, /Invalid input/);
      return true;
    });
    await client.close();
  });
});
