import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { OperationTypeNode } from 'graphql';
import type { Context } from '../graphql/context.js';
import { ERROR_CODES } from '../graphql/errors.js';
import { RequestView, STRANGER_WORK, TRUSTED_WORK } from '../graphql/requestView.js';
import type { Services } from '../graphql/services.js';
import type { Authorize } from './adminToken.js';
import { URL_HEADER } from '../peers/client/envelope.js';
import { operationOf } from './operation.js';
import type { Shedding } from './load/shedding.js';
import { Refusal, refuseOverload, shown } from './refusal.js';

export interface ApiModules {
  readonly apollo: ApolloServer<Context>;
  readonly services: Services;
  readonly authorize: Authorize;
  readonly shedding: Pick<Shedding, 'turn'>;
}

/** Answers one operation a request: of a POST, or a query of a GET or HEAD. */
export function answerOperation(app: FastifyInstance, { apollo, services, authorize, shedding }: ApiModules) {
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
      ...(request.method !== 'POST' && { carries: [OperationTypeNode.QUERY] }),
    };
    // Its operation is known: for Apollo all come as the body of a POST.
    const asPost = Object.create(request, { method: { value: 'POST' }, body: { value: operation } }) as FastifyRequest;
    try {
      // The body is complete text, so nothing reads the view after this.
      const handle = fastifyApolloHandler(apollo, { context: () => Promise.resolve(context) });
      const body = await handle.call(app, asPost, reply);
      if (reply.statusCode === ERROR_CODES.METHOD_NOT_ALLOWED.status) void reply.header('allow', 'POST');
      return body;
    } finally {
      view.release();
      end();
    }
  };
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
