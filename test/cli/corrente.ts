import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Output of a command, and how it ended. */
export interface Ended {
  /** Null: ended by a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Variables = Readonly<Record<string, string>>;

export interface CorrenteOptions {
  /** Home and working folder of the command. */
  readonly home: string;
  readonly env?: Variables;
  /** Called with all of its standard output so far, whenever it says something. */
  readonly heard?: (stdout: string, child: ChildProcess) => void;
  readonly started?: (child: ChildProcess) => void;
}

/** Runs the compiled program as a process of its own with nothing but these settings. Killed if it is still there after 30 s. */
export async function corrente(
  args: readonly string[],
  { home, env, heard, started }: CorrenteOptions,
): Promise<Ended> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../../src/cli.js', import.meta.url)), ...args], {
    cwd: home,
    env: environment(home, env),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 30_000,
    killSignal: 'SIGKILL',
  });
  started?.(child);
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => heard?.((said += chunk.toString()), child));
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await closed) as [number | null];
  return { code, stdout, stderr };
}

/** The answer of a command with `--json`: exactly one JSON value. Throws the command's output if it failed. */
export async function answer<Answer>(args: readonly string[], options: CorrenteOptions): Promise<Answer> {
  const { code, stdout, stderr } = await corrente([...args, '--json'], options);
  if (code !== 0) throw new Error(`corrente ${args.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as Answer;
}

/**
 * One process that runs one command line after another, for those that end at once: loading the program takes longer than all of
 * them. Ended with the test file.
 */
export function commandLines(home: string): (args: readonly string[], env?: Variables) => Promise<Ended> {
  const child = fork(fileURLToPath(new URL('./commandLines.js', import.meta.url)), {
    cwd: home,
    env: environment(home),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  after(() => child.kill('SIGKILL'));
  return async (args, env = {}) => {
    const ended = once(child, 'message');
    child.send({ args, env });
    return ((await ended) as [Ended])[0];
  };
}

function environment(home: string, env: Variables = {}): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: home, ...env };
}
