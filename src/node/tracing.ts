import type * as OpenTelemetry from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RelayModules } from '../peers/relay/relay.js';
import type { Transaction } from '../consensus/transaction.js';
import { toHex } from '../crypto/bytes.js';
import type { Admission, Staged } from '../mempool/admission.js';
import type { PeerConnection } from '../peers/ports.js';
import type { CarriedTraces } from './workers/calls.js';

/** OpenTelemetry, as the program loads it if it is to trace. */
export type TraceApi = Pick<
  typeof OpenTelemetry,
  'context' | 'propagation' | 'trace' | 'ROOT_CONTEXT' | 'SpanKind' | 'SpanStatusCode'
>;

/** Traces that one message names beside its own: more transactions can be in it. */
const MAX_LINKS = 32;

/**
 * The way of transactions and blocks through this node, and on to the next, as spans of OpenTelemetry. A node without it does nothing
 * instead. A transaction keeps the span in which it was offered: admission and relay work on many of them at once.
 */
export class Tracing implements CarriedTraces {
  readonly #api: TraceApi;
  readonly #tracer;
  /** Of transactions and blocks that were offered in a span that is recorded. */
  readonly #offered = new WeakMap<object, Offered>();
  readonly #requests = new WeakMap<FastifyRequest, OpenTelemetry.Span>();
  #complain: ((reason: string) => void) | undefined;

  constructor({ api }: { readonly api: TraceApi }) {
    this.#api = api;
    this.#tracer = api.trace.getTracer('corrente');
  }

  /**
   * A span for each POST. It goes on with the trace that `traceparent` names if `isFollowed`, since that decides whether it is recorded; else
   * it begins one that only names the other.
   */
  serve(app: FastifyInstance, isFollowed: (request: FastifyRequest) => boolean): void {
    const { context, propagation, trace, ROOT_CONTEXT, SpanKind } = this.#api;
    // After the body is read: the events of a socket that it comes from belong to no context.
    app.addHook('preHandler', (request, _reply, done) => {
      const { method } = request;
      if (method !== 'POST') {
        done();
        return;
      }
      const named = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, request.headers));
      // Without the baggage, which would go on to other nodes.
      const parent = named && isFollowed(request) ? trace.setSpanContext(ROOT_CONTEXT, named) : ROOT_CONTEXT;
      const links = named && parent === ROOT_CONTEXT ? [{ context: named }] : [];
      const route = request.routeOptions.url ?? 'no route';
      const attributes = { 'http.request.method': method, 'http.route': route };
      const span = this.#tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, links, attributes }, parent);
      this.#requests.set(request, span);
      context.with(trace.setSpan(parent, span), done);
    });
    app.addHook('onResponse', (request, reply, done) => {
      const span = this.#requests.get(request);
      span?.setAttribute('http.response.status_code', reply.statusCode);
      span?.end();
      done();
    });
  }

  /** Admission, in a span for each request. */
  admission(admission: Pick<Admission, 'submit'>): Pick<Admission, 'submit'> {
    return {
      submit: (submissions, giver, now) => {
        const transactions = submissions.map(({ transaction }) => transaction);
        return this.#within('admit', countOf(transactions), transactions, async (span) => {
          const outcomes = await admission.submit(submissions, giver, now);
          span.setAttribute('corrente.rejected', outcomes.filter((outcome) => 'code' in outcome).length);
          return outcomes;
        });
      },
    };
  }

  /** The chain, in a span for each block that was mined here or came by itself. */
  chain(chain: RelayModules['chain']): RelayModules['chain'] {
    return {
      tip: () => chain.tip(),
      judge: (header, now) => chain.judge(header, now),
      offerBlock: (block, now) => {
        const { height, hash } = block.header;
        const attributes = { 'corrente.height': height, 'corrente.block': toHex(hash) };
        return this.#within('add block', attributes, [block], async (span) => {
          const outcome = await chain.offerBlock(block, now);
          span.setAttribute('corrente.outcome', outcome.status);
          return outcome;
        });
      },
    };
  }

  staged({ stage, transactions, milliseconds }: Staged): void {
    const offered = this.#offered.get(transactions[0]!);
    if (!offered) return;
    const end = performance.now();
    this.#tracer.startSpan(stage, { startTime: end - milliseconds }, offered.context).end(end);
  }

  accepted(transactions: readonly Transaction[]): void {
    for (const transaction of transactions) {
      const offered = this.#offered.get(transaction);
      if (offered) offered.acceptedAt = performance.now();
    }
  }

  /** One that was pending is in a block. */
  confirmed(transaction: Transaction): void {
    const { acceptedAt, context } = this.#offered.get(transaction) ?? {};
    if (acceptedAt !== undefined) this.#tracer.startSpan('pending', { startTime: acceptedAt }, context).end();
  }

  /** A message to a peer: of the first trace that is in it, with links to others. `send` is only called if none is. */
  async relayed<Result>(items: readonly object[], peer: string, send: () => Promise<Result>): Promise<Result> {
    const { context, trace, SpanKind } = this.#api;
    const [first, ...others] = [...new Set(items.flatMap((item) => this.#offered.get(item)?.context ?? []))];
    if (!first) return send();
    const links = others
      .slice(0, MAX_LINKS)
      .map((other): OpenTelemetry.Link => ({ context: trace.getSpanContext(other)! }));
    const attributes = { 'corrente.peer': peer, 'corrente.items': items.length };
    const span = this.#tracer.startSpan('relay', { kind: SpanKind.CLIENT, links, attributes }, first);
    return this.#ended(span, () => context.with(trace.setSpan(first, span), send));
  }

  /** The way to a peer, with `traceparent` in each request that belongs to a trace. */
  connection(connection: PeerConnection): PeerConnection {
    const { context, propagation } = this.#api;
    return {
      request: (request) => {
        const headers = { ...request.headers };
        propagation.inject(context.active(), headers);
        return connection.request({ ...request, headers });
      },
      destroy: () => connection.destroy(),
    };
  }

  /** Calls with the reason when spans reach no collector. */
  complainBy(complain: (reason: string) => void): void {
    this.#complain = complain;
  }

  /** Spans of this process, or of another one of this node, reach no collector. */
  lost(reason: string): void {
    this.#complain?.(reason);
  }

  /** The trace of what runs now, on its way to another process of this node; undefined if it belongs to none. */
  carried(): Record<string, string> | undefined {
    const { context, propagation, trace } = this.#api;
    const active = context.active();
    if (!trace.getSpan(active)) return undefined;
    const carried: Record<string, string> = {};
    propagation.inject(active, carried);
    return carried;
  }

  /** Runs the work in the trace that another process of this node carried here. */
  within<Result>(carried: Record<string, string>, work: () => Result): Result {
    const { context, propagation, ROOT_CONTEXT } = this.#api;
    return context.with(propagation.extract(ROOT_CONTEXT, carried), work);
  }

  #within<Result>(
    name: string,
    attributes: Record<string, string | number>,
    items: readonly object[],
    work: (span: OpenTelemetry.Span) => Promise<Result>,
  ): Promise<Result> {
    const { context, trace } = this.#api;
    const span = this.#tracer.startSpan(name, { attributes });
    const within = trace.setSpan(context.active(), span);
    if (span.isRecording()) for (const item of items) this.#offered.set(item, { context: within });
    return this.#ended(span, () => context.with(within, () => work(span)));
  }

  async #ended<Result>(span: OpenTelemetry.Span, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: this.#api.SpanStatusCode.ERROR, message: (error as Error).message });
      throw error;
    } finally {
      span.end();
    }
  }
}

interface Offered {
  /** The span that it was offered in. */
  readonly context: OpenTelemetry.Context;
  /** As performance.now has it. */
  acceptedAt?: number;
}

function countOf(transactions: readonly Transaction[]): Record<string, string | number> {
  const [first] = transactions;
  const count = transactions.length;
  return { 'corrente.transactions': count, ...(first && count === 1 && { 'corrente.transaction': toHex(first.id) }) };
}
