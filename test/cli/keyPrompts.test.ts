import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryFolder } from '../support/temporaryFolder.js';

const cli = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
const hasPython = spawnSync('python3', ['-c', 'import pty']).status === 0;

/** Types each answer when its question is there, in a terminal of its own; prints what the terminal showed and the exit code. */
const TYPIST = `
import os, pty, sys, json
command, dialogue = json.loads(sys.argv[1])
child, terminal = pty.fork()
if child == 0:
    os.execvp(command[0], command)
shown = b''
for question, answer in dialogue:
    while not shown.endswith(question.encode()):
        shown += os.read(terminal, 1)
    os.write(terminal, answer.encode())
try:
    while True:
        part = os.read(terminal, 1024)
        if not part: break
        shown += part
except OSError:
    pass
print(json.dumps([shown.decode(), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])]))
`;

async function type(home: string, args: readonly string[], dialogue: readonly (readonly [string, string])[]) {
  const script = JSON.stringify([[process.execPath, cli, ...args], dialogue]);
  const env = { PATH: process.env['PATH'], HOME: home };
  const { stdout } = await promisify(execFile)('python3', ['-c', TYPIST, script], { cwd: home, env, timeout: 60_000 });
  const [shown, code] = JSON.parse(stdout) as [string, number];
  return { shown, code };
}

describe(
  'a passphrase asked for in the terminal',
  { skip: !hasPython && 'there is no python3, which types here' },
  () => {
    const home = temporaryFolder();
    const first = 'new passphrase, at least 8 characters: ';

    it('is told its least length before it is typed, asked for twice, and not shown', async () => {
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
  },
);
