import type { FastifyInstance } from 'fastify';
import { serveBuiltPage } from './builtPage.js';

/** Serves GraphQL Playground of `folder` at /playground; playground/socket.js translates the protocol of its subscriptions. */
export async function registerPlayground(app: FastifyInstance, folder: URL = PLAYGROUND_FOLDER): Promise<void> {
  const send = await serveBuiltPage(app, {
    title: 'GraphQL Playground',
    folder,
    assets: '/playground/assets/',
    // Their names stay the same from one version to the next.
    hashed: false,
    // It makes its styles as it runs; what it would load from elsewhere, it does without.
    allows: ["style-src 'self' 'unsafe-inline'"],
  });
  app.get('/playground', (_request, reply) => send(reply));
}

/** Beside the compiled code: `npm run build` makes both. */
const PLAYGROUND_FOLDER = new URL('../../playground/', import.meta.url);
