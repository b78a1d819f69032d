import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { WebSocket } from 'undici';
import { WebSocketServer } from 'ws';
import { CorrenteClient } from '../../src/client/correnteClient.js';
import {
  AccountDocument,
  MineBlocksDocument,
  PeerChangedDocument,
  TipDocument,
} from '../../src/client/operations/public.js';
import { testNetwork } from '../support/blocks.js';
import { startTestNode } from '../support/node.js';

/** Address of a server that is no node. */
async function serve(context: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

/** Rejects as a client of this address does when it asks for the tip. */
const ask = (url: string, timeoutMs = 5_000) => new CorrenteClient({ url, timeoutMs }).request(TipDocument, {});

describe('a request that gets no result', () => {
  it('has the code that the node answered', async () => {
    const node = await startTestNode({ network: testNetwork() });
    const client = new CorrenteClient({ url: node.url });
    assert.equal((await client.request(TipDocument, {})).chain.tip.height, 0);
    await assert.rejects(client.request(AccountDocument, { address: 'nonsense' }), {
      name: 'RequestError',
      code: 'BAD_USER_INPUT',
    });
    await assert.rejects(client.request(MineBlocksDocument, { count: 1 }), { code: 'UNAUTHENTICATED' });
  });

  it('NO_GRAPHQL: something else answers', async (context) => {
    for (const [status, body] of [
      [404, 'not here'],
      [200, '<html></html>'],
      [200, '{"ok":true}'],
      [502, '{"errors":[{"message":"bad gateway"}]}'],
    ] as const) {
      const url = await serve(context, (_request, response) => {
        response
          .writeHead(status, { 'content-type': body.startsWith('{') ? 'application/json' : 'text/html' })
          .end(body);
      });
      await assert.rejects(ask(url), { name: 'RequestError', code: 'NO_GRAPHQL' }, `${status} ${body}`);
    }
  });

  it('UNREACHABLE: nothing is there, or it hangs up', async (context) => {
    const url = await serve(context, (request) => request.socket.destroy());
    await assert.rejects(ask(url), {
      code: 'UNREACHABLE',
      message: new RegExp(`^${url}: expected a running node, got `),
    });
    await assert.rejects(ask('http://127.0.0.1:9/graphql'), { code: 'UNREACHABLE' });
    const stopping = await serve(context, (_request, response) => response.writeHead(503).end('{"statusCode":503}'));
    await assert.rejects(ask(stopping), { code: 'UNREACHABLE', message: /got HTTP 503$/ });
  });

  it('TIMED_OUT: no answer comes in time', async (context) => {
    const url = await serve(context, () => undefined);
    await assert.rejects(ask(url, 50), { code: 'TIMED_OUT' });
  });

  it('the reason of the signal that aborts it', async (context) => {
    const url = await serve(context, () => undefined);
    const request = new CorrenteClient({ url }).request(TipDocument, {}, AbortSignal.abort(new Error('enough')));
    await assert.rejects(request, /^Error: enough$/);
  });
});

describe('a subscription that fails', () => {
  /** A WebSocket server that accepts connections, and answers a message of a type by `answer`. */
  const socketServer = async (context: TestContext, answer: (type: string, id: string) => object | undefined) => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'graphql-transport-ws' });
    await once(server, 'listening');
    context.after(() => {
      for (const client of server.clients) client.terminate();
      server.close();
    });
    server.on('connection', (socket) =>
      socket.on('message', (data: Buffer) => {
        const { type, id } = JSON.parse(data.toString()) as { type: string; id: string };
        const reply = type === 'connection_init' ? { type: 'connection_ack' } : answer(type, id);
        if (reply) socket.send(JSON.stringify(reply));
      }),
    );
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  };
  const read = async (client: CorrenteClient) => {
    for await (const answer of client.subscribe!(PeerChangedDocument, {})) assert.fail(JSON.stringify(answer));
  };

  it('has the code that the node answered', async (context) => {
    const errors = [{ message: 'too many', extensions: { code: 'TOO_MANY_SUBSCRIPTIONS' } }];
    for (const answer of [
      (id: string) => ({ id, type: 'error', payload: errors }),
      (id: string) => ({ id, type: 'next', payload: { data: null, errors } }),
    ]) {
      const url = await socketServer(context, (type, id) => (type === 'subscribe' ? answer(id) : undefined));
      const client = new CorrenteClient({ url, webSocket: WebSocket });
      await assert.rejects(read(client), { name: 'RequestError', code: 'TOO_MANY_SUBSCRIPTIONS', message: 'too many' });
    }
  });

  it('ends when the node completes it', async (context) => {
    const url = await socketServer(context, (type, id) =>
      type === 'subscribe' ? { id, type: 'complete' } : undefined,
    );
    await read(new CorrenteClient({ url, webSocket: WebSocket }));
  });

  it('UNREACHABLE: no WebSocket is taken there', async (context) => {
    const url = await serve(context, (_request, response) => response.writeHead(404).end());
    await assert.rejects(read(new CorrenteClient({ url, webSocket: WebSocket })), { code: 'UNREACHABLE' });
  });

  it('UNREACHABLE: the node went silent, without a word', async (context) => {
    let pings = 0;
    const url = await socketServer(context, (type) => {
      if (type === 'ping') pings++;
      return undefined;
    });
    const client = new CorrenteClient({ url, webSocket: WebSocket, pingMs: 20, timeoutMs: 20 });
    await assert.rejects(read(client), { code: 'UNREACHABLE' });
    assert.ok(pings > 0);
  });

  it('goes on while the node answers its pings', async (context) => {
    const enough = new AbortController();
    let pings = 0;
    const url = await socketServer(context, (type) => {
      if (type !== 'ping') return undefined;
      if (++pings === 5) enough.abort();
      return { type: 'pong' };
    });
    const client = new CorrenteClient({ url, webSocket: WebSocket, pingMs: 20, timeoutMs: 2_000 });
    for await (const answer of client.subscribe!(PeerChangedDocument, {}, enough.signal))
      assert.fail(JSON.stringify(answer));
    assert.equal(pings, 5);
  });

  it('is undefined if neither the platform nor the caller gives a WebSocket', () => {
    const platform = globalThis as { readonly WebSocket?: unknown };
    const client = new CorrenteClient({ url: 'http://127.0.0.1:9/graphql' });
    assert.equal(client.subscribe === undefined, platform.WebSocket === undefined);
  });
});
