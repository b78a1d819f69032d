import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { benchKey } from '../bench/benchKey.js';
import { PREFIX } from '../bench/generatedChain.js';
import { encodeAddress } from '../src/crypto/address.js';
import { codeOf, transferInput } from './attackRequests.js';
import type { Attack } from './attacks.js';
import { FULL_BLOCK, type AttackTarget } from './attackTarget.js';

/** Many requests or connections: what is bounded for one must be bounded for all. The honest client's time and the memory count. */
export const connectionAttacks: readonly Attack[] = [
  { row: 'B7', name: '60 clients that ask for 2,000 headers and read nothing', cpuMs: Infinity, run: unread },
  { row: 'B8', name: '60 unfinished bodies of 16 MiB', cpuMs: Infinity, run: unfinished },
  { row: 'B9', name: 'one WebSocket that sends 2,000 queries at once', cpuMs: Infinity, run: webSocketFlood },
  { row: 'B9', name: 'one connection with 10,000 pipelined queries', cpuMs: Infinity, run: pipelined },
  {
    row: 'B10',
    name: '10 WebSockets of 100 operations, then an honest query over another',
    cpuMs: Infinity,
    run: everySlot,
  },
  { row: 'B12', name: '10 batches a second of 1,000 forged signatures', cpuMs: Infinity, run: forged },
];

async function sockets(target: AttackTarget, count: number): Promise<Socket[]> {
  const { hostname, port } = new URL(target.url);
  return Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect({ host: hostname, port: Number(port) });
      socket.on('error', () => {});
      await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
      return socket;
    }),
  );
}

function head(target: AttackTarget, length: number): string {
  return `POST /graphql HTTP/1.1\r\nhost: ${new URL(target.url).host}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
}

const HEADERS = JSON.stringify({
  query: `{ ${Array.from({ length: 20 }, (_, i) => `a${i}: chain { headersAfter(locator: []) { hash previousHash transactionsRoot } }`).join(' ')} }`,
});

async function unread(target: AttackTarget): Promise<string> {
  const all = await sockets(target, 60);
  for (const socket of all) {
    socket.pause();
    socket.write(head(target, HEADERS.length) + HEADERS);
  }
  await sleep(15_000);
  const open = all.filter(({ destroyed, readyState }) => !destroyed && readyState === 'open').length;
  for (const socket of all) socket.destroy();
  return `${open} connections open after 15 s, as far as this side knows`;
}

async function unfinished(target: AttackTarget): Promise<string> {
  const length = 16 * 2 ** 20;
  const all = await sockets(target, 60);
  const closed = all.map((socket) => once(socket, 'close').then(() => true));
  const body = Buffer.alloc(length - 1, 0x20);
  for (const socket of all) {
    socket.resume();
    socket.write(head(target, length));
    socket.write(body);
  }
  await Promise.race([Promise.all(closed), sleep(20_000)]);
  const open = all.filter(({ destroyed }) => !destroyed).length;
  for (const socket of all) socket.destroy();
  return `${open} open after 20 s at most`;
}

async function pipelined(target: AttackTarget): Promise<string> {
  const [socket] = await sockets(target, 1);
  const query = JSON.stringify({ query: '{ chain { height tip { hash } } }' });
  let received = '';
  socket!.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  socket!.write((head(target, query.length) + query).repeat(10_000));
  await Promise.race([once(socket!, 'close'), sleep(8_000)]);
  socket!.destroy();
  return `${received.split('HTTP/1.1 200').length - 1} answered`;
}

async function openSocket(target: AttackTarget): Promise<WebSocket> {
  const socket = new WebSocket(target.url.replace('http', 'ws'), 'graphql-transport-ws');
  socket.on('error', () => {});
  await Promise.race([once(socket, 'open'), once(socket, 'close')]);
  if (socket.readyState === WebSocket.OPEN) {
    socket.send(JSON.stringify({ type: 'connection_init' }));
    await Promise.race([once(socket, 'message'), once(socket, 'close')]);
  }
  return socket;
}

function subscribe(socket: WebSocket, id: string, query: string): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query } }));
}

async function webSocketFlood(target: AttackTarget): Promise<string> {
  const socket = await openSocket(target);
  let answers = 0;
  socket.on('message', (data: Buffer) => (answers += data.includes('"next"') ? 1 : 0));
  for (let i = 0; i < 2_000; i++) subscribe(socket, `q${i}`, '{ chain { blocks(last: 20) { nodes { hash miner } } } }');
  await Promise.race([once(socket, 'close'), sleep(6_000)]);
  socket.terminate();
  return `${answers} answered`;
}

async function everySlot(target: AttackTarget): Promise<string> {
  const all = await Promise.all(Array.from({ length: 10 }, () => openSocket(target)));
  for (const socket of all)
    for (let i = 0; i < 100; i++) subscribe(socket, `s${i}`, 'subscription { blockAdded { __typename } }');
  await sleep(500);
  const honest = await openSocket(target);
  const answer = once(honest, 'message');
  subscribe(honest, 'h', '{ chain { height } }');
  const [data] = (await Promise.race([answer, sleep(3_000, ['nothing'])])) as [Buffer | string];
  for (const socket of [...all, honest]) socket.terminate();
  return `an honest query got ${codeOf(JSON.stringify((JSON.parse(String(data)) as { payload?: unknown }).payload ?? String(data)))}`;
}

async function forged(target: AttackTarget): Promise<string> {
  const query =
    'mutation ($t: [SignedTransactionInput!]!) { receiveBroadcastTransactions(transactions: $t) { __typename } }';
  const seen = new Map<string, number>();
  const sent: Promise<void>[] = [];
  for (let batch = 0; batch < 50; batch++) {
    const t = Array.from({ length: 1_000 }, (_, i) => ({
      ...transferInput(FULL_BLOCK / 25 + Math.floor(i / 100)),
      sender: encodeAddress(PREFIX, benchKey(i % 100).publicKey),
      signature: `${randomBytes(60).toString('hex')}00000000`,
    }));
    const body = JSON.stringify({ query, variables: { t } });
    sent.push(
      target.post(body).then(({ status, text }) => {
        const code = `${status} ${codeOf(text)}`;
        seen.set(code, (seen.get(code) ?? 0) + 1);
      }),
    );
    await sleep(100);
  }
  await Promise.all(sent);
  return [...seen].map(([code, count]) => `${count} × ${code}`).join(', ');
}
