import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { builtPage } from './builtPage.js';

/**
 * Serves GraphQL Playground of `folder` at /playground, for queries and mutations: its subscriptions speak the protocol that
 * graphql-ws replaced, which this node does not. Where it is not built, its page says how to build it, with 501.
 */
export async function registerPlayground(app: FastifyInstance, folder: URL = PLAYGROUND_FOLDER): Promise<void> {
  const page = await builtPage(folder);
  if (page) {
    // Their names stay the same from one version to the next: the browser asks each time whether they are.
    await app.register(fastifyStatic, {
      root: fileURLToPath(new URL('assets/', folder)),
      prefix: '/playground/assets/',
      index: false,
      decorateReply: false,
    });
  }
  app.get('/playground', (_request, reply) => {
    reply.header('cache-control', 'no-cache');
    if (!page) return reply.code(501).type('text/plain; charset=utf-8').send(NOT_BUILT);
    return reply.header('content-security-policy', PLAYGROUND_POLICY).type('text/html; charset=utf-8').send(page);
  });
}

/** Beside the compiled code: `npm run build` makes both. */
const PLAYGROUND_FOLDER = new URL('../../playground/', import.meta.url);

const NOT_BUILT = `GraphQL Playground is not built. In the project's folder, run:

  npm run build

and start the node again. The API needs no playground: it answers POST /graphql.
`;

/** Nothing but this node's own files. It makes its styles as it runs; what it would load from elsewhere, it does without. */
const PLAYGROUND_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
