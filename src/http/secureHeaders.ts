import type { FastifyInstance } from 'fastify';

/**
 * Headers of every answer: what helmet would send to a browser that is still made, for an API whose answers are data. As
 * constants, because helmet builds them anew for each request, which cost 17 of 110 µs. The IDE's page has a policy of its own.
 */
export function secureHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (_request, reply, done) => {
    for (const [name, value] of HEADERS) reply.raw.setHeader(name, value);
    done();
  });
}

const HEADERS = Object.entries({
  // No browser may run, frame or load anything from an answer.
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
});
