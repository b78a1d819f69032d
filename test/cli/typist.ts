import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Variables } from './corrente.js';

const cli = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
/** Why tests that type are skipped, if they are. */
export const noTypist =
  spawnSync('python3', ['-c', 'import pty']).status !== 0 && 'there is no python3, which types here';

/** Types each answer when its question is there, in a terminal of its own; prints the terminal's text and the exit code. */
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

/** Runs a command in a terminal, where each answer is typed when its question is there. */
export async function type(
  home: string,
  args: readonly string[],
  dialogue: readonly (readonly [string, string])[],
  variables: Variables = {},
) {
  const script = JSON.stringify([[process.execPath, cli, ...args], dialogue]);
  const env = { PATH: process.env['PATH'], HOME: home, ...variables };
  const { stdout } = await promisify(execFile)('python3', ['-c', TYPIST, script], { cwd: home, env, timeout: 60_000 });
  const [shown, code] = JSON.parse(stdout) as [string, number];
  return { shown, code };
}
