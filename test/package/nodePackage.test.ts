import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { it } from 'node:test';
import { promisify } from 'node:util';
import { packageFolder } from '../support/packageFolder.js';

it('the node’s package holds the targets of links in its README and docs', async () => {
  const root = packageFolder();
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: root, timeout: 120_000, maxBuffer: 2 ** 24 });
  const [packed] = JSON.parse(stdout) as { files: { path: string }[] }[];
  const paths = packed!.files.map(({ path }) => path);
  const pages = paths.filter((path) => /^(README|docs\/\w+)\.md$/.test(path));
  const links = pages.flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) =>
      normalize(join(dirname(page), match[1]!)),
    ),
  );
  assert.ok(links.includes('src/client/operations/public.graphql') && links.includes('examples'), links.join(' '));
  // Tests are read and run in the repository.
  const shipped = links.filter((link) => !link.startsWith('test/'));
  const missing = shipped.filter((link) => !paths.some((path) => path === link || path.startsWith(`${link}/`)));
  assert.deepEqual([...new Set(missing)], []);
});
