import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Fate of a request on its way to a node. */
export type Mishap =
  | 'none'
  /** The connection ends before the node hears anything. */
  | 'cut before'
  /** The node has it, and the connection ends before its answer is heard. */
  | 'cut after'
  /** The node has it, and a proxy that gave up answers for it. */
  | 'HTTP 502'
  /** The node has it, and a proxy answers with a page. */
  | 'page'
  /** The node has it, and a proxy answers with JSON of its own. */
  | 'other JSON'
  /** The node has it, and its answer has neither data nor errors. */
  | 'no data'
  /** The node has the request, and fails afterwards. */
  | 'internal error'
  /** The node has it, and its answer never comes. */
  | 'silence';

export interface UnreliableProxy {
  readonly url: string;
  /** Where requests go to: a node can come back on another port. */
  target: string;
  /** Decides about each request; called with its body. */
  mishap: (body: string) => Mishap;
  close(): void;
}

/** Stands between a client and a node, and loses chosen requests and answers. */
export async function unreliableProxy(target: string): Promise<UnreliableProxy> {
  const server = createServer((incoming, outgoing) => {
    void handle(incoming, outgoing).catch(() => incoming.socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: UnreliableProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    target,
    mishap: () => 'none',
    close: () => server.close().closeAllConnections(),
  };
  return proxy;

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const mishap = proxy.mishap(body.toString());
    if (mishap === 'cut before') {
      incoming.socket.destroy();
      return;
    }
    const { status, headers, answer } = await forward(incoming, body);
    switch (mishap) {
      case 'none':
        outgoing.writeHead(status, { 'content-type': headers['content-type'] ?? 'text/plain' }).end(answer);
        return;
      case 'cut after':
        incoming.socket.destroy();
        return;
      case 'HTTP 502':
        outgoing.writeHead(502, { 'content-type': 'text/html' }).end('<html>bad gateway</html>');
        return;
      case 'page':
        outgoing.writeHead(200, { 'content-type': 'text/html' }).end('<html>sign in</html>');
        return;
      case 'other JSON':
        outgoing.writeHead(200, { 'content-type': 'application/json' }).end('{"message":"maintenance"}');
        return;
      case 'no data':
        outgoing.writeHead(200, { 'content-type': 'application/json' }).end('{"data":null}');
        return;
      case 'internal error':
        outgoing
          .writeHead(200, { 'content-type': 'application/json' })
          .end('{"data":null,"errors":[{"message":"internal error","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}');
        return;
      case 'silence':
        return;
    }
  }

  async function forward(incoming: IncomingMessage, body: Buffer) {
    const { hostname, port, pathname } = new URL(proxy.target);
    const headers = { ...incoming.headers, host: `${hostname}:${port}`, 'content-length': `${body.length}` };
    const onward = request({ hostname, port, path: pathname, method: incoming.method ?? 'POST', headers });
    onward.end(body);
    const [answer] = (await once(onward, 'response')) as [IncomingMessage];
    return { status: answer.statusCode!, headers: answer.headers, answer: await buffer(answer) };
  }
}
