import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, describe, it } from 'node:test';
import { createHeader, decodeBody, transactionsRoot } from '../../src/consensus/block.js';
import { systemClock } from '../../src/node/world.js';
import { httpConnection } from '../../src/peers/client/connection.js';
import { PeerClient } from '../../src/peers/client/peerClient.js';
import { Wire } from '../../src/peers/client/wire.js';
import { writingShortIds } from '../../src/peers/shortIds.js';
import { atOnce } from '../../src/util/turns.js';
import { silentLogger } from '../support/logger.js';
import { dummyTransactions, network, OWN_KEY } from './fakeClient.js';
import { httpServer } from './handwrittenServer.js';

interface Request {
  readonly query: string;
  readonly variables: { readonly transactions?: unknown; readonly block?: { readonly shortIds: string } };
}

interface Known {
  readonly mutations: readonly string[];
  readonly instance: string;
  /** What it answers instead. */
  readonly answers?: Readonly<Record<string, unknown>>;
}

/** A client of a peer that knows these mutations alone, and what the peer was asked. */
async function peerThatKnows(known: Known) {
  const asked: (string | undefined)[] = [];
  const bodies: Request[] = [];
  const url = await httpServer((response, body) => {
    const request = JSON.parse(body) as Request;
    const mutation = /\b(receive\w+)\(/.exec(request.query)?.[1];
    asked.push(mutation);
    bodies.push(request);
    if (mutation === undefined) response.end(JSON.stringify({ data: handshake(known.instance) }));
    else if (known.mutations.includes(mutation)) {
      const answer = known.answers?.[mutation];
      response.end(JSON.stringify({ data: answer ? { [mutation]: answer } : answers[mutation] }));
    } else refuse(response);
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
  receiveBroadcastBlock: { receiveBroadcastBlock: { alreadyKnown: false } },
  receiveBroadcastTransactions: { receiveBroadcastTransactions: [{ alreadyKnown: false }, { alreadyKnown: true }] },
};
const [PACKED, READABLE] = ['receiveBroadcastPackedTransactions', 'receiveBroadcastTransactions'] as const;
const OUTCOMES = [{ alreadyKnown: false }, { alreadyKnown: true }];
const batch = dummyTransactions(2);
const instance = '11'.repeat(32);

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

describe('announced ids', () => {
  const IDS = 'receiveBroadcastTransactionIds';
  const told = async (answer: unknown, mutations: readonly string[] = [IDS]) => {
    const peer = await peerThatKnows({ mutations, instance, answers: { [IDS]: answer } });
    const interests = peer.client.announceTransactions(dummyTransactions(3).map(({ id }) => id));
    return { ...peer, interests };
  };

  it('go one after another, and the answer says what is wanted now or later', async () => {
    const { interests, bodies } = await told({ wanted: [2], later: [0] });
    assert.deepEqual(await interests, ['later', 'known', 'wanted']);
    const ids = Buffer.from((bodies[0]!.variables as { ids: string }).ids, 'base64');
    assert.deepEqual(ids, Buffer.concat(dummyTransactions(3).map(({ id }) => id)));
  });

  it('an older peer does not know, and is sent all of them', async () => {
    const { interests, client, asked } = await told(undefined, []);
    assert.deepEqual(await interests, ['wanted', 'wanted', 'wanted']);
    await client.announceTransactions([dummyTransactions(1)[0]!.id]);
    assert.deepEqual(asked, [IDS]);
  });

  it('are not what a peer wants that names others, or more than there are', async () => {
    for (const wanted of [[3], [-1], [0.5], [0, 0, 1, 2]]) {
      const { interests } = await told({ wanted, later: [] });
      await assert.rejects(interests, { name: 'PeerError', misdeed: 'malformed' });
    }
  });
});

const [ANNOUNCED, REST, WHOLE] = [
  'receiveBroadcastCompactBlock',
  'receiveBroadcastBlockTransactions',
  'receiveBroadcastBlock',
] as const;
const [added, wanted] = [(alreadyKnown: boolean) => ({ alreadyKnown }), (missing: unknown) => ({ missing })];

describe('a block', () => {
  const block = (count: number) => {
    const transactions = dummyTransactions(count);
    const template = { ...network.genesis.header, height: 1, transactionCount: count };
    return {
      header: createHeader({ ...template, transactionsRoot: transactionsRoot(transactions) }, 0n),
      transactions,
    };
  };
  const sent = async (
    answers: Known['answers'],
    mutations: readonly string[] = [ANNOUNCED, REST, WHOLE],
    count = 16,
  ) => {
    const { client, asked, bodies } = await peerThatKnows({ mutations, instance, ...(answers && { answers }) });
    const outcome = await client.sendBlock(block(count));
    return { outcome, asked, bodies, client };
  };

  it('is announced by short ids, and that is all for a peer that has the rest', async () => {
    const { outcome, asked, bodies } = await sent({ [ANNOUNCED]: added(true) });
    assert.deepEqual([outcome, asked], [{ alreadyKnown: true }, [ANNOUNCED]]);
    const { header, transactions } = block(16);
    const shortIds = Buffer.from(bodies[0]!.variables.block!.shortIds, 'base64');
    assert.deepEqual(shortIds, Buffer.from(atOnce(writingShortIds(header.hash, transactions))));
  });

  it('is followed by what the peer lacks', async () => {
    const { outcome, asked, bodies } = await sent({ [ANNOUNCED]: wanted([3, 15]), [REST]: added(false) });
    assert.deepEqual([outcome, asked], [{ alreadyKnown: false }, [ANNOUNCED, REST]]);
    const packed = Buffer.from(bodies[1]!.variables.transactions as string, 'base64');
    const { transactions } = block(16);
    assert.deepEqual(decodeBody(network.chainId, packed), [transactions[3], transactions[15]]);
  });

  it('goes whole when the peer wants that, at once or after the rest', async () => {
    const atFirst = await sent({ [ANNOUNCED]: wanted(null) });
    assert.deepEqual([atFirst.outcome, atFirst.asked], [{ alreadyKnown: false }, [ANNOUNCED, WHOLE]]);
    const later = await sent({ [ANNOUNCED]: wanted([0]), [REST]: wanted([1]) });
    assert.deepEqual([later.outcome, later.asked], [{ alreadyKnown: false }, [ANNOUNCED, REST, WHOLE]]);
  });

  it('goes whole to an older peer, and if it is small', async () => {
    const { client, asked } = await sent(undefined, [WHOLE]);
    await client.sendBlock(block(16));
    assert.deepEqual(asked, [ANNOUNCED, WHOLE, WHOLE]);
    assert.deepEqual((await sent(undefined, undefined, 15)).asked, [WHOLE]);
  });

  it('is not sent to a peer that wants what it does not have, or the same twice without end', async () => {
    for (const missing of [[16], [-1], [0.5], Array.from({ length: 1_001 }, () => 0)]) {
      await assert.rejects(sent({ [ANNOUNCED]: wanted(missing) }), { name: 'PeerError', misdeed: 'malformed' });
    }
  });
});
