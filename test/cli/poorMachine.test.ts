import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { assertRefused } from './assertRefused.js';
import type { Ended } from './corrente.js';

const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
const OPENED = '"msg":"opened network ';
const home = temporaryFolder();

/** A development node on a new folder, below a limit of the shell. */
async function limited(limit: string, data: string): Promise<Ended> {
  const command = `${limit}; exec "$0" "$1" node --port 0 --log-level error --data "$2"`;
  const child = spawn('bash', ['-c', command, process.execPath, CLI, data], {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 30_000,
    killSignal: 'SIGKILL',
  });
  const ended = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await ended) as [number | null];
  return { code, stdout, stderr };
}

describe('a first start on a machine that has too little', () => {
  it('open files: one line that says how many, and where to raise the limit', async () => {
    const expected = /^error: expected a limit of at least 256 open files, got 64; raise it: ulimit -n 1024/;
    assertRefused(await limited('ulimit -n 64', 'files'), 1, expected);
  });

  it('space: one line that names the file that did not fit, whichever it is', async () => {
    // In KiB, of each file: the first needs some 290.
    for (const kibibytes of [100, 200]) {
      const ended = await limited(`ulimit -f ${kibibytes}`, `space-${kibibytes}`);
      assertRefused(ended, 1, /space-\d+.*(expected up to \d+ bytes of space, got|EFBIG|File too large)/);
    }
  });
});

describe('a node that runs out of open files', () => {
  it('says so once', () => crowded(0, 'the data folder can be opened again'));

  it('says so once, with API workers, whose connections are counted before they would be lost', () =>
    crowded(1, 'connections are taken again'));

  async function crowded(workers: number, isOver: string): Promise<void> {
    const args = `--port 0 --json --log-format json --data crowded-${workers} --api-workers ${workers}`;
    const child = spawn('bash', ['-c', `ulimit -n 256; exec "$0" "$1" node ${args}`, process.execPath, CLI], {
      cwd: home,
      env: { PATH: process.env['PATH'], HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
      killSignal: 'SIGKILL',
    });
    const sockets: Socket[] = [];
    after(() => child.kill('SIGKILL'));
    after(() => sockets.forEach((socket) => socket.destroy()));
    const log = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
    const [ready] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const { port } = new URL((JSON.parse(ready) as { url: string }).url);
    for (let i = 0; i < 300; i++) sockets.push(connect(Number(port), '127.0.0.1').on('error', () => undefined));
    const next = async (text: string) => {
      for (let skipped = ''; ;) {
        const line = await log.next();
        if (line.done) assert.fail(`expected ${text}, got the end after ${skipped}`);
        if (line.value.includes(text)) return skipped;
        skipped += line.value;
      }
    };
    await next('as many files are open as the limit allows');
    for (const socket of sockets) socket.destroy();
    assert.doesNotMatch(await next(isOver), /as many files|Handle did not reach/);
    child.kill();
  }
});

describe('a signal while a node starts', () => {
  it('stops it as soon as it has started, cleanly', async () => {
    const child = spawn(process.execPath, [CLI, 'node', '--port', '0', '--log-format', 'json', '--data', 'signalled'], {
      cwd: home,
      env: { PATH: process.env['PATH'], HOME: home },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 30_000,
      killSignal: 'SIGKILL',
    });
    const ended = once(child, 'close');
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      const hadOpened = log.includes(OPENED);
      log += chunk;
      // It has its data then and does not listen yet.
      if (!hadOpened && log.includes(OPENED)) child.kill('SIGTERM');
    });
    assert.deepEqual(await ended, [0, null]);
    assert.match(log, /"stopping; a second signal stops at once"/);
  });
});
