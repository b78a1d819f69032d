import assert from 'node:assert/strict';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isServer, shellBlocks } from '../../scripts/readmeBlocks.js';
import { freePort } from '../support/freePort.js';
import { eventually } from '../support/node.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const cli = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
const home = temporaryFolder();

function bash(script: string): ChildProcessByStdio<null, Readable, null> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home, CORRENTE_PASSPHRASE: 'as typed at the prompt' },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  after(() => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL');
  });
  return child;
}

it("the README's private network mines, its nodes reach each other, and a payment crosses it", async () => {
  const blocks = shellBlocks(`${root}README.md`).filter(({ heading }) => heading === 'Run one for real');
  assert.equal(blocks.length, 3);
  const ports = new Map([
    ['4101', await freePort()],
    ['4102', await freePort()],
  ]);
  const here = (line: string) =>
    line
      .replaceAll('npx corrente', `'${process.execPath}' '${cli}'`)
      .replace(/\b410[12]\b/g, (port) => `${ports.get(port)!}`);
  const health = (port: string) =>
    fetch(`http://127.0.0.1:${ports.get(port)!}/health`).then(
      async (answer) => (await answer.json()) as { height: number },
      () => ({ height: -1 }),
    );
  for (const { lines } of blocks) {
    const script = lines.map(here);
    if (isServer(lines.at(-1)!)) {
      bash(script.join('\n')).stdout.resume();
      await eventually(
        () => health(/--port (\d+)/.exec(lines.at(-1)!)![1]!),
        ({ height }) => height >= 0,
        60_000,
      );
      continue;
    }
    const child = bash(script.join('\n'));
    const said = await text(child.stdout);
    assert.match(said, /^accepted +[0-9a-f]{64}$/m);
    assert.match(said, /^confirmed +in block [1-9]/m);
    assert.match(said, /\b2\.5\b/);
    assert.match(said, /CONNECTED/i);
  }
  // Mined by the first node, confirmed by the second.
  assert.ok((await health('4101')).height >= 1);
});
