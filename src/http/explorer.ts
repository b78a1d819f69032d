import type { FastifyInstance } from 'fastify';
import { serveBuiltPage } from './builtPage.js';

/**
 * Serves the explorer of `folder`: at / and at every path that names one of its views, so that each can be linked to. A browser gets it at
 * every other path too, with 404: the page says that nothing is there, and where to go on.
 */
export async function registerExplorer(app: FastifyInstance, folder: URL = EXPLORER_FOLDER): Promise<void> {
  const send = await serveBuiltPage(app, {
    title: 'The explorer',
    folder,
    assets: '/explorer/assets/',
    hashed: true,
    allows: ["style-src 'self'"],
  });
  for (const path of VIEWS) app.get(path, (_request, reply) => send(reply));
  app.get('/*', ({ headers }, reply) => {
    if (headers.accept?.startsWith('text/html')) return send(reply.code(404));
    reply.callNotFound();
    return reply;
  });
}

/** Those of explorer/App.tsx. */
const VIEWS = [
  '/',
  '/blocks',
  '/block/:id',
  '/transactions',
  '/transaction/:id',
  '/accounts',
  '/account/:address',
  '/mempool',
  '/network',
  '/send',
];

/** Beside the compiled code: `npm run build` makes both. */
const EXPLORER_FOLDER = new URL('../../explorer/', import.meta.url);
