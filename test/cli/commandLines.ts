import { run } from '../../src/cli/program.js';
import type { Ended, Variables } from './corrente.js';

// The child of commandLines() in corrente.ts: runs each command line that it gets, and answers with its output.
process.on('message', ({ args, env }: { readonly args: readonly string[]; readonly env: Variables }) => {
  void said(args, env).then((ended) => process.send!(ended));
});

async function said(args: readonly string[], env: Variables): Promise<Ended> {
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    process[stream].write = (chunk: string | Uint8Array): boolean => {
      written[stream] += String(chunk);
      return true;
    };
  }
  Object.assign(process.env, env);
  try {
    return { code: await run([process.execPath, 'corrente', ...args]), ...written };
  } catch (error) {
    // Where src/cli.ts would end with a stack.
    return { code: 1, stdout: written.stdout, stderr: `${written.stderr}${String((error as Error).stack)}` };
  } finally {
    for (const name of Object.keys(env)) Reflect.deleteProperty(process.env, name);
  }
}
