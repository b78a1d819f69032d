import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { after } from 'node:test';
import { temporaryFolder } from '../support/temporaryFolder.js';

/** Speaks TLS for a node and serves it below `path`, which it strips, as nginx does for `location /path/`; its URL for that path. */
export async function startProxy(node: string, path: `/${string}/`): Promise<string> {
  const { port } = new URL(node);
  const folder = temporaryFolder();
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-days', '2', '-nodes', '-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', ...subject], {
    stdio: 'ignore',
  });
  const forward = ({ method, url = '', headers }: IncomingMessage) =>
    request({ host: '127.0.0.1', port, method, path: `/${url.slice(path.length)}`, headers });
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (incoming, reply) => {
    if (!incoming.url?.startsWith(path)) {
      reply.writeHead(404, { 'content-type': 'text/html' }).end('nothing of the node is here');
      return;
    }
    const forwarded = forward(incoming).on('response', (answer) => {
      reply.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(reply);
    });
    incoming.pipe(forwarded.on('error', () => reply.destroy()));
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.on('upgrade', (incoming: IncomingMessage, client: Socket) => {
    forward(incoming)
      .on('upgrade', ({ headers }, upstream: Socket, head) => {
        const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`);
        client.write(['HTTP/1.1 101 Switching Protocols', ...lines, '', ''].join('\r\n'));
        upstream.unshift(head);
        upstream.on('error', () => client.destroy()).pipe(client);
        client.on('error', () => upstream.destroy()).pipe(upstream);
      })
      .on('response', () => client.destroy())
      .on('error', () => client.destroy())
      .end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
}
