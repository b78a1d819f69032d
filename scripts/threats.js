// Runs the tests that docs/threats.md names, and no others of their files.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(new URL('../docs/threats.md', import.meta.url), 'utf8');
const files = new Set([...page.matchAll(/`(test\/[\w/]+)\.test\.ts`/g)].map((match) => `dist/${match[1]}.test.js`));
const { status } = spawnSync(
  process.execPath,
  ['--test', '--test-reporter=spec', '--test-name-pattern=/^threat /', ...files],
  { cwd: root, stdio: 'inherit' },
);
process.exitCode = status ?? 1;
