import { request, type Agent } from 'node:http';
import { ATTACKER_ADDRESS } from './stage.js';

/** An answer to an attack. */
export interface Answer {
  /** 0 if the connection ended without one. */
  readonly status: number;
  /** The first code of an error or a rejection in it; else the status. */
  readonly code: string;
  readonly bytes: number;
  readonly text: string;
}

export interface Attempt {
  readonly body?: string | Buffer | undefined;
  readonly headers?: Record<string, string>;
  readonly method?: string;
  readonly from?: string;
  readonly timeoutMs?: number;
  /** Connections that are used again; one for this request by default. */
  readonly agent?: Agent;
}

/** Sends one request of the attacker's, and reads all of the answer, of which only the start is kept. */
export function send(url: string, attempt: Attempt): Promise<Answer> {
  const { body, headers, method = 'POST', from = ATTACKER_ADDRESS, timeoutMs = 120_000, agent } = attempt;
  return new Promise((resolve) => {
    let text = '';
    let bytes = 0;
    let status = 0;
    const end = (why?: string): void => {
      const code =
        /"code":"([A-Z_]+)"/.exec(text)?.[1] ?? why ?? (text.includes('"data":{') ? 'answered' : `${status}`);
      resolve({ status, code, bytes, text });
    };
    const outgoing = request(
      url,
      {
        method,
        localAddress: from,
        timeout: timeoutMs,
        agent: agent ?? false,
        headers: { 'content-type': 'application/json', ...headers },
      },
      (response) => {
        status = response.statusCode!;
        response.on('data', (chunk: Buffer) => {
          if (bytes < MAX_KEPT) text += chunk.toString('latin1');
          bytes += chunk.length;
        });
        response.on('end', () => end());
        response.on('error', (error) => end(error.message));
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer')));
    outgoing.on('error', (error) => end(status === 0 ? error.message : undefined));
    outgoing.end(body);
  });
}

/** Body of an operation. */
export function operation(query: string, variables?: object): string {
  return JSON.stringify({ query, variables });
}

const MAX_KEPT = 100_000;
