import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { GraphQLClient } from 'graphql-request';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'undici';

/** One example of docs/api.md: an operation, its variables, and the answer printed below it. */
export interface ApiExample {
  readonly document: string;
  readonly variables: Record<string, unknown>;
  readonly admin: boolean;
  /** A subscription: its first answer counts. */
  readonly live: boolean;
  readonly answer: unknown;
  /** Place of the answer's text in the page. */
  readonly start: number;
  readonly end: number;
}

export const API_PAGE = fileURLToPath(new URL('../../docs/api.md', import.meta.url));

/** Every example of the page, in order. Throws for an operation without an answer. */
export function apiExamples(page = readFileSync(API_PAGE, 'utf8')): ApiExample[] {
  const examples: ApiExample[] = [];
  let open: { document: string; admin: boolean; live: boolean; variables: Record<string, unknown> } | undefined;
  for (const match of page.matchAll(/^```(graphql|json)(?: (\w+))?\n([^]*?)^```$/gm)) {
    const [, language, label, text] = match;
    if (language === 'graphql') {
      if (open) throw new Error(`expected an answer below: ${open.document}`);
      open = { document: text!, admin: label === 'admin', live: label === 'live', variables: {} };
    } else if (label === 'variables' && open) {
      open.variables = JSON.parse(text!) as Record<string, unknown>;
    } else if (label === 'answer' && open) {
      const end = match.index + match[0].length - '```'.length;
      examples.push({ ...open, answer: JSON.parse(text!), start: end - text!.length, end });
      open = undefined;
    }
  }
  if (open) throw new Error(`expected an answer below: ${open.document}`);
  return examples;
}

/** Runs them on a new development node, in order, the live ones from the start, and resolves to their answers. */
export async function runApiExamples(
  examples: readonly ApiExample[],
  node: { readonly url: string; readonly token: string },
): Promise<unknown[]> {
  const anybody = new GraphQLClient(node.url);
  const operator = new GraphQLClient(node.url, { headers: { authorization: `Bearer ${node.token}` } });
  const socket = createClient({ url: node.url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
  try {
    const live = new Map(
      examples
        .filter((example) => example.live)
        .map((example) => [
          example,
          firstOf(socket.iterate({ query: example.document, variables: example.variables })),
        ]),
    );
    // The node handles a socket's messages in order: after this answer, the others have begun.
    await firstOf(socket.iterate({ query: '{ __typename }' }));
    const answers: unknown[] = [];
    for (const example of examples) {
      const { document, variables, admin } = example;
      answers.push(live.get(example) ?? (await (admin ? operator : anybody).request({ document, variables })));
    }
    return await Promise.all(answers);
  } finally {
    await socket.dispose();
  }
}

async function firstOf(answers: AsyncIterableIterator<{ readonly data?: unknown; readonly errors?: unknown }>) {
  const { value } = (await answers.next()) as { value: { readonly data?: unknown; readonly errors?: unknown } };
  if (value.errors) throw new Error(JSON.stringify(value.errors));
  return value.data;
}
