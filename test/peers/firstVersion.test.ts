import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { buildSchema, graphql, parse, validate } from 'graphql';
import * as peerOperations from '../../src/client/operations/peer.js';
import { HeadersAfterDocument } from '../../src/client/operations/public.js';
import { systemClock } from '../../src/node/world.js';
import { httpConnection } from '../../src/peers/client/connection.js';
import { PeerClient } from '../../src/peers/client/peerClient.js';
import { Wire } from '../../src/peers/client/wire.js';
import { packageFolder } from '../support/packageFolder.js';
import { network, OWN_KEY } from './fakeClient.js';
import { silentLogger } from '../support/logger.js';
import { httpServer } from './handwrittenServer.js';

const released = buildSchema(readFileSync(`${packageFolder()}/test/graphql/released.graphql`, 'utf8'));
const rootValue = {
  nodeInfo: { id: 'a'.repeat(64), chainId: 'b'.repeat(64), version: '0.1.0', protocolVersion: 1 },
  chain: { height: 7, work: '8', tip: { hash: 'c'.repeat(64) } },
};

describe('a node of version 0.1', () => {
  it('is greeted with fields of its own schema, and has no proven id', async () => {
    const url = await httpServer((response, body) => {
      const { query: source, variables: variableValues } = JSON.parse(body) as {
        query: string;
        variables: Record<string, unknown>;
      };
      const errors = validate(released, parse(source));
      if (errors.length === 0) {
        void graphql({ schema: released, source, variableValues, rootValue }).then((result) => {
          response.end(JSON.stringify(result));
        });
        return;
      }
      response.statusCode = 400;
      const refused = errors.map(({ message }) => ({ message, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }));
      response.end(JSON.stringify({ errors: refused }));
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
    const { proven, instance, version, height } = await client.handshake();
    assert.deepEqual([proven, instance, version, height], [false, undefined, '0.1.0', 7]);
  });

  it('answers everything else that peers have asked each other since then', () => {
    const { FirstHandshakeDocument, PeerUrlsDocument, BlocksByHashDocument } = peerOperations;
    const { ReceiveBroadcastTransactionsDocument, ReceiveBroadcastBlockDocument } = peerOperations;
    const sent = [
      FirstHandshakeDocument,
      PeerUrlsDocument,
      HeadersAfterDocument,
      BlocksByHashDocument,
      ReceiveBroadcastTransactionsDocument,
      ReceiveBroadcastBlockDocument,
    ];
    for (const document of sent) assert.deepEqual(validate(released, parse(document.toString())), []);
    // What is new has an older way, or is asked again later.
    const { ReceiveBroadcastHeadersDocument, ReceiveBroadcastPackedTransactionsDocument } = peerOperations;
    for (const document of [ReceiveBroadcastHeadersDocument, ReceiveBroadcastPackedTransactionsDocument])
      assert.notDeepEqual(validate(released, parse(document.toString())), []);
  });
});
