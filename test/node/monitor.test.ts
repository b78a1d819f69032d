import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MIN_FREE_BYTES, readiness, type ReadinessModules } from '../../src/node/monitor.js';

const READY: ReadinessModules = {
  sync: { progress: () => ({ status: 'SYNCED', height: 7, targetHeight: 7, reason: undefined }) },
  pulse: () => ({ lastBlockAt: 0, secondsSinceBlock: 3, standstill: false }),
  folder: { fault: () => undefined, freeBytes: () => MIN_FREE_BYTES },
  databases: [{ failure: undefined }],
};
const codes = (modules: Partial<ReadinessModules>) =>
  readiness({ ...READY, ...modules }).reasons.map(({ code }) => code);

describe('readiness', () => {
  it('has no reason against a synced node with space', () => {
    assert.deepEqual(readiness(READY), { height: 7, secondsSinceBlock: 3, reasons: [] });
  });

  it('names the status of a node that is not synced', () => {
    for (const status of ['SYNCING', 'ISOLATED', 'BEHIND'] as const) {
      const progress = () => ({ status, height: 7, targetHeight: 9, reason: undefined });
      assert.deepEqual(codes({ sync: { progress } }), [status]);
    }
  });

  it('says why a node is behind', () => {
    const progress = () => ({ status: 'BEHIND' as const, height: 7, targetHeight: 7, reason: 'check the clock' });
    const { message } = readiness({ ...READY, sync: { progress } }).reasons[0]!;
    assert.equal(message, 'expected a synced node, got check the clock');
  });

  it('says that no peer is connected', () => {
    const progress = () => ({ status: 'ISOLATED' as const, height: 7, targetHeight: 7, reason: undefined });
    const { message } = readiness({ ...READY, sync: { progress } }).reasons[0]!;
    assert.equal(message, 'expected a connected peer, got none: the list of peers says why of each');
  });

  it('STANDSTILL: no block for long', () => {
    assert.deepEqual(codes({ pulse: () => ({ lastBlockAt: 0, secondsSinceBlock: 900, standstill: true }) }), [
      'STANDSTILL',
    ]);
  });

  it('STORAGE_FULL: from one byte less than the databases may need', () => {
    assert.deepEqual(codes({ folder: { fault: () => undefined, freeBytes: () => MIN_FREE_BYTES - 1 } }), [
      'STORAGE_FULL',
    ]);
  });

  it('STORAGE_FAILED or TOO_MANY_FILES: a data folder that cannot be opened', () => {
    const fault = (code: string) => () => Object.assign(new Error(code), { code });
    assert.deepEqual(codes({ folder: { fault: fault('ENOENT'), freeBytes: () => NaN } }), ['STORAGE_FAILED']);
    assert.deepEqual(codes({ folder: { fault: fault('EMFILE'), freeBytes: () => MIN_FREE_BYTES } }), [
      'TOO_MANY_FILES',
    ]);
  });

  it('STORAGE_FAILED: a database that refuses every write', () => {
    assert.deepEqual(codes({ databases: [{ failure: new Error('a write failed') }] }), ['STORAGE_FAILED']);
  });
});
