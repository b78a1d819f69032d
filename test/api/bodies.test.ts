import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { toHex } from '../../src/crypto/bytes.js';
import { keyPairFromSeed } from '../../src/crypto/ed25519.js';
import { countValues, PEER_BODY, STRANGER_BODY } from '../../src/http/body.js';
import type { Services } from '../../src/graphql/services.js';
import { localSigner } from '../../src/wallet/signer.js';
import { testNetwork } from '../support/blocks.js';
import { sealedHeaders, type Sealed } from '../support/envelope.js';
import { errorCode, INFO, testServer, type Reply } from './testServer.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const [peer, node] = [7, 8].map((byte) => ({
  key: localSigner(keyPairFromSeed(new Uint8Array(32).fill(byte))),
  receiver: INFO.id,
  chainId: testNetwork().chainId,
})) as [Sealed, Sealed];
const byId = (id: string) => (id === toHex(peer.key.publicKey) ? { status: 'CONNECTED' } : undefined);
const peers = { list: () => [], contacted: () => undefined, byId } as unknown as Services['peers'];
const { call, url } = await testServer({ peers });

/** A query, and variables that nothing in it uses. */
function withVariables(variables: string): string {
  return `{"query":"{ chain { height } }","variables":{"v":${variables}}}`;
}

function send(body: string, headers: Record<string, string> = {}): Promise<Reply> {
  return call({ headers: { ...JSON_TYPE, ...headers }, body });
}

function assertTooLarge(reply: Reply, message: RegExp): void {
  assert.deepEqual([reply.status, errorCode(reply)], [413, 'REQUEST_TOO_LARGE'], reply.text.slice(0, 200));
  assert.match(reply.text, message);
  assert.ok(reply.text.length < 300);
}

describe('a request that is signed by a key that anybody can make', () => {
  it('threat self-made-key: may cost what a stranger’s may, and a peer’s forty times that', async () => {
    const aliases = Array.from({ length: 20 }, (_, i) => `a${i}: headersAfter(locator: []) { hash miner }`).join(' ');
    const body = JSON.stringify({ query: `{ chain { ${aliases} } }` });
    assert.equal(errorCode(await send(body, await sealedHeaders(body, node))), 'QUERY_TOO_EXPENSIVE');
    assert.equal((await send(body, await sealedHeaders(body, peer))).status, 200);
  });
});

describe('a body', () => {
  it('threat long-body: is at most 1 MiB from a stranger, and 16 MiB from a node that proves its identity', async () => {
    const padded = withVariables('0') + ' '.repeat(STRANGER_BODY.bytes);
    assertTooLarge(await send(padded), /at most 1048576 bytes, got more; a node that proves its identity may send/);
    assert.equal((await send(padded.slice(0, STRANGER_BODY.bytes))).status, 200);
    assert.equal((await send(padded, await sealedHeaders(padded, node))).status, 200);
    const longer = withVariables('0') + ' '.repeat(PEER_BODY.bytes);
    assertTooLarge(await send(longer, await sealedHeaders(longer, node)), /at most 16777216 bytes, got more/);
  });

  it('threat long-body: that does not say how long it is, is read no further than that', async () => {
    const chunk = new TextEncoder().encode(' '.repeat(65_536));
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += chunk.length;
        if (sent > 64 * STRANGER_BODY.bytes) controller.error(new Error('expected an answer'));
        else controller.enqueue(chunk);
      },
    });
    const answer = await fetch(url, {
      method: 'POST',
      headers: JSON_TYPE,
      body: endless,
      duplex: 'half',
    })
      .then((response) => response.status)
      // The connection may be closed while it still writes.
      .catch(() => 413);
    assert.equal(answer, 413);
    assert.ok(sent < 32 * STRANGER_BODY.bytes, `${sent} bytes`);
  });

  it('threat json-bomb: of too many values is refused before it is parsed, compressed or not', async () => {
    const items = (count: number, item: string) => `[${Array.from({ length: count }, () => item).join(',')}]`;
    for (const item of ['{}', '[]', '0', '""', '[[]]', '{"a":1}']) {
      const body = withVariables(items(STRANGER_BODY.values, item));
      assertTooLarge(await send(body), /expected JSON of at most 40000 names and values, got more/);
      const { status } = await fetch(url, {
        method: 'POST',
        headers: { ...JSON_TYPE, 'content-encoding': 'gzip' },
        body: gzipSync(body),
      });
      assert.equal(status, 413);
      assertTooLarge(await send(body, await sealedHeaders(body, node)), /at most 40000 names and values/);
      assert.equal((await send(body, await sealedHeaders(body, peer))).status, 200, 'of a peer');
    }
    const more = withVariables(items(PEER_BODY.values, '{}'));
    assertTooLarge(await send(more, await sealedHeaders(more, peer)), /at most 600000 names and values/);
  });

  it('threat json-bomb: of too many levels is refused before it is parsed', async () => {
    const nested = (levels: number) => withVariables('['.repeat(levels) + ']'.repeat(levels));
    assert.equal((await send(nested(14))).status, 200);
    assertTooLarge(await send(nested(15)), /at most 16 levels/);
    assertTooLarge(await send('{"a":'.repeat(100_000)), /at most 16 levels/);
  });

  it('is counted by its values, not by what stands in its texts', () => {
    const count = (text: string, values: number) => countValues(Buffer.from(text), { values });
    count('{"a": "[[[[{{{{,,,,1 2 3", "b\\"": "\\\\", "c": [1,2 , -3.5e7, true,null]}', 12);
    assert.throws(() => count('{"a": "", "b": "", "c": [1,2,3,4,5]}', 11), /at most 11 names and values/);
    count('"'.repeat(3), 2);
    count('"\\', 1);
  });
});
