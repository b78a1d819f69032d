import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { noTypist, type } from './typist.js';

describe('a passphrase asked for in the terminal', { skip: noTypist }, () => {
  const home = temporaryFolder();
  const first = 'new passphrase, at least 8 characters: ';

  it('has its least length shown before it is typed, is asked for twice, and is not shown', async () => {
    const { shown, code } = await type(
      home,
      ['keys', 'new', '--out', 'typed.json'],
      [
        [first, 'correct horse\r'],
        ['again: ', 'correct horse\r'],
      ],
    );
    assert.equal(code, 0, shown);
    assert.ok(!shown.includes('correct'));
    const opened = await type(home, ['keys', 'export', 'typed.json'], [['passphrase: ', 'correct horse\r']]);
    assert.equal(opened.code, 0, opened.shown);
    assert.equal(opened.shown.trim().split(/\s+/).length, 25);
  });

  it('that is too short is refused before it is asked for again, and Ctrl-C changes nothing', async () => {
    const short = await type(home, ['keys', 'new', '--out', 'short.json'], [[first, 'short\r']]);
    assert.match(short.shown, /error: expected a passphrase of at least 8 characters, got 5/);
    assert.ok(!short.shown.includes('again'));
    const stopped = await type(home, ['keys', 'new', '--out', 'short.json'], [[first, '\x03']]);
    assert.match(stopped.shown, /error: stopped, nothing was changed/);
    assert.deepEqual([short.code, stopped.code], [2, 1]);
    assert.ok(!existsSync(join(home, 'short.json')));
  });
});
