import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { toHex } from '../../src/crypto/bytes.js';
import { systemClock } from '../../src/node/world.js';
import { normalizePeerUrl } from '../../src/peers/address.js';
import { httpConnection } from '../../src/peers/client/connection.js';
import { PeerClient } from '../../src/peers/client/peerClient.js';
import { PeerError, type PeerMisdeed } from '../../src/peers/standing.js';
import { Wire } from '../../src/peers/client/wire.js';
import { freePort } from '../support/freePort.js';
import { dummyTransactions, network, OWN_ID, OWN_KEY } from './fakeClient.js';
import { silentLogger } from '../support/logger.js';
import { httpServer, tcpServer } from './handwrittenServer.js';

const HANDSHAKE = {
  nodeInfo: { id: 'a'.repeat(64), chainId: 'b'.repeat(64), version: '1.2.3', protocolVersion: 1 },
  chain: { height: 7, work: '18446744073709551616', tip: { hash: 'c'.repeat(64) } },
};

function clientOf(url: string, timeoutMs = 2_000): PeerClient {
  const client = new PeerClient(
    { url, chainId: network.chainId, timeoutMs },
    {
      wire: new Wire(network),
      connection: httpConnection(url, false),
      clock: systemClock,
      key: OWN_KEY,
      log: silentLogger(),
    },
  );
  after(() => client.close());
  return client;
}

/** A peer that answers every request with this data. */
async function answering(data: unknown): Promise<PeerClient> {
  return clientOf(await httpServer((response) => response.end(JSON.stringify({ data }))));
}

async function assertFault(request: Promise<unknown>, fault: PeerMisdeed, message?: RegExp): Promise<void> {
  await assert.rejects(request, (error) => {
    assert.ok(error instanceof PeerError, String(error));
    assert.equal(error.misdeed, fault, error.message);
    assert.ok(error.message.length < 1_000, 'what a peer writes is cut before it is logged');
    if (message) assert.match(error.message, message);
    return true;
  });
}

describe('a good answer', () => {
  it('to a handshake is understood, and the request names this node', async () => {
    const seen: unknown[] = [];
    const url = await httpServer((response, body, request) => {
      seen.push(request.method, request.url, request.headers['corrente-node'], JSON.parse(body) as object);
      response.end(JSON.stringify({ data: HANDSHAKE }));
    });
    const answer = await clientOf(url).handshake();
    const { tip } = HANDSHAKE.chain;
    const unproven = { proven: false, instance: undefined, publicUrl: undefined };
    assert.deepEqual(answer, {
      ...HANDSHAKE.nodeInfo,
      ...unproven,
      height: 7,
      work: 18446744073709551616n,
      tip: tip.hash,
    });
    assert.deepEqual(seen.slice(0, 3), ['POST', '/graphql', OWN_ID]);
    assert.ok('query' in (seen[3] as object) && !('operationName' in (seen[3] as object)));
  });

  it('names peers by URLs as long as an operator can give', async () => {
    const url = `http://node.example/${'a'.repeat(2_028)}`;
    assert.equal(normalizePeerUrl(url).length, 2_048);
    const peer = await answering({ peers: [{ url, status: 'CONNECTED' }] });
    assert.deepEqual(await peer.connectedPeers(), [url]);
    const own = { ...HANDSHAKE, nodeInfo: { ...HANDSHAKE.nodeInfo, publicUrl: url } };
    assert.equal((await (await answering(own)).handshake()).publicUrl, url);
  });

  it('to one transaction and to a batch is one outcome each, in order', async () => {
    const outcomes = [{ alreadyKnown: true }, { code: 'FEE_TOO_LOW', message: 'more' }];
    const refused = (index: number) => [{ index, reason: outcomes[1] }];
    const one = await answering({ receiveBroadcastPackedTransactions: { alreadyKnown: [], refused: refused(0) } });
    assert.deepEqual(await one.sendTransactions(dummyTransactions(1)), [outcomes[1]]);
    const batch = await answering({ receiveBroadcastPackedTransactions: { alreadyKnown: [0], refused: refused(1) } });
    assert.deepEqual(await batch.sendTransactions(dummyTransactions(3)), [...outcomes, { alreadyKnown: false }]);
    const whole = await answering({ receiveBroadcastPackedTransactions: outcomes[1] });
    assert.deepEqual(await whole.sendTransactions(dummyTransactions(2)), [outcomes[1], outcomes[1]]);
  });

  it('with a code that this node does not know is an outcome all the same', async () => {
    const outcome = { code: 'FROM_THE_FUTURE', message: 'new' };
    const client = await answering({
      receiveBroadcastPackedTransactions: { alreadyKnown: [], refused: [{ index: 0, reason: outcome }] },
    });
    assert.deepEqual(await client.sendTransactions(dummyTransactions(1)), [outcome]);
  });

  it('is served over connections that are kept', async () => {
    const ports = new Set<number | undefined>();
    const url = await httpServer((response, _body, request) => {
      ports.add(request.socket.remotePort);
      response.end(JSON.stringify({ data: HANDSHAKE }));
    });
    const client = clientOf(url);
    for (let i = 0; i < 50; i++) await client.handshake();
    assert.ok(ports.size <= 6, `${ports.size} connections for 50 requests`);
  });
});

describe('no connection', () => {
  it('refused is unreachable', async () => {
    const url = `http://127.0.0.1:${await freePort()}/graphql`;
    await assertFault(clientOf(url).handshake(), 'unreachable', /ECONNREFUSED/);
  });

  it('a host that does not exist is unreachable', () =>
    assertFault(clientOf('http://corrente.invalid/graphql', 20_000).handshake(), 'unreachable'));

  it('reset before the answer is unreachable', async () => {
    const url = await tcpServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    await assertFault(clientOf(url).handshake(), 'unreachable');
  });

  it('closed in the middle of the answer is unreachable', async () => {
    const url = await tcpServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{"data":')),
    );
    await assertFault(clientOf(url).handshake(), 'unreachable');
  });

  it('a closed client is unreachable', async () => {
    const client = await answering(HANDSHAKE);
    await client.handshake();
    await client.close();
    await assertFault(client.handshake(), 'unreachable');
  });

  for (const status of [429, 502, 503, 504]) {
    it(`HTTP ${status}, too busy or stopping, is unreachable: it is no fault`, async () => {
      const url = await httpServer((response) => response.writeHead(status).end('{"errors":[{"message":"later"}]}'));
      await assertFault(clientOf(url).handshake(), 'unreachable', new RegExp(`${status}`));
    });
  }
});

describe('no answer before the deadline', () => {
  it('from a peer that accepts and stays silent is timedOut', async () => {
    const url = await tcpServer(() => undefined);
    await assertFault(clientOf(url, 50).handshake(), 'timedOut');
  });

  it('from a peer that stops in the middle of its answer is timedOut', async () => {
    const url = await httpServer((response) => response.write('{"data":'));
    await assertFault(clientOf(url, 50).handshake(), 'timedOut');
  });
});

describe('an answer that is not one of this API is malformed', () => {
  const answers: [string, string][] = [
    ['a list', '[{"data":{}}]'],
    ['data null', '{"data":null}'],
    ['empty data', '{"data":{}}'],
    ['data without its parts', '{"data":{"nodeInfo":null,"chain":null,"blocks":null}}'],
  ];
  for (const [name, body] of answers) {
    it(`${name}, to every request`, async () => {
      const url = await httpServer((response) => {
        response.setHeader('content-type', 'application/json');
        response.end(body);
      });
      const client = clientOf(url);
      const block = { header: network.genesis.header, transactions: [] };
      await assertFault(client.handshake(), 'malformed');
      await assertFault(client.sendTransactions(dummyTransactions(1)), 'malformed');
      await assertFault(client.sendTransactions(dummyTransactions(2)), 'malformed');
      await assertFault(client.sendBlock(block), 'malformed');
      await assertFault(client.headersAfter([network.chainId], 1), 'malformed');
      await assertFault(client.bodies([network.chainId]), 'malformed');
    });
  }

  it('threat swollen-answer: a handshake above 16 KiB, which is neither read to its end nor parsed', async () => {
    const chunk = Buffer.alloc(1024 * 1024, '{');
    let sent = 0;
    const url = await httpServer((response) => {
      const more = (): void => {
        if (sent++ < 64 && !response.destroyed) response.write(chunk, more);
      };
      more();
    });
    await assertFault(clientOf(url, 10_000).handshake(), 'malformed', /at most 16384 bytes/);
    assert.ok(sent < 40, `${sent} MiB were sent`);
    const padded = (bytes: number) => answering({ ...HANDSHAKE, more: 'x'.repeat(bytes) });
    assert.equal((await (await padded(15_000)).handshake()).height, 7);
    await assertFault((await padded(17_000)).connectedPeers(), 'malformed', /expected an answer of this API/);
    await assertFault((await padded(600_000)).connectedPeers(), 'malformed', /at most 524288 bytes/);
    await assertFault(
      (await padded(20_000)).sendTransactions(dummyTransactions(1)),
      'malformed',
      /at most 17408 bytes/,
    );
    await assertFault((await padded(3_000_000)).headersAfter([], 1), 'malformed', /at most 2097152 bytes/);
  });

  it('an outcome of a transaction that was not sent', async () => {
    for (const [alreadyKnown, refused] of [
      [[2], []],
      [[-1], []],
      [[0.5], []],
      [[0, 1, 0], []],
      [[], [{ index: 2, reason: { code: 'FEE_TOO_LOW', message: 'more' } }]],
    ] as const) {
      const client = await answering({ receiveBroadcastPackedTransactions: { alreadyKnown, refused } });
      await assertFault(client.sendTransactions(dummyTransactions(2)), 'malformed');
    }
  });

  for (const [name, change] of [
    ['a malformed id', { nodeInfo: { ...HANDSHAKE.nodeInfo, id: 'me' } }],
    ['negative work', { chain: { ...HANDSHAKE.chain, work: '-1' } }],
    ['work that is a number', { chain: { ...HANDSHAKE.chain, work: 5 } }],
    ['work of a thousand digits', { chain: { ...HANDSHAKE.chain, work: '9'.repeat(1000) } }],
    ['a fraction of a height', { chain: { ...HANDSHAKE.chain, height: 1.5 } }],
    ['a long version', { nodeInfo: { ...HANDSHAKE.nodeInfo, version: 'v'.repeat(1000) } }],
  ] as const) {
    it(`a handshake with ${name}`, async () => {
      await (await answering(HANDSHAKE)).handshake();
      await assertFault((await answering({ ...HANDSHAKE, ...change })).handshake(), 'malformed');
    });
  }

  it('a body that no block has; one of another hash counts as left out', async () => {
    const hash = toHex(network.chainId);
    const body = (fields: object) => answering({ blocks: [{ hash, body: '', ...fields }] });
    assert.deepEqual(await (await body({})).bodies([network.chainId]), [[]]);
    assert.deepEqual(await (await body({ hash: 'd'.repeat(64) })).bodies([network.chainId]), [undefined]);
    await assertFault((await body({ body: 'AAAA' })).bodies([network.chainId]), 'malformed');
    await assertFault((await body({ body: '*' })).bodies([network.chainId]), 'malformed');
  });
});
