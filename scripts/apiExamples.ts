import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One example of docs/api.md: an operation, its variables, and the answer that is printed below it. */
export interface ApiExample {
  readonly document: string;
  readonly variables: Record<string, unknown>;
  readonly admin: boolean;
  readonly answer: unknown;
  /** Where the text of the answer lies in the page. */
  readonly start: number;
  readonly end: number;
}

export const API_PAGE = fileURLToPath(new URL('../../docs/api.md', import.meta.url));

/** Every example of the page, in order. Throws for an operation without an answer. */
export function apiExamples(page = readFileSync(API_PAGE, 'utf8')): ApiExample[] {
  const examples: ApiExample[] = [];
  let open: { document: string; admin: boolean; variables: Record<string, unknown> } | undefined;
  for (const match of page.matchAll(/^```(graphql|json)(?: (\w+))?\n([^]*?)^```$/gm)) {
    const [, language, label, text] = match;
    if (language === 'graphql') {
      if (open) throw new Error(`expected an answer below: ${open.document}`);
      open = { document: text!, admin: label === 'admin', variables: {} };
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
