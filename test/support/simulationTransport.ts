import type { FastifyInstance } from 'fastify';
import type { NodeClock, Transport } from '../../src/node/world.js';
import type { PeerRequest } from '../../src/peers/ports.js';

/** One answer on its way. */
export interface Answer {
  readonly body: Uint8Array;
  /** Of the GraphQL document that was asked: `Handshake`, `BlocksByHash`, … */
  readonly operation: string;
  readonly clock: NodeClock;
  /** Aborted when the caller stops waiting. */
  readonly signal: AbortSignal;
}

/** Fate of an answer: the bytes that arrive, when they arrive, and how it ends. */
export type Fault = (answer: Answer) => AsyncIterable<Uint8Array>;

/** The way of requests from one node to another, and of their answers back. A test changes it at any time. */
export interface Link {
  /** Requests are refused, and answers under way are lost. */
  cut: boolean;
  /** Each way. */
  delayMs: number;
  /** Answers arrive whole and at once where it is undefined. */
  fault: Fault | undefined;
}

/** A network in memory: the host of a URL is the name of a node, and a request is handed to that node's HTTP server. */
export class SimulationTransport {
  readonly #clock: NodeClock;
  readonly #servers = new Map<string, FastifyInstance>();
  readonly #links = new Map<string, Link>();

  constructor(clock: NodeClock) {
    this.#clock = clock;
  }

  link(from: string, to: string): Link {
    const name = `${from} → ${to}`;
    let link = this.#links.get(name);
    if (!link) this.#links.set(name, (link = { cut: false, delayMs: 0, fault: undefined }));
    return link;
  }

  /** The network as the node of this name sees it. */
  of(from: string): Transport {
    return {
      listen: async ({ app }) => {
        await app.ready();
        this.#servers.set(from, app);
        return `http://${from}/graphql`;
      },
      connect: (url) => {
        const closed = new AbortController();
        const to = new URL(url).hostname;
        return {
          request: (request) => {
            const signals = request.signal ? [request.signal, closed.signal] : [closed.signal];
            return this.#request(from, to, request, AbortSignal.any(signals));
          },
          destroy: () => {
            closed.abort(new Error('the connection was closed'));
            return Promise.resolve();
          },
        };
      },
    };
  }

  /** The node is gone. */
  remove(name: string): void {
    this.#servers.delete(name);
  }

  /** Asks a node over no link at all. */
  async ask(to: string, body: object, headers: Record<string, string>): Promise<string> {
    const response = await this.#servers.get(to)!.inject({ method: 'POST', url: '/graphql', payload: body, headers });
    return response.body;
  }

  async #request(from: string, to: string, { path, headers, body }: PeerRequest, signal: AbortSignal) {
    const link = this.link(from, to);
    await this.#travel(link, from, to, signal);
    const response = await this.#server(to).inject({ method: 'POST', url: path, headers, payload: body });
    await this.#travel(link, from, to, signal);
    const operation = /(?:query|mutation) (\w+)/.exec(body)?.[1] ?? '';
    const answer: Answer = { body: response.rawPayload, operation, clock: this.#clock, signal };
    return { statusCode: response.statusCode, body: (link.fault ?? whole)(answer) };
  }

  async #travel(link: Link, from: string, to: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (link.delayMs > 0) await this.#clock.sleep(link.delayMs, signal);
    signal.throwIfAborted();
    if (link.cut) throw new Error(`there is no way from ${from} to ${to}`);
  }

  #server(name: string): FastifyInstance {
    const server = this.#servers.get(name);
    if (!server) throw new Error(`there is no node ${name}`);
    return server;
  }
}

/** An answer without a fault. */
export async function* whole({ body }: Answer): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(body);
}
