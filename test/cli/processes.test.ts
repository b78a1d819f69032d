import assert from 'node:assert/strict';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startLocalNode } from '../../examples/localNode.js';
import { freePort } from '../support/freePort.js';
import { eventually } from '../support/node.js';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { assertRefused } from './assertRefused.js';
import { corrente } from './corrente.js';

const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
const home = temporaryFolder();

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  after(() => child.kill('SIGKILL'));
  return child;
}

async function answers(url: string): Promise<boolean> {
  return fetch(new URL('/health', url)).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Of a node's best chain; -1 while it does not answer. */
async function heightOf(url: string): Promise<number> {
  return fetch(new URL('/health', url)).then(
    async (answer) => ((await answer.json()) as { height: number }).height,
    () => -1,
  );
}

describe('a reader of standard output that goes away', () => {
  it('ends a command that only shows something, without a word', async () => {
    const node = await startLocalNode({ data: join(home, 'watched'), args: ['--mine', '0.2'] });
    after(() => node.stop());
    const watch = start(['watch', '--node', node.url]);
    const said = text(watch.stderr);
    await once(watch.stdout, 'data');
    watch.stdout.removeAllListeners('data');
    watch.stdout.destroy();
    const [code] = (await once(watch, 'exit')) as [number | null];
    assert.deepEqual([code, await said], [0, '']);
  });

  it('ends no node, which goes on serving', async () => {
    const port = await freePort();
    const node = start(['node', '--data', join(home, 'headless'), '--port', `${port}`, '--mine', '0.2', '--json']);
    // Before it says where it serves.
    node.stdout.destroy();
    await eventually(
      () => heightOf(`http://127.0.0.1:${port}/`),
      (height) => height >= 3,
      60_000,
    );
    node.kill('SIGTERM');
    const [code] = (await once(node, 'exit')) as [number | null];
    assert.equal(code, 0);
  });

  it('and a file on a full disk is named', async () => {
    const child = spawn(process.execPath, [CLI, '--version'], {
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    });
    assert.match(await text(child.stderr!), /^error: standard output: .*ENOSPC/);
  });
});

describe('a refusal of the system is one line', () => {
  it('no home, where a command would keep something there', async (context) => {
    if (process.getuid?.() !== 0) {
      context.skip('needs root, to become a user without a home');
      return;
    }
    for (const args of [['node'], ['keys', 'list'], ['mine', '1']]) {
      const child = spawn(process.execPath, [CLI, ...args], {
        cwd: '/',
        env: { PATH: process.env['PATH'] },
        uid: 12_345,
        gid: 12_345,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const closed = once(child, 'close');
      const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
      const [code] = (await closed) as [number | null];
      assert.deepEqual([stdout, code], ['', 2], args[0]);
      assert.match(stderr, /^error: expected the variable HOME, or a path for each file and folder .*\n$/);
    }
  });

  it('a folder that is a file, or that is not there', async () => {
    const odd = join(home, 'odd');
    mkdirSync(join(odd, '.corrente'), { recursive: true });
    writeFileSync(join(odd, '.corrente', 'keys'), '');
    assertRefused(await corrente(['keys', 'list'], { home: odd }), 1, /keys: a folder of this path is a file/);
    chmodSync(odd, 0o700);
    assertRefused(
      await corrente(['devnet'], { home: odd, env: { TMPDIR: join(odd, 'gone') } }),
      1,
      /gone.*: no such file or folder/,
    );
  });
});

it('a variable that is no setting is named, but for those that Kubernetes sets', async () => {
  const env = { CORRENTE_MINEE: '1', CORRENTE_SERVICE_HOST: '10.0.0.1', CORRENTE_PORT_4000_TCP: 'tcp://10.0.0.1:4000' };
  const { code, stderr } = await corrente(['keys', 'list'], { home: temporaryFolder(), env });
  assert.equal(code, 0);
  assert.match(stderr, /^warning: CORRENTE_MINEE is no setting: it changes nothing; did you mean CORRENTE_MINE\?\n$/);
});

/** Three ports in a row that nothing listens on. */
async function threePorts(): Promise<number> {
  for (;;) {
    const servers = [createServer().listen(0, '127.0.0.1')];
    await once(servers[0]!, 'listening');
    const { port } = servers[0]!.address() as AddressInfo;
    const others = [port + 1, port + 2].map((next) => createServer().listen(next, '127.0.0.1'));
    servers.push(...others);
    const free = await Promise.all(
      others.map((server) =>
        once(server, 'listening').then(
          () => true,
          () => false,
        ),
      ),
    );
    for (const server of servers) if (server.listening) await new Promise((closed) => server.close(closed));
    if (free.every(Boolean)) return port;
  }
}

it('a member of a devnet whose parent is gone before it serves ends, too', { timeout: 30_000 }, async () => {
  const data = join(home, 'orphan');
  const args = [CLI, 'node', '--json', '--port', '0', '--data', data, '--with-parent', '--temporary'];
  const member = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], env: { HOME: home } });
  after(() => member.kill('SIGKILL'));
  member.disconnect();
  assert.deepEqual(await once(member, 'exit'), [0, null]);
  assert.ok(!existsSync(data));
});

describe('a devnet ends whole, however its parent ends', () => {
  for (const signal of ['SIGHUP', 'SIGKILL'] as const) {
    it(signal, async (context: TestContext) => {
      const port = await threePorts();
      const devnet = start(['devnet', '--port', `${port}`], { TMPDIR: home });
      let said = '';
      devnet.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
      const urls = [0, 1, 2].map((index) => `http://127.0.0.1:${port + index}/`);
      const serving = () => Promise.all(urls.map(answers));
      await eventually(serving, (all) => all.every(Boolean), 60_000);
      const folder = /^data {2}(.*)\/n1 /m.exec(said)?.[1];
      assert.ok(folder !== undefined && existsSync(folder), said);
      devnet.kill(signal);
      await once(devnet, 'exit');
      await eventually(serving, (all) => !all.some(Boolean));
      await eventually(
        () => Promise.resolve(existsSync(folder)),
        (there) => !there,
      );
      context.diagnostic(`${folder} is deleted`);
    });
  }
});
