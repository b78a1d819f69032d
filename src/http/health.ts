import type { SheddingModules } from './load/shedding.js';
import type { UnsentModules } from './load/unsent.js';
import type { FastifyInstance } from 'fastify';

/** Whether a node should get requests now. */
export interface Readiness {
  readonly height: number;
  readonly secondsSinceBlock: number;
  /** Why it should not; empty if it should. */
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
}

/** What monitors ask a node, and what the server reports to it. */
export interface Health {
  readonly metrics: SheddingModules['metrics'] &
    UnsentModules['metrics'] & {
      readonly contentType: string;
      /** In that content type. */
      text(): Promise<string>;
    };
  readiness(): Readiness | Promise<Readiness>;
}

/** Reasons that /health tells, the worst first. */
const TOLD = ['STANDSTILL', 'BEHIND', 'ISOLATED'];

/**
 * For monitors: GET /healthz answers while the process does, /readyz with 503 and the reasons where others should be sent
 * elsewhere, /health with 200 and what it comes to, /metrics for Prometheus. Call it before any other plugin is registered, so that its routes are counted, too.
 */
export function registerHealth(app: FastifyInstance, health: Health): void {
  const { metrics } = health;
  app.addHook('onResponse', (request, reply, done) => {
    metrics.answered(request.routeOptions.url ?? 'other', reply.statusCode, reply.elapsedTime);
    done();
  });
  app.get('/health', async () => {
    const { height, secondsSinceBlock, reasons } = await health.readiness();
    const worst = TOLD.find((told) => reasons.some(({ code }) => code === told));
    return { status: worst?.toLowerCase() ?? 'ok', height, secondsSinceBlock };
  });
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const { height, reasons } = await health.readiness();
    if (reasons.length === 0) return reply.send({ status: 'ready', height });
    return reply.code(503).send({ status: 'not ready', height, reasons });
  });
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
}
