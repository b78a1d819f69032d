import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { transactionInput } from '../../src/client/codec.js';
import type { Services } from '../../src/graphql/services.js';
import { testAccount, testNetwork, transfer } from '../support/blocks.js';
import { eventually } from '../support/node.js';
import { socketClient } from './streamClients.js';
import { ADMIN_TOKEN, errorCode, testServer } from './testServer.js';

const network = testNetwork();
const payment = transfer({ network, from: testAccount(0), to: testAccount(1), amount: 1n, nonce: 0 });
const variables = { t: [transactionInput(payment, network.addressPrefix)] };
const PAY = 'mutation ($t: [SignedTransactionInput!]!) { addTransactions(transactions: $t) { __typename } }';
const READ = '{ chain { height } }';

/** A server of which one payment is at work and one waits, and a third is refused, until `end`. */
async function fullServer() {
  const ends: (() => void)[] = [];
  const relay = {
    submit: async () => {
      await new Promise<void>((resolve) => ends.push(resolve));
      return [{ code: 'CANCELLED', reason: 'the test' }];
    },
  } as unknown as Services['relay'];
  const load = { minWorking: 1, workMs: 0, maxWaiting: 1, closedMs: Infinity };
  const shed: string[] = [];
  const waiting: (() => readonly (readonly [string, number])[])[] = [];
  const metrics = {
    shed: (kind: string) => void shed.push(kind),
    observeTurns: (read: (typeof waiting)[0]) => void waiting.push(read),
  };
  const server = await testServer({ relay }, { load }, { metrics });
  const pay = () => server.post(PAY, {}, variables);
  const accepted = [pay()];
  await eventually(
    () => Promise.resolve(ends.length),
    (atWork) => atWork === 1,
  );
  accepted.push(pay());
  await eventually(
    () => Promise.resolve(Object.fromEntries(waiting[0]!())),
    ({ submission }) => submission === 1,
  );
  const end = async () => {
    for (let ended = 0; ended < 2; ended++) {
      await eventually(
        () => Promise.resolve(ends.length),
        (begun) => begun > ended,
      );
      ends[ended]!();
    }
    return Promise.all(accepted);
  };
  return { ...server, pay, shed, end };
}

/** The answer to a head that announces a body which never comes. */
async function answerToHead(url: string, ...headers: string[]): Promise<string> {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  const head = [`POST /graphql HTTP/1.1`, `host: ${host}`, 'content-type: application/json', 'content-length: 100000'];
  socket.write(`${[...head, ...headers].join('\r\n')}\r\n\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.toString();
}

describe('a server that has more to do than it can', () => {
  it('threat overload: refuses more of that kind with 503, a code and Retry-After, does the rest, and loses nothing', async () => {
    const { pay, post, call, shed, end } = await fullServer();
    const refused = await pay();
    assert.deepEqual([refused.status, errorCode(refused), refused.headers['retry-after']], [503, 'OVERLOADED', '1']);
    assert.equal((await call({ method: 'GET', path: '/healthz' })).status, 200);
    assert.equal((await post(READ, { authorization: `Bearer ${ADMIN_TOKEN}` })).status, 200);
    for (const { status, text } of await end()) assert.deepEqual([status, /Rejected/.test(text)], [200, true]);
    assert.deepEqual(shed, ['submission']);
    assert.equal((await post(READ)).status, 200);
  });

  it('threat unread-overload: refuses the next one of that sender before its body is there, whatever it says it is', async () => {
    const { url, pay, end } = await fullServer();
    await pay();
    for (const headers of [[], ['authorization: Bearer none'], ['x-forwarded-for: 192.0.2.1'], ['origin: null']]) {
      const answer = await answerToHead(url, ...headers);
      assert.match(
        answer,
        headers[0]?.startsWith('origin') ? /FORBIDDEN_ORIGIN/ : /^HTTP\/1\.1 503 [^]*"code":"OVERLOADED"/,
      );
    }
    await end();
  });

  it('goes on reading the connection after a refusal, from the head or not', async () => {
    const { url, pay, end } = await fullServer();
    await pay();
    const { hostname, port, host } = new URL(url);
    const socket = connect(Number(port), hostname);
    const body = JSON.stringify({ query: READ });
    const refused = `POST /graphql HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    let answers = '';
    socket.on('data', (chunk: Buffer) => (answers += chunk.toString()));
    socket.write(refused + `GET /healthz HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
    await once(socket, 'close');
    assert.match(answers, /^HTTP\/1\.1 503 [^]*OVERLOADED[^]*HTTP\/1\.1 200 [^]*"status":"ok"/);
    await end();
  });

  it('tells it over a WebSocket, too', async () => {
    const { url, end } = await fullServer();
    const client = socketClient(url);
    const answer = client.iterate({ query: PAY, variables }).next();
    await assert.rejects(
      answer,
      (errors: { extensions: { code: string } }[]) => errors[0]!.extensions.code === 'OVERLOADED',
    );
    await end();
  });
});
