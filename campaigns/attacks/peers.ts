import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { benchKey } from '../../bench/benchKey.js';
import type { BlockHeader } from '../../src/consensus/block.js';
import type { Attack, Outcome, Shared } from './attack.js';
import { mined } from './blocks.js';
import { BlockSender } from './blockSender.js';
import type { Stage } from './stage.js';

/** What a stranger makes the node ask of others, and what a broken peer answers. */
export const peerAttacks: readonly Attack[] = [
  { row: 'B13', name: 'one orphan again and again, of a node with a peer', isLong: true, run: orphan },
  { row: 'B13', name: 'a peer that is down, named again and again', run: named },
  {
    row: 'B18',
    name: 'a peer whose answer is 16 MB of nested arrays',
    run: (stage) => vastAnswer(stage, '['.repeat(8_000_000)),
  },
  {
    row: 'B18',
    name: 'a peer whose answer is 16 MB of empty objects',
    isLong: true,
    run: (stage) => vastAnswer(stage, `{"data":[${'{},'.repeat(5_300_000)}{}]}`),
  },
];

async function orphan(stage: Stage, shared: Shared): Promise<Outcome> {
  const peer = await stage.start(shared.data);
  let handshakes = 0;
  const counting = await listening(
    createServer((incoming, outgoing) => {
      const forwarded = request(
        {
          host: '127.0.0.1',
          port: new URL(peer.url).port,
          path: '/graphql',
          method: incoming.method,
          headers: incoming.headers,
        },
        (answer) => {
          outgoing.writeHead(answer.statusCode!, answer.headers);
          answer.pipe(outgoing);
        },
      );
      forwarded.on('error', () => outgoing.destroy());
      incoming.on('data', (chunk: Buffer) => {
        if (chunk.includes('proof(challenge')) handshakes++;
      });
      incoming.pipe(forwarded);
    }),
  );
  const node = await stage.start(shared.data, ['--peer', counting.url]);
  await delay(3_000);
  const parent = { ...stage.network.genesis.header, hash: new Uint8Array(32).fill(7), height: 5_000 } as BlockHeader;
  const block = mined(stage, parent, [], benchKey(3_000_000).publicKey);
  const sender = await BlockSender.of(node, stage.network);
  const seconds = stage.short ? 3 : 6;
  handshakes = 0;
  await delay(seconds * 1_000);
  const quiet = handshakes;
  handshakes = 0;
  const harm = await stage.beside(node, () => repeat(seconds, () => sender.send(block)));
  const more = handshakes - quiet;
  await Promise.all([stage.end(node), stage.end(peer)]);
  counting.close();
  return {
    harm,
    answer: `${sender.told}; ${handshakes} handshakes with the peer in ${seconds} s, ${quiet} without`,
    shortfalls: more > seconds ? [`expected one handshake a second more at most, got ${more} in ${seconds} s`] : [],
  };
}

async function named(stage: Stage, shared: Shared): Promise<Outcome> {
  let attempts = 0;
  const down = await listening(
    createTcpServer((socket) => {
      attempts++;
      socket.destroy();
    }),
  );
  const node = await stage.start(shared.data, ['--peer', down.url]);
  await delay(1_000);
  const block = mined(stage, stage.network.genesis.header, [], benchKey(3_000_000).publicKey);
  const sender = await BlockSender.of(node, stage.network);
  const seconds = stage.short ? 3 : 6;
  attempts = 0;
  const harm = await stage.beside(node, () => repeat(seconds, () => sender.send(block, down.url)));
  await stage.end(node);
  down.close();
  return {
    harm,
    answer: `${sender.told}; ${attempts} connections in ${seconds} s`,
    shortfalls:
      attempts > 2 * seconds ? [`expected 2 connections a second at most, got ${attempts} in ${seconds} s`] : [],
  };
}

async function vastAnswer(stage: Stage, text: string): Promise<Outcome> {
  let asked = 0;
  const body = Buffer.from(text);
  const peer = await listening(
    createServer((incoming, outgoing) => {
      incoming.resume();
      asked++;
      outgoing.on('error', () => undefined);
      outgoing.writeHead(200, { 'content-type': 'application/json' });
      outgoing.end(body);
    }),
  );
  const node = await stage.start();
  const harm = await stage.beside(node, async () => {
    await node.ask('mutation ($url: PeerUrl!) { addPeer(url: $url) { id } }', { url: peer.url });
    await delay(stage.short ? 3_000 : 8_000);
    return undefined;
  });
  const { peers } = await node.ask<{ peers: { standing: number; lastError: string }[] }>(
    '{ peers { standing lastError } }',
  );
  await stage.end(node);
  peer.close();
  return { harm, answer: `asked ${asked} times; standing ${peers[0]?.standing}: ${peers[0]?.lastError.slice(0, 60)}` };
}

async function repeat(seconds: number, once: () => Promise<unknown>): Promise<undefined> {
  const until = performance.now() + seconds * 1_000;
  while (performance.now() < until) await once();
}

async function listening(
  server: Server | ReturnType<typeof createTcpServer>,
): Promise<{ url: string; close: () => void }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    close: () => {
      if ('closeAllConnections' in server) server.closeAllConnections();
      server.close();
    },
  };
}
