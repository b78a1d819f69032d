import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Command } from '@commander-js/extra-typings';
import { Failure } from './failure.js';
import { flag, path, port } from './options.js';

/** `corrente devnet`: peered development nodes as processes of their own, one log, ended together. */
export function devnetCommand() {
  return new Command('devnet')
    .description('run three peered development nodes')
    .addOption(flag('--port <number>', 'port of the first; the others follow').argParser(port(1, 65_000)).default(4001))
    .addOption(
      flag('--data <folder>', 'keep their data here (default: a temporary folder, deleted at the end)').argParser(path),
    )
    .action(async (options) => {
      const folder = options.data ?? (await mkdtemp(join(tmpdir(), 'corrente-devnet-')));
      const temporary = options.data === undefined;
      const ports = [0, 1, 2].map((index) => options.port + index);
      const nodes = ports.map((port, index) => startMember(index + 1, port, ports, { folder, temporary }));
      const stop = (): void => nodes.forEach((node) => node.kill('SIGTERM'));
      let stopping = false;
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
        process.on(signal, () => {
          stopping = true;
          stop();
        });
      }
      process.stdout.write(
        `${ports.map((port, i) => `n${i + 1}  http://127.0.0.1:${port}/graphql`).join('\n')}\ndata  ${join(folder, 'n1')} and so on${temporary ? ', deleted at the end' : ''}; admin commands need --data\nn1 mines every 3 s. Ctrl-C ends all three.\n\n`,
      );
      const codes = await Promise.all(
        nodes.map(async (node) => {
          if (node.exitCode === null) await once(node, 'exit');
          // One that ends by itself takes the others with it.
          if (!stopping) stop();
          return node.exitCode ?? 0;
        }),
      );
      if (temporary) await rm(folder, { recursive: true, force: true });
      if (codes.some((code) => code !== 0)) throw new Failure('a node of the devnet failed: see its last lines above');
    });
}

interface Place {
  readonly folder: string;
  /** The members delete it, since this process may be killed. */
  readonly temporary: boolean;
}

function startMember(number: number, port: number, ports: readonly number[], place: Place): ChildProcess {
  const peers = ports
    .filter((other) => other !== port)
    .flatMap((other) => ['--peer', `http://127.0.0.1:${other}/graphql`]);
  const cli = fileURLToPath(new URL('../cli.js', import.meta.url));
  const mine = number === 1 ? '3' : 'off';
  const args = [
    cli,
    'node',
    '--json',
    '--port',
    `${port}`,
    '--data',
    join(place.folder, `n${number}`),
    '--mine',
    mine,
    ...peers,
    '--with-parent',
    ...(place.temporary ? ['--temporary'] : []),
  ];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: environment(),
    detached: true,
  });
  createInterface({ input: child.stderr! }).on('line', (line) => process.stdout.write(`n${number} | ${line}\n`));
  return child;
}

/** This process's environment without the node's own settings: each member gets flags. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('CORRENTE_')));
}
