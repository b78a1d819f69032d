import type { FastifyInstance, FastifyRequest } from 'fastify';
import { serveBuiltPage } from './builtPage.js';

/**
 * Serves the browser IDE of `folder`: its page answers a GET /graphql that asks for HTML first, as browsers do, and brings no
 * `query`. Every other request goes on to the API. Call it before the API's routes are added.
 */
export async function registerIde(app: FastifyInstance, folder: URL = IDE_FOLDER): Promise<void> {
  const send = await serveBuiltPage(app, {
    title: 'The browser IDE',
    folder,
    assets: '/ide/assets/',
    hashed: true,
    // The editor styles its lines with style elements and has its fonts in its stylesheet.
    allows: ["style-src 'self' 'unsafe-inline'", "font-src 'self' data:", "worker-src 'self'"],
  });
  app.addHook('onRequest', (request, reply, done) => {
    if (!asksForPage(request)) {
      done();
      return;
    }
    return send(reply.header('vary', 'accept'));
  });
}

function asksForPage({ method, url, headers }: FastifyRequest): boolean {
  if ((method !== 'GET' && method !== 'HEAD') || !headers.accept?.startsWith('text/html')) return false;
  const [path, parameters] = url.split('?', 2);
  return path === '/graphql' && !new URLSearchParams(parameters).has('query');
}

/** Beside the compiled code: `npm run build` makes both. */
const IDE_FOLDER = new URL('../../ide/', import.meta.url);
