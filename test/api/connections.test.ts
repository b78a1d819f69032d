import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { after, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import type { Server } from 'node:http';
import { transactionInput } from '../../src/client/codec.js';
import type { Services } from '../../src/graphql/services.js';
import { Budgets } from '../../src/http/callers/budgets.js';
import { Callers } from '../../src/http/callers/callers.js';
import { boundConnections } from '../../src/http/connections.js';
import { Shares } from '../../src/http/streams.js';
import { testAccount, testNetwork, transfer } from '../support/blocks.js';
import { silentLogger, type LogLine } from '../support/logger.js';
import { eventually } from '../support/node.js';
import { socketClient } from './streamClients.js';
import { testServer } from './testServer.js';

const network = testNetwork();
const QUERY = JSON.stringify({ query: '{ chain { height } }' });

/** Sends so many queries on one connection without waiting for an answer; resolves to how many were answered. */
async function pipelined(url: string, count: number, body = QUERY): Promise<number> {
  const { host, hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let received = '';
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    if (received.split('HTTP/1.1 200').length - 1 === count) socket.end();
  });
  const head = `POST /graphql HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  socket.write(`${head}${body}`.repeat(count));
  await once(socket, 'close');
  return received.split('HTTP/1.1 200').length - 1;
}

describe('a connection', () => {
  it('threat pipelined-flood: has each of a few requests without waiting answered, and is closed when it sends many', async () => {
    const { url } = await testServer();
    assert.equal(await pipelined(url, 20), 20);
    assert.ok((await pipelined(url, 400)) < 100);
  });

  it('threat unanswered-pipeline: has its next request begun once the one before was answered', async () => {
    const ends: (() => void)[] = [];
    const relay = {
      submit: async () => {
        await new Promise<void>((resolve) => ends.push(resolve));
        return [{ code: 'CANCELLED', reason: 'the test' }];
      },
    } as unknown as Services['relay'];
    const { url } = await testServer({ relay });
    const signed = transfer({ network, from: testAccount(0), to: testAccount(1), amount: 1n, nonce: 0 });
    const query = 'mutation ($t: [SignedTransactionInput!]!) { addTransactions(transactions: $t) { __typename } }';
    const body = JSON.stringify({ query, variables: { t: [transactionInput(signed, network.addressPrefix)] } });
    const answered = pipelined(url, 2, body);
    for (let ended = 0; ended < 2; ended++) {
      await eventually(
        () => Promise.resolve(ends.length),
        (begun) => begun > ended,
      );
      // A few turns more than a second one would need.
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      assert.equal(ends.length, ended + 1);
      ends[ended]!();
    }
    assert.equal(await answered, 2);
  });

  it('threat socket-flood: of a WebSocket has one operation at work at a time', async () => {
    const ends: (() => void)[] = [];
    let begun = 0;
    const relay = {
      submit: async () => {
        begun++;
        await new Promise<void>((resolve) => ends.push(resolve));
        return [{ code: 'CANCELLED', reason: 'the test' }];
      },
    } as unknown as Services['relay'];
    const { url } = await testServer({ relay }, { streams: { keepAliveMs: 40 } });
    const client = socketClient(url);
    const signed = transfer({ network, from: testAccount(0), to: testAccount(1), amount: 1n, nonce: 0 });
    const query = 'mutation ($t: [SignedTransactionInput!]!) { addTransactions(transactions: $t) { __typename } }';
    const variables = { t: [transactionInput(signed, network.addressPrefix)] };
    const answers = Array.from({ length: 12 }, () => client.iterate({ query, variables }).next());
    // Longer than a client may be silent: while more wait than there is room for, this side does not read.
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (let ended = 0; ended < 12; ended++) {
      await eventually(
        () => Promise.resolve(begun),
        (count) => count > ended,
      );
      assert.equal(begun, ended + 1);
      ends[ended]!();
    }
    await Promise.all(answers);
  });
});

describe('connections of one address', () => {
  it('threat many-connections: are closed above their bound, and those of others are not; the log says so once', () => {
    const server = new EventEmitter() as EventEmitter & { maxConnections?: number };
    const lines: LogLine[] = [];
    const limits = { maxConnections: 100, maxConnectionsPerAddress: 2 };
    const callers = new Callers(undefined);
    const metrics = { spent: () => undefined, limited: () => undefined };
    const budgets = new Budgets(callers, { clock: { elapsed: () => 0 }, metrics });
    boundConnections(server as unknown as Server, limits, { callers, budgets, logger: silentLogger(lines) });
    const open = (remoteAddress: string) => {
      const socket = Object.assign(new EventEmitter(), {
        remoteAddress,
        isClosed: false,
        destroy: () => {
          socket.isClosed = true;
          socket.emit('close');
        },
      });
      server.emit('connection', socket);
      return socket;
    };
    const own = Array.from({ length: 4 }, (_, i) => open(`2a01:4f8:1:2::${i}`));
    assert.deepEqual(
      own.map(({ isClosed }) => isClosed),
      [false, false, true, true],
    );
    assert.ok(!open('2a01:4f8:1:3::1').isClosed);
    for (const near of ['127.0.0.1', '10.0.0.2', '::ffff:172.17.0.1', 'fd00::1']) {
      for (let i = 0; i < 5; i++) assert.ok(!open(near).isClosed, near);
    }
    own[0]!.emit('close');
    assert.ok(!open('2a01:4f8:1:2::9').isClosed);
    assert.equal(server.maxConnections, 100);
    assert.equal(lines.length, 1);
  });

  it('threat every-socket: share the room for WebSockets, also behind a proxy', async () => {
    const streams = { maxConnections: 5, maxConnectionsPerAddress: 2 };
    const { url } = await testServer({}, { streams, trustProxy: { hops: 1 } });
    const opened = async (from: string) => {
      const headers = { 'x-forwarded-for': from };
      const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws', { headers });
      after(() => socket.terminate());
      const [answer] = (await Promise.race([
        once(socket, 'open'),
        once(socket, 'unexpected-response').then(([, response]: unknown[]) => [response]),
      ])) as [{ statusCode: number } | undefined];
      return answer ? answer.statusCode : socket;
    };
    const [first, second] = [await opened('198.51.100.7'), await opened('198.51.100.7')];
    assert.deepEqual([typeof first, typeof second], ['object', 'object']);
    assert.equal(await opened('198.51.100.7'), 503);
    assert.equal(typeof (await opened('198.51.100.8')), 'object');
    (first as WebSocket).terminate();
    await eventually(
      () => opened('198.51.100.7'),
      (answer) => typeof answer === 'object',
    );
  });

  it('threat every-slot: share the room for subscriptions, of which one address never has all', () => {
    const shares = new Shares(10, 3, new Callers(undefined));
    const taken = (address: string, count: number) =>
      Array.from({ length: count }, () => shares.of(address).take()).filter((slot) => slot !== undefined);
    const first = taken('192.0.2.1', 5);
    assert.equal(first.length, 3);
    assert.equal(taken('192.0.2.2', 5).length, 3);
    assert.equal(taken('10.0.0.2', 9).length, 4);
    first[0]!();
    assert.equal(taken('192.0.2.1', 2).length, 1);
  });
});
