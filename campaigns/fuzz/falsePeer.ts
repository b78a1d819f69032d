import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ClientError } from 'graphql-request';
import type { NodeRun } from '../nodeRun.js';
import { toHex } from '../../src/crypto/bytes.js';
import type { Random } from '../random.js';
import { mutated } from './mutation.js';

/** Has the node ask a peer whose answers are near right ones; the peer is gone when this resolves. */
export async function answerFalsely(node: NodeRun, chainId: Uint8Array, random: Random): Promise<void> {
  const server = createServer((incoming, outgoing) => {
    incoming.resume();
    outgoing.writeHead(random.pick([200, 200, 200, 200, 400, 500, 503]), { 'content-type': 'application/json' });
    outgoing.end(mutated(ANSWER.replace('CHAIN', toHex(chainId)), random));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  try {
    await node.ask('mutation ($url: PeerUrl!) { addPeer(url: $url) { id } }', { url });
  } catch (error) {
    if (!(error instanceof ClientError) || error.message.includes('INTERNAL_SERVER_ERROR')) throw error;
  } finally {
    await node.ask('mutation ($url: PeerUrl!) { removePeer(url: $url) }', { url });
    server.closeAllConnections();
    server.close();
  }
}

const ANSWER = JSON.stringify({
  data: {
    nodeInfo: {
      id: 'ab'.repeat(32),
      chainId: 'CHAIN',
      version: '0.1.0',
      protocolVersion: 1,
      publicUrl: null,
      instance: 'ef'.repeat(32),
      proof: '01'.repeat(64),
    },
    chain: { height: 5, work: '12345', tip: { hash: '23'.repeat(32) } },
    peers: [{ url: 'http://127.0.0.1:9/graphql', status: 'CONNECTED' }],
  },
});
