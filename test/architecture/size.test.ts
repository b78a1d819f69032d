import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readSources } from '../../scripts/sources.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const MAX_FILE_LINES = 300;

describe('architecture: sizes', () => {
  it('no file is above 300 lines', () => {
    const long = ['src', 'test', 'bench', 'campaigns', 'examples', 'scripts']
      .flatMap((folder) => readSources(root, folder))
      .filter(({ isGenerated, lines }) => !isGenerated && lines > MAX_FILE_LINES)
      .map(({ path, lines }) => `${path}: ${lines}`);
    assert.deepEqual(long, []);
  });
});
