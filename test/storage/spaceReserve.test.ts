import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { SpaceReserve } from '../../src/storage/lmdb/spaceReserve.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

function file(content: string) {
  const path = join(temporaryFolder(), 'file');
  writeFileSync(path, content);
  return { path, reserve: new SpaceReserve(path), bytes: () => statSync(path).size };
}

it('makes a file long enough for all claims, and leaves its content', () => {
  const { path, reserve, bytes } = file('used');
  reserve.claim(4, 1_000_000);
  assert.ok(bytes() >= 1_000_004, `${bytes()}`);
  reserve.claim(4, 1_000_000);
  assert.ok(bytes() >= 2_000_004, `${bytes()}`);
  assert.equal(readFileSync(path).subarray(0, 5).toString(), 'used\0');
  reserve.close();
});

it('takes nothing more for claims that were released', () => {
  const { reserve, bytes } = file('used');
  reserve.claim(4, 1_000_000);
  const before = bytes();
  reserve.release(1_000_000);
  reserve.claim(4, 1_000_000);
  assert.equal(bytes(), before);
  reserve.close();
});

it('never overwrites data from elsewhere in the file', () => {
  const { path, reserve } = file('used');
  reserve.claim(4, 1);
  const before = readFileSync(path).length;
  appendFileSync(path, 'from elsewhere');
  reserve.claim(before, 1_000_000);
  assert.equal(
    readFileSync(path)
      .subarray(before, before + 14)
      .toString(),
    'from elsewhere',
  );
  reserve.close();
});
