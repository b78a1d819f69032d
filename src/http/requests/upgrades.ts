import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * Leaves to the listeners there are what asks for a WebSocket, and answers every other request that offers an upgrade, such as the
 * h2c of Java and curl, as if it offered none (RFC 9110, 7.8). Once there is a listener for upgrades, Node hands it all of them
 * and reads no body, so they are put back where they came from, without the offer.
 */
export function ignoreOtherUpgrades(server: Server): void {
  const listeners = server.listeners('upgrade');
  server.removeAllListeners('upgrade');
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.method === 'GET' && request.headers.upgrade?.toLowerCase() === 'websocket') {
      for (const listener of listeners) listener.call(server, request, socket, head);
      return;
    }
    // Each time it is put back, the server adds one of its own.
    socket.removeAllListeners('timeout');
    socket.unshift(head);
    socket.unshift(Buffer.from(withoutUpgrade(request), 'latin1'));
    server.emit('connection', socket);
  });
}

/** The head of a request as it came, in which no upgrade is offered. */
function withoutUpgrade({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name, value] = [rawHeaders[i]!, rawHeaders[i + 1]!];
    const lower = name.toLowerCase();
    if (OF_UPGRADE.has(lower)) continue;
    const rest = lower === 'connection' ? besidesUpgrade(value) : value;
    if (lower !== 'connection' || rest !== '') lines.push(`${name}: ${rest}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Of the header Connection, what is not about the upgrade. */
function besidesUpgrade(connection: string): string {
  const tokens = connection.split(',').map((token) => token.trim());
  return tokens.filter((token) => !OF_UPGRADE.has(token.toLowerCase())).join(', ');
}

const OF_UPGRADE: ReadonlySet<string> = new Set(['upgrade', 'http2-settings']);
