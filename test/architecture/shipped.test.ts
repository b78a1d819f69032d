import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { importsOf, parseSource, readSources, startedBy, type Source } from '../../scripts/sources.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Files of src that neither the program, nor the published client, nor the explorer comes to. Declarations of types are never run. */
function unused(sources: readonly Source[]): string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const isEntry = (path: string): boolean => path.startsWith('explorer/') || ENTRIES.includes(path);
  const used = new Set(sources.map(({ path }) => path).filter(isEntry));
  for (const path of used) {
    const source = byPath.get(path);
    if (source) for (const next of [...importsOf(source), ...startedBy(source)]) used.add(next);
  }
  return [...byPath.keys()].filter((path) => !used.has(path) && !path.endsWith('.d.ts'));
}

const ENTRIES = ['src/cli.ts', 'src/client/client.ts'];

describe('architecture: shipped code', () => {
  it('no file of src is used by tests alone', () => {
    const sources = [...readSources(root, 'src'), ...readSources(root, 'explorer')];
    for (const entry of ENTRIES)
      assert.ok(
        sources.some(({ path }) => path === entry),
        entry,
      );
    assert.deepEqual(unused(sources), []);
  });

  it('the check above finds a file that nothing imports, or only another such file', () => {
    const files = {
      'src/cli.ts': "import './node.js';",
      'src/node.ts': "new Worker(new URL('./worker.js', import.meta.url)); type Port = import('./port.js').Port;",
      'src/worker.ts': "export * from './work.js';",
      'src/work.ts': 'export const work = 1;',
      'src/port.ts': 'export type Port = 1;',
      'src/client/client.ts': '',
      'src/client/pages.ts': '',
      'src/addon.d.ts': "declare module 'addon';",
      'explorer/main.tsx': "import '../src/client/pages.js';",
      'src/memory.ts': "import './memoryView.js';",
      'src/memoryView.ts': "import './node.js';",
    };
    const sources = Object.entries(files).map(([path, text]) => parseSource(path, text));
    assert.deepEqual(unused(sources), ['src/memory.ts', 'src/memoryView.ts']);
  });
});
