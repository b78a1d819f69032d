import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { after } from 'node:test';
import { pino } from 'pino';
import type { Services } from '../../src/graphql/services.js';
import { Replays } from '../../src/http/callers/replays.js';
import { createServer, type ServerOptions } from '../../src/http/server.js';
import { Budgets } from '../../src/http/callers/budgets.js';
import { Callers, type TrustedProxies } from '../../src/http/callers/callers.js';
import type { Health } from '../../src/http/health.js';
import { testServices } from '../graphql/testServices.js';

export const ADMIN_TOKEN = '5e'.repeat(32);

/** A node's own information, without its public URL. */
export const INFO = {
  id: 'ab'.repeat(32),
  version: '1',
  protocolVersion: 1,
  instance: new Uint8Array(32),
  startedAt: 0,
};

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** A listening server on testServices, closed when the test file has ended. */
export async function testServer(
  overrides: Partial<Services> = {},
  { trustProxy, ...options }: Partial<ServerOptions> & { readonly trustProxy?: TrustedProxies | undefined } = {},
  health: Partial<Omit<Health, 'metrics'>> & { readonly metrics?: Partial<Health['metrics']> } = {},
  elapsed = () => performance.now(),
) {
  const parts = testServices(overrides);
  const callers = new Callers(trustProxy);
  const budgets = new Budgets(callers, { clock: { elapsed }, metrics: UNCOUNTED });
  const logger = pino({ level: 'silent' });
  const server = await createServer(
    { port: 0, adminToken: ADMIN_TOKEN, ...options },
    {
      services: parts.services,
      health: { ...HEALTH, ...health, metrics: { ...HEALTH.metrics, ...health.metrics } },
      now: Date.now,
      callers,
      budgets,
      replays: new Replays(),
      logger,
    },
  );
  const url = await server.listen();
  after(() => server.close());
  /** Sends exactly these headers; node:http, because fetch does not let a caller choose its Host. */
  const call = ({ method = 'POST', path = '/graphql', headers = {}, body }: Call): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const outgoing = httpRequest(new URL(path, url), { method, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }));
        response.on('error', reject);
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  const post = (query: string, headers: Record<string, string> = {}, variables?: object): Promise<Reply> =>
    call({ headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query, variables }) });
  return { ...parts, server, budgets, url, call, post };
}

const UNCOUNTED = { spent: () => undefined, limited: () => undefined };

const HEALTH: Health = {
  metrics: {
    contentType: 'text/plain; version=0.0.4',
    text: () => Promise.resolve('corrente_ready 1\n'),
    answered: () => undefined,
    observeTurns: () => undefined,
    shed: () => undefined,
    cut: () => undefined,
  },
  readiness: () => ({ height: 1, secondsSinceBlock: 0, reasons: [] }),
};

/** `extensions.code` of the first error of a JSON answer. */
export function errorCode({ text }: Reply): string | undefined {
  const { errors } = JSON.parse(text) as { errors?: { extensions: { code: string } }[] };
  return errors?.[0]?.extensions.code;
}
