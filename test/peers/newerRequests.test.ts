import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, describe, it } from 'node:test';
import { decodeBody } from '../../src/consensus/block.js';
import { systemClock } from '../../src/node/world.js';
import { httpConnection } from '../../src/peers/client/connection.js';
import { PeerClient } from '../../src/peers/client/peerClient.js';
import { Wire } from '../../src/peers/client/wire.js';
import { silentLogger } from '../support/logger.js';
import { dummyTransactions, network, OWN_KEY } from './fakeClient.js';
import { httpServer } from './handwrittenServer.js';

interface Request {
  readonly query: string;
  readonly variables: { readonly transactions: unknown };
}

/** A client of a peer that knows these mutations alone, and what the peer was asked. */
async function peerThatKnows(known: { mutations: readonly string[]; instance: string }) {
  const asked: (string | undefined)[] = [];
  const bodies: Request[] = [];
  const url = await httpServer((response, body) => {
    const request = JSON.parse(body) as Request;
    const mutation = /\b(receive\w+)\(/.exec(request.query)?.[1];
    asked.push(mutation);
    bodies.push(request);
    if (mutation === undefined) response.end(JSON.stringify({ data: handshake(known.instance) }));
    else if (known.mutations.includes(mutation)) response.end(JSON.stringify({ data: answers[mutation] }));
    else refuse(response);
  });
  const client = new PeerClient(
    { url, chainId: network.chainId, timeoutMs: 2_000 },
    {
      wire: new Wire(network),
      connection: httpConnection(url, false),
      clock: systemClock,
      key: OWN_KEY,
      log: silentLogger(),
    },
  );
  after(() => client.close());
  return { client, asked, bodies };
}

function refuse(response: ServerResponse): void {
  response.statusCode = 400;
  const extensions = { code: 'GRAPHQL_VALIDATION_FAILED' };
  response.end(JSON.stringify({ errors: [{ message: 'no such field', extensions }] }));
}

function handshake(instance: string) {
  const nodeInfo = {
    id: 'a'.repeat(64),
    chainId: 'b'.repeat(64),
    version: '1',
    protocolVersion: 1,
    instance,
    proof: null,
  };
  return { nodeInfo, chain: { height: 7, work: '8', tip: { hash: 'c'.repeat(64) } } };
}

const answers: Readonly<Record<string, unknown>> = {
  receiveBroadcastPackedTransactions: { receiveBroadcastPackedTransactions: { alreadyKnown: [1], refused: [] } },
  receiveBroadcastTransactions: { receiveBroadcastTransactions: [{ alreadyKnown: false }, { alreadyKnown: true }] },
};
const [PACKED, READABLE] = ['receiveBroadcastPackedTransactions', 'receiveBroadcastTransactions'] as const;
const OUTCOMES = [{ alreadyKnown: false }, { alreadyKnown: true }];
const batch = dummyTransactions(2);

describe('a batch of transactions', () => {
  it('goes packed, as a block has them', async () => {
    const { client, asked, bodies } = await peerThatKnows({ mutations: [PACKED, READABLE], instance: '11'.repeat(32) });
    assert.deepEqual(await client.sendTransactions(batch), OUTCOMES);
    assert.deepEqual(asked, [PACKED]);
    const packed = Buffer.from(bodies[0]!.variables.transactions as string, 'base64');
    assert.deepEqual(decodeBody(network.chainId, packed), batch);
  });

  it('goes readable to an older peer, which is asked in vain once until it is started again', async () => {
    const known = { mutations: [READABLE] as string[], instance: '11'.repeat(32) };
    const { client, asked } = await peerThatKnows(known);
    await client.handshake();
    assert.deepEqual(await client.sendTransactions(batch), OUTCOMES);
    await client.handshake();
    assert.deepEqual(await client.sendTransactions(batch), OUTCOMES);
    assert.deepEqual(asked.splice(0), [undefined, PACKED, READABLE, undefined, READABLE]);
    known.mutations.push(PACKED);
    known.instance = '22'.repeat(32);
    await client.handshake();
    assert.deepEqual(await client.sendTransactions(batch), OUTCOMES);
    assert.deepEqual(asked, [undefined, PACKED]);
  });
});
