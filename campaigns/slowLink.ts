import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

/*
 * A program that forwards connections on a host: each argument is `host:port=host:port`, from and to. A line `slow` on its standard input
 * lets one byte a second of each connection through, in both directions, a line `whole` all of them again. It writes `ready` once it listens.
 */

const SLOW_MS = 1_000;
let isSlow = false;

createInterface({ input: process.stdin })
  .on('line', (line) => (isSlow = line === 'slow'))
  .on('close', () => process.exit());

for (const [from, to] of process.argv.slice(2).map((link) => link.split('='))) {
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ ...place(to!), allowHalfOpen: true });
    for (const socket of [near, far]) socket.setNoDelay().on('error', () => undefined);
    void forward(near, far);
    void forward(far, near);
  });
  server.listen(place(from!));
  await once(server, 'listening');
}
console.log('ready');

/** Ends both when one of them fails. */
async function forward(from: Socket, to: Socket): Promise<void> {
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      let rest = chunk;
      while (rest.length > 0) {
        const count = isSlow ? 1 : rest.length;
        if (!to.write(rest.subarray(0, count))) await once(to, 'drain');
        rest = rest.subarray(count);
        if (isSlow) await delay(SLOW_MS);
        if (to.destroyed) throw new Error('the other side is gone');
      }
    }
    to.end();
  } catch {
    from.destroy();
    to.destroy();
  }
}

function place(text: string): { readonly host: string; readonly port: number } {
  const [host, port] = text.split(':');
  return { host: host!, port: Number(port) };
}
