import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import * as client from '../../src/client/client.js';
import { developmentNetwork } from '../../src/consensus/network.js';
import { startTestNode } from '../support/node.js';
import { packageFolder } from '../support/packageFolder.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const root = packageFolder();
const built = join(temporaryFolder(), 'corrente-client');
/** A project of somebody else, with the package installed. */
const project = temporaryFolder();
const installed = join(project, 'node_modules', 'corrente-client');
let said = '';

async function run(command: string, args: readonly string[], cwd = project): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(command, args, { cwd, timeout: 120_000 });
  said += stderr;
  return stdout;
}

async function compile(files: readonly string[], compilerOptions: object = {}): Promise<void> {
  const options = {
    ...{ target: 'es2023', lib: ['es2024'], module: 'nodenext', types: ['node'], outDir: 'out', rootDir: '.' },
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: false },
  };
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...options, ...compilerOptions }, files }),
  );
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc')]);
}

before(async () => {
  await run(process.execPath, [join(root, 'scripts/clientPackage.js'), built], root);
  const [packed] = JSON.parse(await run('npm', ['pack', '--json', built])) as { filename: string }[];
  writeFileSync(join(project, 'package.json'), '{"name":"a-project","private":true,"type":"module"}');
  // Offline: it needs nothing that it does not hold.
  const quiet = ['--offline', '--no-audit', '--no-fund', '--engine-strict'];
  await run('npm', ['install', ...quiet, join(project, packed!.filename)]);
});

describe('the package corrente-client', () => {
  it('is installed without a warning, a script or another package, in less than 1 MB', () => {
    assert.equal(said, '');
    assert.deepEqual(
      readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.')),
      ['corrente-client'],
    );
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>;
    for (const part of ['scripts', 'dependencies', 'peerDependencies', 'optionalDependencies']) {
      assert.equal(manifest[part], undefined, part);
    }
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' }).map((name) => join(installed, name));
    const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
    assert.ok(bytes > 100_000 && bytes < 1_000_000, `${bytes} bytes`);
  });

  it('has every name of corrente/client, its operations, its examples and a page whose links lead somewhere', async () => {
    const names = await run(process.execPath, [
      ...['--input-type=module', '-e'],
      "console.log(JSON.stringify(Object.keys(await import('corrente-client')).sort()))",
    ]);
    assert.deepEqual(JSON.parse(names), Object.keys(client).sort());
    const page = readFileSync(join(installed, 'README.md'), 'utf8');
    assert.ok(page.includes("from 'corrente-client'") && !page.includes('corrente/client'));
    const links = [...page.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => match[1]!);
    assert.ok(links.includes('operations.graphql'), links.join(' '));
    for (const link of links) assert.ok(statSync(join(installed, link)), link);
    const licences = readFileSync(join(installed, 'LICENSES'), 'utf8');
    for (const name of ['graphql ', 'graphql-request ', '@noble/hashes ', 'tweetnacl ']) {
      assert.match(licences, new RegExp(`^${name}`, 'm'));
    }
  });

  it('makes a key, seals it and opens it in Node', async () => {
    const made = await run(process.execPath, [
      ...['--input-type=module', '-e'],
      `import { generateKeyPair, openKeyFile, sealKeyFile } from 'corrente-client';
       const key = generateKeyPair();
       const opened = await openKeyFile(await sealKeyFile(key, 'a long passphrase'), 'a long passphrase');
       console.log(Buffer.compare(key.seed, opened.seed), new Set(key.seed).size > 8);`,
    ]);
    assert.equal(made, '0 true\n');
  });

  it('has examples that compile where they are copied to, strictly, and run', async () => {
    cpSync(join(installed, 'examples'), join(project, 'examples'), { recursive: true });
    // Types of Node, which a program for Node has.
    mkdirSync(join(project, 'node_modules/@types'), { recursive: true });
    for (const name of ['@types/node', 'undici-types']) {
      symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name));
    }
    await compile(['examples/fund.ts', 'examples/payMany.ts', 'examples/follow.ts']);
    const network = developmentNetwork();
    const node = await startTestNode({ network });
    const to = client.encodeAddress(network.addressPrefix, client.developmentAccount(7).publicKey);
    const paid = await run(process.execPath, ['out/examples/payMany.js', node.url, `${to}=5`]);
    assert.match(paid, new RegExp(`^accepted {2}[0-9a-f]{64} {2}5 to ${to}\n$`));
  });

  it('has types for a page, too', async () => {
    writeFileSync(
      join(project, 'page.ts'),
      `import { CorrenteClient, openKeyFile, readNetworkFile, AccountDocument } from 'corrente-client';
       const node = new CorrenteClient({ url: location.href });
       const { balance } = await node.request(AccountDocument, { address: 'cor1…' });
       const available: string = balance.available;
       console.log(available, readNetworkFile('{}').name, (await openKeyFile('{}', '')).publicKey);`,
    );
    const browser = {
      lib: ['es2024', 'dom', 'dom.asynciterable'],
      types: [],
      module: 'esnext',
      moduleResolution: 'bundler',
    };
    await compile(['page.ts'], { ...browser, noEmit: true });
  });
});
