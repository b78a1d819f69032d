import type { FastifyInstance } from 'fastify';

/** Serves the browser IDE. */
export async function registerIde(_app: FastifyInstance): Promise<void> {
  await Promise.resolve();
}
