import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { builtPage } from './builtPage.js';

/**
 * Serves the explorer of `folder`: its page answers at / and at every path that names one of its views, so that each can be linked to;
 * its files lie under /explorer/assets/, compressed beforehand. Where it is not built, its page says how to build it, with 501.
 */
export async function registerExplorer(app: FastifyInstance, folder: URL = EXPLORER_FOLDER): Promise<void> {
  const page = await builtPage(folder);
  if (page) {
    await app.register(fastifyStatic, {
      root: fileURLToPath(new URL('assets/', folder)),
      prefix: '/explorer/assets/',
      index: false,
      decorateReply: false,
      preCompressed: true,
      // Their names hold a hash of their content.
      immutable: true,
      maxAge: '1y',
      setHeaders: (response) => {
        response.setHeader('vary', 'accept-encoding');
      },
    });
  }
  for (const path of VIEWS) {
    app.get(path, (_request, reply) => {
      reply.header('cache-control', 'no-cache');
      if (!page) return reply.code(501).type('text/plain; charset=utf-8').send(NOT_BUILT);
      return reply.header('content-security-policy', EXPLORER_POLICY).type('text/html; charset=utf-8').send(page);
    });
  }
}

/** Those of explorer/App.tsx. */
const VIEWS = ['/', '/blocks', '/block/:id', '/transaction/:id', '/account/:address', '/mempool', '/network', '/send'];

/** Beside the compiled code: `npm run build` makes both. */
const EXPLORER_FOLDER = new URL('../../explorer/', import.meta.url);

const NOT_BUILT = `The explorer is not built. In the project's folder, run:

  npm run build

and start the node again. The API needs no explorer: it answers POST /graphql.
`;

/** Nothing but this node's own files, and no style but theirs. `self` in connect-src is its WebSocket too. */
const EXPLORER_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // Icons of the component kit lie in its stylesheet.
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
