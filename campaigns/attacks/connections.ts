import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { benchKey } from '../../bench/benchKey.js';
import { PREFIX, recipient } from '../../bench/generatedChain.js';
import { encodeAddress } from '../../src/crypto/address.js';
import type { NodeRun } from '../nodeRun.js';
import type { Attack, Shared } from './attack.js';
import { operation, send } from './http.js';
import { transferInput } from './requests.js';
import { ATTACKER_ADDRESS, at, HONEST_ADDRESS, type Stage } from './stage.js';

/** Many requests or connections of one stranger. */
export const connectionAttacks: readonly Attack[] = [
  { ...flood('B7', '60 clients that ask for 4 MB each and read nothing', unread), isLong: true },
  flood('B8', '60 unfinished bodies of 16 MiB', unfinished),
  { ...flood('B8', 'a body at 1 byte/s', trickled), isLong: true },
  { ...flood('B8', '1,000 slowloris connections', slowHeads), isLong: true },
  flood('B9', 'one WebSocket that sends queries', webSocketFlood),
  flood('B9', 'one connection with 10,000 pipelined queries', pipelined),
  flood('B10', '10 WebSockets of 100 subscriptions, then an honest one from elsewhere', everySlot),
  { ...flood('B12', '10 batches a second of 1,000 forged signatures', forgedBatches), isLong: true },
  { ...flood('B12', 'forged signatures one by one', forgedSingles), isLong: true },
];

type Act = (node: NodeRun, seconds: number, shared: Shared) => Promise<string>;

/** A node of its own for each, so that the next one does not begin with the budgets that this one spent. */
function flood(row: string, name: string, act: Act): Attack {
  return {
    row,
    name,
    run: async (stage: Stage, shared: Shared) => {
      const node = await stage.start(shared.data);
      try {
        let answer = '';
        const harm = await stage.beside(node, async () => {
          answer = await act(node, stage.short ? 3 : 6, shared);
          return undefined;
        });
        return { harm, answer };
      } finally {
        await stage.end(node);
      }
    },
  };
}

async function sockets(node: NodeRun, count: number): Promise<Socket[]> {
  const { hostname: host, port } = new URL(at(node));
  return Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect({ host, port: Number(port), localAddress: ATTACKER_ADDRESS });
      socket.on('error', () => undefined);
      await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => undefined);
      return socket;
    }),
  );
}

function head(node: NodeRun, length: number): string {
  return `POST /graphql HTTP/1.1\r\nhost: ${new URL(at(node)).host}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
}

/** Resolves to the number that the node closed within the time, and closes the others. */
async function closedWithin(all: readonly Socket[], seconds: number): Promise<string> {
  const started = performance.now();
  const closed = all.map((socket) =>
    socket.destroyed ? Promise.resolve() : new Promise((done) => socket.once('close', done)),
  );
  await Promise.race([Promise.all(closed), delay(seconds * 1_000)]);
  const open = all.filter(({ destroyed }) => !destroyed).length;
  for (const socket of all) socket.destroy();
  return `${open} of ${all.length} open after ${((performance.now() - started) / 1000).toFixed(0)} s`;
}

async function unread(node: NodeRun, seconds: number, { fullBlocks }: Shared): Promise<string> {
  const body = operation('query ($h: [Hash!]!) { blocks(hashes: $h) { body } }', { h: fullBlocks.slice(0, 2) });
  const all = await sockets(node, 60);
  for (const socket of all) {
    socket.pause();
    socket.write(head(node, body.length) + body);
  }
  await delay(3 * seconds * 1_000);
  // The kernel's own table says which ones the node still holds: this side reads nothing, an end included.
  const answers = all.map((socket) => (socket.readableLength > 0 ? 'some' : 'none'));
  for (const socket of all) socket.destroy();
  return `${answers.filter((answer) => answer === 'some').length} of 60 begun to be answered`;
}

async function unfinished(node: NodeRun, seconds: number): Promise<string> {
  const length = 16 * 2 ** 20;
  const all = await sockets(node, 60);
  for (const socket of all) {
    socket.resume();
    socket.write(head(node, length));
    socket.write(Buffer.alloc(length - 1, 0x20));
  }
  return closedWithin(all, 4 * seconds);
}

async function trickled(node: NodeRun): Promise<string> {
  const all = await sockets(node, 10);
  for (const socket of all) {
    socket.resume();
    socket.write(head(node, 1_000));
  }
  const timer = setInterval(() => all.forEach((socket) => socket.write(' ')), 1_000);
  const closed = await closedWithin(all, 40);
  clearInterval(timer);
  return closed;
}

async function slowHeads(node: NodeRun, seconds: number): Promise<string> {
  const all = await sockets(node, 1_000);
  for (const socket of all) {
    socket.resume();
    socket.write('POST /graphql HTTP/1.1\r\n');
  }
  const timer = setInterval(() => all.forEach((socket) => socket.write('x: y\r\n')), 1_000);
  const closed = await closedWithin(all, 3 * seconds);
  clearInterval(timer);
  return closed;
}

async function pipelined(node: NodeRun, seconds: number): Promise<string> {
  const [socket] = await sockets(node, 1);
  const query = operation('{ chain { blocks(last: 20) { nodes { hash miner } } } }');
  let answers = 0;
  socket!.on('data', (chunk: Buffer) => (answers += chunk.toString('latin1').split('HTTP/1.1 200').length - 1));
  socket!.write((head(node, query.length) + query).repeat(10_000));
  const closed = await closedWithin([socket!], seconds);
  return `${answers} answered, ${closed}`;
}

async function openWebSocket(node: NodeRun, from: string): Promise<WebSocket> {
  const socket = new WebSocket(at(node).replace('http', 'ws'), 'graphql-transport-ws', { localAddress: from });
  socket.on('error', () => undefined);
  await Promise.race([once(socket, 'open'), once(socket, 'close')]).catch(() => undefined);
  if (socket.readyState === WebSocket.OPEN) {
    socket.send(JSON.stringify({ type: 'connection_init' }));
    await Promise.race([once(socket, 'message'), once(socket, 'close')]);
  }
  return socket;
}

function start(socket: WebSocket, id: string, query: string): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query } }));
}

async function webSocketFlood(node: NodeRun, seconds: number): Promise<string> {
  const socket = await openWebSocket(node, ATTACKER_ADDRESS);
  let answers = 0;
  let sent = 0;
  socket.on('message', (data: Buffer) => (answers += data.includes('"next"') ? 1 : 0));
  const until = performance.now() + seconds * 1_000;
  while (performance.now() < until && socket.readyState === WebSocket.OPEN) {
    for (let i = 0; i < 200; i++)
      start(socket, `q${sent++}`, '{ chain { blocks(last: 20) { nodes { hash miner } } } }');
    await delay(20);
  }
  socket.terminate();
  return `${sent} sent, ${answers} answered`;
}

async function everySlot(node: NodeRun): Promise<string> {
  const all = await Promise.all(Array.from({ length: 10 }, () => openWebSocket(node, ATTACKER_ADDRESS)));
  for (const socket of all) {
    for (let i = 0; i < 100; i++) start(socket, `s${i}`, 'subscription { blockAdded { block { height } } }');
  }
  await delay(1_000);
  const honest = await openWebSocket(node, HONEST_ADDRESS);
  const got = once(honest, 'message') as Promise<[Buffer]>;
  start(honest, 'h', '{ chain { height } }');
  const text = await Promise.race([got.then(([data]) => data.toString()), delay(3_000, 'nothing')]);
  for (const socket of [...all, honest]) socket.terminate();
  return `the honest query got ${/"code":"(\w+)"/.exec(text)?.[1] ?? (text.includes('"height"') ? 'its answer' : text)}`;
}

async function forgedBatches(node: NodeRun, seconds: number): Promise<string> {
  const query =
    'mutation ($t: [SignedTransactionInput!]!) { receiveBroadcastTransactions(transactions: $t) { __typename ... on Rejected { code } } }';
  const seen = new Map<string, number>();
  const sent: Promise<void>[] = [];
  for (let batch = 0; batch < 10 * seconds; batch++) {
    const t = Array.from({ length: 1_000 }, (_, index) => forged(index));
    sent.push(
      send(at(node), { body: operation(query, { t }) }).then(({ status, code }) => count(seen, `${status} ${code}`)),
    );
    await delay(100);
  }
  await Promise.all(sent);
  return told(seen);
}

async function forgedSingles(node: NodeRun, seconds: number): Promise<string> {
  const query =
    'mutation ($t: SignedTransactionInput!) { receiveBroadcastTransaction(transaction: $t) { __typename ... on Rejected { code } } }';
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const seen = new Map<string, number>();
  const until = performance.now() + seconds * 1_000;
  const lane = async (): Promise<void> => {
    while (performance.now() < until) {
      const { status, code } = await send(at(node), { body: operation(query, { t: forged(0) }), agent });
      count(seen, `${status} ${code}`);
    }
  };
  await Promise.all(Array.from({ length: 16 }, lane));
  agent.destroy();
  return told(seen);
}

/** A transfer that would be accepted, were its signature not drawn by lot: nothing cheaper refuses it. */
export function forged(index: number): object {
  return {
    ...transferInput(0, `${randomBytes(60).toString('hex')}00000000`),
    sender: encodeAddress(PREFIX, benchKey(index % 100).publicKey),
    recipient: encodeAddress(PREFIX, recipient(index)),
    nonce: `${FIRST_FREE_NONCE + Math.floor(index / 100)}`,
  };
}

/** Notes an answer. */
export function count(seen: Map<string, number>, what: string): void {
  seen.set(what, (seen.get(what) ?? 0) + 1);
}

/** The answers, and how often each came. */
export function told(seen: ReadonlyMap<string, number>): string {
  return [...seen].map(([what, times]) => `${times} × ${what}`).join(', ');
}

/** Of the senders of the chain's first four blocks. */
const FIRST_FREE_NONCE = 4 * 136;
