import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Closers } from '../../src/util/closers.js';

it('closes in reverse order, once, and goes on after a failure, which it reports', async () => {
  const closed: string[] = [];
  const closers = new Closers();
  closers.add(() => void closed.push('opened first'));
  closers.add(() => Promise.reject(new Error('second failed')));
  closers.add(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    closed.push('opened last');
  });
  const both = await Promise.allSettled([closers.close(), closers.close()]);
  assert.deepEqual(closed, ['opened last', 'opened first']);
  for (const result of both)
    assert.equal(result.status === 'rejected' && String(result.reason), 'Error: second failed');
});
