import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { after } from 'node:test';

/** URL of an HTTP server on a free port that answers each request, read whole, by a function of the test. */
export function httpServer(
  answer: (response: ServerResponse, body: string, request: IncomingMessage) => unknown,
): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => answer(response, body, request));
  });
  return serve(server, () => server.closeAllConnections());
}

/** URL of a server that treats each connection by a function of the test. */
export function tcpServer(accept: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    accept(socket);
  });
  return serve(server, () => sockets.forEach((socket) => socket.destroy()));
}

async function serve(server: Server, beforeClose: () => void): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    beforeClose();
    server.close();
  });
  return urlOf(server);
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}
