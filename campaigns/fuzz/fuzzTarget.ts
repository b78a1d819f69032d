import { once } from 'node:events';
import { connect } from 'node:net';
import { Pool } from 'undici';
import { WebSocket } from 'ws';
import type { NodeRun } from '../nodeRun.js';
import type { Probe } from './probes.js';

/** The node that is asked, and what its answers had wrong. */
export class FuzzTarget {
  readonly #node: NodeRun;
  readonly #pool: Pool;
  readonly #faults = new Map<string, { count: number; first: string }>();
  #socket: Promise<WebSocket> | undefined;
  #messages = 0;
  #lastMessage = '';
  /** Milliseconds by surface. */
  readonly times = new Map<string, number>();
  /** Milliseconds of the slowest answer. */
  slowestMs = 0;

  constructor(node: NodeRun) {
    this.#node = node;
    this.#pool = new Pool(new URL(node.url).origin, { connections: 8, pipelining: 1, headersTimeout: 20_000 });
  }

  /** Sends it, and notes what is wrong with the answer. */
  async send(probe: Probe): Promise<void> {
    const started = performance.now();
    if (probe.kind === 'message') await this.#message(probe.data);
    else if (probe.kind === 'bytes') await this.#bytes(probe.bytes);
    else await this.#request(probe);
    const took = performance.now() - started;
    this.times.set(probe.surface, (this.times.get(probe.surface) ?? 0) + took);
    this.slowestMs = Math.max(this.slowestMs, took);
    if (took > MAX_MS)
      this.#note(`${probe.surface}: no answer within a second`, `${Math.round(took)} ms: ${shown(probe)}`);
  }

  /** One line for each kind of fault. */
  get faults(): string[] {
    return [...this.#faults].map(([what, { count, first }]) => `${count} × ${what}, first ${first}`);
  }

  async close(): Promise<void> {
    (await this.#socket)?.terminate();
    await this.#pool.destroy();
  }

  async #request(probe: Extract<Probe, { kind: 'request' }>): Promise<void> {
    const { method, path, headers, body } = probe;
    try {
      const answer = await this.#pool.request({ method, path, headers, body: body ?? null });
      const type = String(answer.headers['content-type']);
      if (type.startsWith('text/event-stream')) {
        // A subscription that is right goes on for as long as it is read.
        answer.body.on('error', () => undefined).destroy();
        return;
      }
      const text = await answer.body.text();
      // 501: this build has no pages.
      if (answer.statusCode >= 500 && answer.statusCode !== 501)
        this.#note(`${probe.surface}: HTTP ${answer.statusCode}`, `${shown(probe)} got ${text.slice(0, 200)}`);
      const isGraphql = path.startsWith('/graphql') && !type.startsWith('text/');
      if (isGraphql && !isAnswer(text))
        this.#note(
          `${probe.surface}: no GraphQL answer`,
          `${shown(probe)} got ${answer.statusCode} ${text.slice(0, 200)}`,
        );
    } catch (error) {
      // A header that undici does not send either, or a refusal that ends the connection.
      if (this.#node.hasEnded) throw error;
    }
  }

  async #bytes(bytes: Buffer): Promise<void> {
    const { hostname: host, port } = new URL(this.#node.url);
    const socket = connect({ host, port: Number(port) });
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.end(bytes);
    await closed;
    if (/^HTTP\/1\.1 5/.test(text))
      this.#note(
        'bytes: HTTP 5xx',
        `${JSON.stringify(bytes.toString('latin1')).slice(0, 300)} got ${text.slice(0, 100)}`,
      );
  }

  async #message(data: string | Buffer): Promise<void> {
    if (this.#messages++ % 50 === 0) this.#socket = this.#open(this.#socket);
    const socket = await this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) {
      this.#messages = 0;
      return;
    }
    this.#lastMessage = data.toString();
    socket.send(data);
  }

  /** A connection instead of the last one; one that was refused is not open. */
  async #open(last: Promise<WebSocket> | undefined): Promise<WebSocket> {
    (await last)?.terminate();
    const socket = new WebSocket(this.#node.url.replace('http', 'ws'), 'graphql-transport-ws');
    socket.on('error', () => undefined);
    socket.on('close', (code, reason) => {
      if (code === 1011 || code === 4500)
        this.#note(`WebSocket: closed with ${code}`, `${reason.toString()} after ${this.#lastMessage.slice(0, 300)}`);
    });
    socket.on('message', (message: Buffer) => {
      if (!message.includes('INTERNAL_SERVER_ERROR')) return;
      this.#note('WebSocket: INTERNAL_SERVER_ERROR', message.toString().slice(0, 200));
    });
    await Promise.race([once(socket, 'open'), once(socket, 'close')]).catch(() => undefined);
    if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"connection_init"}');
    return socket;
  }

  #note(what: string, example: string): void {
    const known = this.#faults.get(what);
    if (known) known.count++;
    else this.#faults.set(what, { count: 1, first: example });
  }
}

/** JSON of an object with data or coded errors. */
function isAnswer(text: string): boolean {
  try {
    const { data, errors } = JSON.parse(text) as {
      data?: unknown;
      errors?: { message: unknown; extensions?: { code?: unknown } }[];
    };
    const isCoded =
      errors?.every(
        ({ message, extensions }) =>
          typeof message === 'string' &&
          typeof extensions?.code === 'string' &&
          extensions.code !== 'INTERNAL_SERVER_ERROR',
      ) ?? true;
    return isCoded && (data !== undefined || (errors?.length ?? 0) > 0);
  } catch {
    return false;
  }
}

function shown(probe: Probe): string {
  return JSON.stringify(probe.kind === 'request' ? [probe.path, probe.headers, probe.body] : probe.kind).slice(0, 400);
}

const MAX_MS = 1_000;
