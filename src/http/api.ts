import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { OperationTypeNode } from 'graphql';
import type { Context } from '../graphql/context.js';
import { ERROR_CODES } from '../graphql/errors.js';
import type { Answer, Executor, OperationRequest } from '../graphql/execution/executor.js';
import { RequestView, STRANGER_WORK, TRUSTED_WORK } from '../graphql/requestView.js';
import type { Services } from '../graphql/services.js';
import type { Authorize } from './adminToken.js';
import { URL_HEADER } from '../peers/client/envelope.js';
import { BoundedMap } from '../util/boundedSet.js';
import { operationOf } from './operation.js';
import type { Shedding } from './load/shedding.js';
import { Refusal, refuseOverload, shown } from './refusal.js';

export interface ApiModules {
  readonly executor: Executor;
  readonly services: Services;
  readonly authorize: Authorize;
  readonly shedding: Pick<Shedding, 'turn'>;
}

/** Request header that asks for `extensions.cost`. */
const COST_HEADER = 'corrente-cost';
/** Headers `Accept` of which it is known what Apollo answers to them. */
const MAX_ACCEPTS = 64;

/** Answers one operation a request: of a POST, or a query of a GET or HEAD. */
export function answerOperation(app: FastifyInstance, { executor, services, authorize, shedding }: ApiModules) {
  /** Content types, by the header `Accept` for which Apollo chose them. */
  const types = new BoundedMap<string, string>(MAX_ACCEPTS);
  const answerByApollo = async (request: FastifyRequest, reply: FastifyReply, { operation, context }: Asked) => {
    // Its operation is known: for Apollo all come as the body of a POST.
    const asPost = Object.create(request, { method: { value: 'POST' }, body: { value: operation } }) as FastifyRequest;
    const handle = fastifyApolloHandler(executor.apollo, { context: () => Promise.resolve(context) });
    const body = await handle.call(app, asPost, reply);
    if (reply.statusCode === 200) types.set(request.headers.accept ?? '', String(reply.getHeader('content-type')));
    return body;
  };
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const operation = operationOf(request);
    mustAcceptJson(request.headers.accept);
    const giver = request.identity;
    if (giver !== undefined) services.peers.contacted(giver);
    const publicUrl = request.headers[URL_HEADER];
    if (giver !== undefined && typeof publicUrl === 'string') services.exchange.announced(publicUrl, giver);
    const admin = authorize(request.headers.authorization);
    const end = await shedding.turn(request, { text: operation.query, admin });
    if (!end) return refuseOverload(reply);
    const view = new RequestView(services, request.isPeer || admin ? TRUSTED_WORK : STRANGER_WORK);
    const context: Context = {
      services,
      view,
      giver,
      from: request.caller,
      admin,
      budget: admin ? undefined : request.budget,
      showsCost: request.headers[COST_HEADER] === '1',
      ...(request.method !== 'POST' && { carries: [OperationTypeNode.QUERY] }),
    };
    try {
      const type = types.get(request.headers.accept ?? '');
      const answer = type === undefined ? undefined : await executor.answer(operation, context);
      // The body is complete text, so nothing reads the view after this.
      const body = answer ? textOf(answer, type!, reply) : await answerByApollo(request, reply, { operation, context });
      if (reply.statusCode === ERROR_CODES.METHOD_NOT_ALLOWED.status) void reply.header('allow', 'POST');
      return body;
    } finally {
      view.release();
      end();
    }
  };
}

interface Asked {
  readonly operation: OperationRequest;
  readonly context: Context;
}

/** Body of an answer, whose head the reply gets, as Apollo would write both. */
function textOf({ status, headers, result }: Answer, type: string, reply: FastifyReply): string {
  const { errors, data, extensions } = result;
  for (const [name, value] of headers) void reply.header(name, value);
  void reply.header('content-type', type).code(status);
  return `${JSON.stringify({ errors, data, extensions })}\n`;
}

/** Throws Refusal for a client that accepts no JSON. It is checked first: after a mutation it would be too late. */
function mustAcceptJson(accept: string | undefined): void {
  if (accept === undefined) return;
  const types = accept.split(',').map((range) => range.split(';', 1)[0]!.trim().toLowerCase());
  if (types.some((type) => READABLE.has(type))) return;
  const elsewhere = types.includes('text/event-stream') ? ': event streams are at /graphql/stream' : '';
  throw new Refusal(
    'NOT_ACCEPTABLE',
    `accept: expected application/json or application/graphql-response+json, got ${shown(accept)}${elsewhere}`,
  );
}

const READABLE: ReadonlySet<string> = new Set([
  'application/json',
  'application/graphql-response+json',
  'application/*',
  '*/*',
  '',
]);
