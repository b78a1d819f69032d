import { readFileSync } from 'node:fs';

/** A code block of the README: the heading above it, and its lines. */
export interface ReadmeBlock {
  readonly heading: string;
  readonly lines: readonly string[];
}

/** The shell blocks of a Markdown file, in order. */
export function shellBlocks(path: string): ReadmeBlock[] {
  const blocks: ReadmeBlock[] = [];
  let heading = '';
  let lines: string[] | undefined;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (lines && line === '```') {
      blocks.push({ heading, lines });
      lines = undefined;
    } else if (lines) lines.push(line);
    else if (line === '```sh') lines = [];
    else if (line.startsWith('#')) heading = line.replace(/^#+ /, '');
  }
  return blocks;
}

/** Whether a command line runs until it is ended: a node, a devnet. */
export function isServer(line: string): boolean {
  return /\bnpm (start|run devnet)\b|\bcorrente (node|devnet)\b/.test(line);
}
