import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { builtPage } from './builtPage.js';

/**
 * Serves the browser IDE of `folder`: its page answers a GET /graphql that asks for HTML first, as browsers do, and brings no
 * `query`; its files lie under /ide/assets/. Every other request goes on to the API. Call it before the API's routes are added.
 * Where the IDE is not built, its page says how to build it, with 501.
 */
export async function registerIde(app: FastifyInstance, folder: URL = IDE_FOLDER): Promise<void> {
  const page = await builtPage(folder);
  if (page) {
    await app.register(fastifyStatic, {
      root: fileURLToPath(new URL('assets/', folder)),
      prefix: '/ide/assets/',
      index: false,
      decorateReply: false,
      // Their names hold a hash of their content.
      immutable: true,
      maxAge: '1y',
      // A worker runs under the policy that came with its script, not under its page's.
      setHeaders: (response) => {
        response.setHeader('content-security-policy', IDE_POLICY);
      },
    });
  }
  app.addHook('onRequest', (request, reply, done) => {
    if (!asksForPage(request)) {
      done();
      return;
    }
    reply.headers({ 'cache-control': 'no-cache', vary: 'accept' });
    if (!page) return reply.code(501).type('text/plain; charset=utf-8').send(NOT_BUILT);
    return reply.header('content-security-policy', IDE_POLICY).type('text/html; charset=utf-8').send(page);
  });
}

function asksForPage({ method, url, headers }: FastifyRequest): boolean {
  if (method !== 'GET' || !headers.accept?.startsWith('text/html')) return false;
  const [path, parameters] = url.split('?', 2);
  return path === '/graphql' && !new URLSearchParams(parameters).has('query');
}

/** Beside the compiled code: `npm run build` makes both. */
const IDE_FOLDER = new URL('../../ide/', import.meta.url);

const NOT_BUILT = `The browser IDE is not built. In the project's folder, run:

  npm run build

and start the node again. The API needs no IDE: it answers POST /graphql.
`;

/** Nothing but this node's own files. The editor styles its lines with style elements and has its fonts in its stylesheet. */
const IDE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "worker-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
