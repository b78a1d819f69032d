import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'undici';

/** How long a client goes on trying to have one request answered. */
const PATIENCE_MS = 60_000;

/** One connection, made anew when it broke. */
export class Requests {
  readonly #origin: string;
  #client: Client | undefined;

  constructor(url: string) {
    this.#origin = new URL(url).origin;
  }

  async send(body: string): Promise<{ readonly status: number; readonly text: string }> {
    const client = (this.#client ??= new Client(this.#origin));
    try {
      const headers = { 'content-type': 'application/json' };
      const answer = await client.request({ method: 'POST', path: '/graphql', headers, body });
      return { status: answer.statusCode, text: await answer.body.text() };
    } catch (error) {
      this.end();
      throw error;
    }
  }

  end(): void {
    void this.#client?.destroy();
    this.#client = undefined;
  }
}

/** Asks until there is an answer: a connection that breaks leaves the request in doubt, and it is sent again. */
export async function ask<Answer>(requests: Requests, query: string, variables: object): Promise<Answer> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await requests.send(JSON.stringify({ query, variables })).catch((error: unknown) => error as Error);
    if (!(answer instanceof Error)) {
      const { data, errors } = JSON.parse(answer.text) as { data?: Answer; errors?: unknown };
      if (answer.status === 200 && data && !errors) return data;
      if (answer.status !== 503) throw new Error(`answered with ${answer.status}: ${answer.text}`);
    }
    if (performance.now() > until) throw new Error(`no answer within ${PATIENCE_MS} ms`);
    await delay(20);
  }
}
