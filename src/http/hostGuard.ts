import type { FastifyInstance } from 'fastify';

/** True for an address that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Refuses requests whose Host is another name, with 403. Without it, a web page could point a name of its own at 127.0.0.1
 * (DNS rebinding) and call a node that listens there for nobody but its owner. `publicUrl` names one more host, for a proxy.
 */
export function guardHost(app: FastifyInstance, publicUrl: string | undefined): void {
  const allowed = new Set(['localhost', '127.0.0.1', '[::1]']);
  if (publicUrl !== undefined) allowed.add(new URL(publicUrl).hostname);
  app.addHook('onRequest', (request, reply, done) => {
    const host = request.headers.host ?? '';
    if (allowed.has(host.replace(/:\d*$/, '').toLowerCase())) {
      done();
      return;
    }
    const message = `expected the host localhost, 127.0.0.1 or [::1], got ${JSON.stringify(host.slice(0, 80))}`;
    return reply.code(403).send({ errors: [{ message, extensions: { code: 'FORBIDDEN_HOST' } }] });
  });
}
