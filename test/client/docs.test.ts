import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { packageFolder } from '../support/packageFolder.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const root = packageFolder();
const declarations = fileURLToPath(new URL('../../src/client/client.d.ts', import.meta.url));

/** Errors of the compiler in these programs, each a module of its own that imports `corrente/client`. */
async function check(programs: readonly string[]): Promise<string> {
  const folder = temporaryFolder();
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const files = programs.map((_, index) => `block${index + 1}.ts`);
  for (const [index, program] of programs.entries()) writeFileSync(join(folder, files[index]!), program);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const compilerOptions = {
    ...{ target: 'es2023', lib: ['es2024'], module: 'nodenext', types: ['node'] },
    ...{ strict: true, noImplicitReturns: true, exactOptionalPropertyTypes: true, skipLibCheck: true, noEmit: true },
    paths: { 'corrente/client': [declarations] },
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  try {
    return (await promisify(execFile)(process.execPath, [compiler], { cwd: folder, timeout: 60_000 })).stdout;
  } catch (error) {
    return (error as { readonly stdout: string }).stdout;
  }
}

it('the programs of docs/client.md are programs, and one with a mistake is found', async () => {
  const text = readFileSync(join(root, 'docs/client.md'), 'utf8');
  const programs = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1]!);
  assert.ok(programs.length >= 5, `${programs.length} programs`);
  const unhandled = programs[1]!.replace(/ +case 'Rejected':\n.*\n/, '');
  assert.notEqual(unhandled, programs[1]);
  assert.match(
    await check([...programs, unhandled]),
    new RegExp(`^block${programs.length + 1}\\.ts.* error TS\\d+.*\n$`),
  );
});
