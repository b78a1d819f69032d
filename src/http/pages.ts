import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

interface BuiltPageOptions {
  /** Its name for readers. */
  readonly title: string;
  /** Path of the page; its assets are below. Also the name of its folder beside the compiled code. */
  readonly name: string;
  /**
   * Holds index.html, whose references begin with `./`, the root of this node, and assets/, each beside its compressed forms; built by
   * `npm run build`.
   */
  readonly folder: URL | undefined;
  /** Whether the names of the assets hold a hash of their content; if not, the browser asks each time whether they are the same. */
  readonly hashed: boolean;
  /** Of the content security policy, what the page needs beside files of this node. */
  readonly allows: readonly string[];
}

/**
 * Serves the assets of a page that was built, and returns what sends the page itself, under a policy that loads from this node
 * only. Where the page is not built, the answer says how to build it, with 501.
 */
async function serveBuiltPage(
  app: FastifyInstance,
  { title, name, folder = new URL(`../../${name}/`, import.meta.url), hashed, allows }: BuiltPageOptions,
): Promise<(reply: FastifyReply) => FastifyReply> {
  const page = await readPage(folder);
  if (!page) {
    const notBuilt = `${title} is not built. ${HOW_TO_BUILD}`;
    return (reply) => reply.code(501).type('text/plain; charset=utf-8').send(notBuilt);
  }
  const policy = [...POLICY, ...allows].join('; ');
  await app.register(fastifyStatic, {
    root: fileURLToPath(new URL('assets/', folder)),
    prefix: `/${name}/assets/`,
    index: false,
    decorateReply: false,
    preCompressed: true,
    ...(hashed && { immutable: true, maxAge: '1y' }),
    setHeaders: (response) => {
      response.setHeader('vary', 'accept-encoding');
      // A worker runs under the policy that came with its script, not under its page's.
      response.setHeader('content-security-policy', policy);
    },
  });
  return (reply) =>
    reply
      .headers({ 'cache-control': 'no-cache', 'content-security-policy': policy })
      .type('text/html; charset=utf-8')
      .send(page.replaceAll('="./', `="${upwards(reply.request.url)}`));
}

/**
 * The way from a path to the root of this node, relative, since a proxy may serve the node below a path that it does not know: `./` from
 * /blocks, `../` from /block/7.
 */
function upwards(url: string): string {
  const [path] = url.split('?', 1);
  return '../'.repeat(path!.split('/').length - 2) || './';
}

/** The index.html of a page's folder; undefined where it is not built. */
async function readPage(folder: URL): Promise<string | undefined> {
  try {
    return await readFile(new URL('index.html', folder), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

const HOW_TO_BUILD = `In the project's folder, run:

  npm run build

and start the node again. The API does without it: it answers POST /graphql.
`;

/** Nothing but this node's own files; `self` in connect-src is its WebSocket too. What needs a style of its own says so. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
] as const;

/**
 * Serves the browser IDE of `folder`: its page answers a GET /graphql that asks for HTML first, as browsers do, and brings no
 * `query`. Every other request goes on to the API. Call it before the API's routes are added.
 */
export async function registerIde(app: FastifyInstance, folder?: URL): Promise<void> {
  const send = await serveBuiltPage(app, {
    title: 'The browser IDE',
    name: 'ide',
    folder,
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

/** Serves GraphQL Playground of `folder` at /playground; playground/socket.js translates the protocol of its subscriptions. */
export async function registerPlayground(app: FastifyInstance, folder?: URL): Promise<void> {
  const send = await serveBuiltPage(app, {
    title: 'GraphQL Playground',
    name: 'playground',
    folder,
    // Names of the files stay the same from one version to the next.
    hashed: false,
    // It makes its styles as it runs, and works without what it would load from elsewhere.
    allows: ["style-src 'self' 'unsafe-inline'"],
  });
  app.get('/playground', (_request, reply) => send(reply));
}

/**
 * Serves the explorer of `folder`: at / and at every path that names one of its views, so that each can be linked to. A browser gets it at
 * every other path too, with 404: the page says that nothing is there, and where to go on.
 */
export async function registerExplorer(app: FastifyInstance, folder?: URL): Promise<void> {
  const send = await serveBuiltPage(app, {
    title: 'The explorer',
    name: 'explorer',
    folder,
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
  '/operator',
];
