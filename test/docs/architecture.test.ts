import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(join(root, 'docs', 'architecture.md'), 'utf8');

/** Files and folders that a text names between backquotes. */
const named = (text: string): string[] => [
  ...new Set([...text.matchAll(/`((?:src|test|campaigns|bench|examples)\/[\w./-]+)`/g)].map((match) => match[1]!)),
];
/** The text below a heading, down to the next one. */
const below = (heading: string): string => page.split(`${heading}\n`)[1]!.split(/^##/m)[0]!;

describe('docs/architecture.md', () => {
  it('names files and folders that exist', () => {
    const paths = named(page);
    assert.ok(paths.length > 40, `${paths.length} paths`);
    assert.deepEqual(
      paths.filter((path) => !existsSync(join(root, path))),
      [],
    );
  });

  it('leads a transaction from the mutation to the mempool of a peer through at most seven files', () => {
    const files = named(below("### A transaction, from the mutation to a peer's mempool"));
    assert.ok(files.length >= 5 && files.length <= 7, files.join(', '));
  });

  it('has each folder of src in the table of rooms or beside it', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const paths = named(page);
    assert.deepEqual(
      folders.map(({ name }) => `src/${name}`).filter((path) => !paths.includes(path)),
      [],
    );
  });
});
