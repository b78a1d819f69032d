import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { testNetwork } from '../support/blocks.js';
import type { LogLine } from '../support/logger.js';
import { eventually, startTestNode, type TestNode } from '../support/node.js';
import { ADD_PEER } from '../support/operations.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const ADD_AND_SHOW = 'mutation ($url: PeerUrl!) { addPeer(url: $url) { url status lastError } }';
const localhost = ({ url }: TestNode) => url.replace('127.0.0.1', 'localhost');

describe('whole nodes', () => {
  it('that are named twice are one peer', async () => {
    const [node, other] = [await startTestNode(), await startTestNode()];
    await node.admin(ADD_PEER, { url: other.url });
    await assert.rejects(node.admin(ADD_PEER, { url: localhost(other) }), (error) => {
      const { message } = error as Error;
      return message.includes(other.url) && message.includes(localhost(other)) && message.includes('DUPLICATE');
    });
    const { peers } = await node.ask<{ peers: unknown[] }>('{ peers { url status } }');
    assert.deepEqual(peers, [{ url: other.url, status: 'CONNECTED' }]);
    await assert.rejects(node.admin(ADD_PEER, { url: localhost(node) }), /got this node itself/);
  });

  it('with one node.key say so to each other and to a third', async () => {
    const log: LogLine[] = [];
    const original = await startTestNode({ log });
    const data = temporaryFolder();
    copyFileSync(join(original.data, 'node.key'), join(data, 'node.key'));
    const copy = await startTestNode({ data });
    const third = await startTestNode();
    await assert.rejects(original.admin(ADD_AND_SHOW, { url: copy.url }), /copy of this node's node\.key/);
    assert.deepEqual(
      log.filter(({ level }) => level === 40).map(({ peer }) => peer),
      [copy.url],
    );
    await third.admin(ADD_PEER, { url: original.url });
    await assert.rejects(third.admin(ADD_PEER, { url: copy.url }), /same node\.key, of which one is a copy/);
  });

  it('that are refused at the start of another have one line in its log', async () => {
    const stranger = await startTestNode({ network: testNetwork({ name: 'other' }) });
    const log: LogLine[] = [];
    const node = await startTestNode({ peers: [stranger.url], log });
    const refused = () => log.filter(({ msg }) => msg === 'peer refused');
    await eventually(
      () => node.ask<{ peers: unknown[] }>('{ peers { url } }'),
      ({ peers }) => refused().length > 0 && peers.length === 1,
    );
    await node.close();
    assert.deepEqual(
      refused().map(({ peer }) => peer),
      [stranger.url],
    );
    assert.match(String(refused()[0]!['reason']), /^expected a node of chain/);
  });
});
