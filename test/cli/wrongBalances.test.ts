import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { supplyAt, developmentNetwork } from '../../src/consensus/network.js';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { answer, corrente } from './corrente.js';

it('a node whose balances would not add up ends with 1; its last line says what it expected and got, and that nothing was written', async () => {
  const home = temporaryFolder();
  const data = join(home, 'data');
  const args = ['node', '--data', data, '--port', '0', '--mine', '0.2', '--log-format', 'json'];
  const wrong = new URL('./wrongSubsidy.js', import.meta.url).href;
  const { code, stderr } = await corrente(args, { home, env: { NODE_OPTIONS: `--import=${wrong}` } });
  assert.equal(code, 1, stderr);
  // Block 1 was paid the old subsidy, block 2 one unit more.
  const got = supplyAt(developmentNetwork(), 2) + 1n;
  assert.equal(
    stderr.trimEnd().split('\n').at(-1),
    `error: data folder ${data}: balances at height 2, about to be written: expected a sum of ${got + 1n}, got ${got}; ` +
      'a bug or faulty memory, and nothing was written from then on',
  );
  assert.match(stderr, /\n {4}at /, 'where it was found, for a bug report');
  assert.equal((await answer<{ blocks: number }>(['verify', '--data', data], { home })).blocks, 1);
});
