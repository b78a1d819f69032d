import assert from 'node:assert/strict';
import type { Ended } from './corrente.js';

/** Asserts that a command ended with this code and one clear line that says all of `expected`, and no stack. */
export function assertRefused(ended: Ended, code: 1 | 2 | 3, ...expected: readonly RegExp[]): void {
  const { stderr, stdout } = ended;
  assert.equal(ended.code, code, `${stdout}${stderr}`);
  assert.equal(stdout, '');
  // A node may have logged before.
  const lines = stderr.split('\n').filter((line) => line !== '' && !/^\[[0-9:. -]+\] INFO: /.test(line));
  assert.equal(lines.length, 1, stderr);
  assert.match(lines[0]!, /^error: /);
  for (const pattern of expected) assert.match(lines[0]!, pattern);
}
