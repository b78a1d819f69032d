import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { it } from 'node:test';
import { isOutOfSpace } from '../../src/storage/lmdb/environment.js';

const { ENOSPC, EIO, EACCES } = constants.errno;

it('takes an errno or LMDB code that says so as a full disk', () => {
  assert.equal(isOutOfSpace(ENOSPC, 1_000_000, 1), true);
  assert.equal(isOutOfSpace(-30792, 1_000_000, 1), true);
});

it('takes a page written in part as a full disk only where there is no space', () => {
  assert.equal(isOutOfSpace(EIO, 100, 4096), true);
  assert.equal(isOutOfSpace(EIO, 1_000_000, 4096), false);
});

it('takes nothing else as a full disk', () => {
  assert.equal(isOutOfSpace(EACCES, 0, 4096), false);
  assert.equal(isOutOfSpace(undefined, 0, 4096), false);
});
