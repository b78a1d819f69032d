import type { ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { OperationTypeNode, type FormattedExecutionResult } from 'graphql';
import { formatErrors } from '../graphql/errors.js';
import type { Outcome } from '../graphql/live/operations.js';
import type { Budget } from '../graphql/limits.js';
import { addressKey } from './callers/callers.js';
import { operationOf } from './operation.js';
import { refuseOverload } from './refusal.js';
import type { StreamModules, StreamOptions } from './streams.js';

const MAX_STREAM_BODY_BYTES = 64 * 1024;

/**
 * Subscriptions at /graphql/stream, one a request: "distinct connections" of the protocol GraphQL over SSE, by POST, or by GET
 * for EventSource and curl. graphql-sse's own handler keeps without a bound what a client does not read; here the next event is
 * asked for when the last one is on its way. The function returned ends every stream.
 */
export function registerEventStream(app: FastifyInstance, options: StreamOptions, modules: StreamModules): () => void {
  const { limits } = options;
  const { operations, shares, authorize, logger, shedding, unsent } = modules;
  const open = new Set<ServerResponse>();
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql/stream',
    // The body of a subscription is kept for as long as it is open.
    bodyLimit: MAX_STREAM_BODY_BYTES,
    handler: async (request, reply) => {
      const operation = operationOf(request);
      const admin = authorize(request.headers.authorization);
      const { caller: from, budget } = request;
      const end = await shedding.turnOf(from, { text: operation.query, admin });
      if (!end) return refuseOverload(reply);
      const caller = { from, budget, admin, slots: shares.of(from) };
      const run = operations.run(operation, { ...caller, operations: [OperationTypeNode.SUBSCRIPTION] });
      const outcome = await run.finally(end);
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, HEADERS);
      open.add(raw);
      const stopKeepingAlive = keepAlive(raw, limits.keepAliveMs);
      try {
        const hold = (bytes: number) => unsent.hold(addressKey(from), bytes, () => raw.destroy());
        await answer({ raw, budget, hold }, outcome, logger);
      } finally {
        stopKeepingAlive();
        open.delete(raw);
        raw.end();
      }
    },
  });
  return () => {
    // Without `complete`, so that a client knows to come back.
    for (const raw of open) raw.end();
  };
}

interface Listener {
  readonly raw: ServerResponse;
  readonly budget: Budget | undefined;
  /** Counts so many bytes of an answer until the function that is returned is called. */
  readonly hold: (bytes: number) => () => void;
}

async function answer(client: Listener, outcome: Outcome, logger: FastifyBaseLogger): Promise<void> {
  if (outcome.kind !== 'stream') {
    await write(client, next(outcome.kind === 'refused' ? { errors: outcome.errors } : outcome.result));
  } else {
    const { responses } = outcome;
    const { raw } = client;
    const stop = () => void responses.return();
    raw.on('close', stop).on('finish', stop);
    // The client may be gone already.
    if (raw.destroyed || raw.writableEnded) stop();
    try {
      // Some browsers take a stream for open at its first byte.
      await write(client, ':\n\n');
      for await (const result of responses) await write(client, next(result));
    } catch (failure) {
      await write(client, next({ errors: formatErrors([failure], logger) }));
    }
  }
  // Without `data` a browser's EventSource drops an event.
  await write(client, 'event: complete\ndata:\n\n');
}

function next(result: FormattedExecutionResult): string {
  return `event: next\ndata: ${JSON.stringify(result)}\n\n`;
}

/** Resolves when the client has room for more, or is gone. */
async function write({ raw, budget, hold }: Listener, text: string): Promise<void> {
  if (raw.writableEnded || raw.destroyed) return;
  budget?.spend('bytes', text.length);
  if (raw.write(text)) return;
  const forget = hold(text.length);
  await new Promise<void>((resolve) => {
    const done = () => {
      forget();
      raw.off('drain', done).off('close', done);
      resolve();
    };
    raw.on('drain', done).on('close', done);
  });
}

/** Writes a comment at each interval; cuts off a client that read nothing in the meantime. */
function keepAlive(raw: ServerResponse, everyMs: number): () => void {
  let waiting = false;
  const note = () => (waiting = false);
  raw.on('drain', note);
  const timer = setInterval(() => {
    if (!raw.writableNeedDrain) raw.write(':\n\n');
    else if (waiting) raw.destroy();
    waiting = raw.writableNeedDrain;
  }, everyMs);
  return () => clearInterval(timer);
}

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // A proxy that collects an answer before it passes it on would hold every event back.
  'x-accel-buffering': 'no',
};
