// Makes the package corrente-client from the build: the client in one file, its types, operations, page and examples, and no dependency.
// `node scripts/clientPackage.js FOLDER` writes it there instead of dist/corrente-client.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { packagesOf } from './bundledLicenses.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = resolve(process.argv[2] ?? join(root, 'dist/corrente-client'));
const source = join(root, 'dist/src');
const read = (path) => readFileSync(join(root, path), 'utf8');
const write = (path, text) => {
  mkdirSync(dirname(join(out, path)), { recursive: true });
  writeFileSync(join(out, path), text);
};

rmSync(out, { recursive: true, force: true });
const bundled = await bundle();
for (const path of declarations(join(source, 'client/client.d.ts'))) {
  // The only type of another package, which would need 2 MB.
  const text = readFileSync(path, 'utf8').replace(/^import .* from '@graphql-typed-document-node\/core';$/m, TYPED());
  write(`types/${relative(source, path)}`, text.replace(/^\/\/# sourceMappingURL.*$/m, ''));
}
write('LICENSES', licenses(bundled));
write(
  'README.md',
  ofThePackage(
    read('docs/client.md')
      .replaceAll('](../src/client/operations/public.graphql', '](operations.graphql')
      .replaceAll('](../', ']('),
  ),
);
for (const example of ['fund', 'payMany', 'follow']) {
  write(`examples/${example}.ts`, ofThePackage(read(`examples/${example}.ts`)));
}
for (const file of ['codegen.js', 'main.ts', 'operations.graphql', 'package.json', 'tsconfig.json']) {
  write(`examples/codegen/${file}`, read(`examples/codegen/${file}`));
}
copyFileSync(join(root, 'docs/protocol.md'), join(out, 'protocol.md'));
copyFileSync(join(root, 'LICENSE'), join(out, 'LICENSE'));
copyFileSync(join(root, 'schema.graphql'), join(out, 'schema.graphql'));
copyFileSync(join(root, 'src/client/operations/public.graphql'), join(out, 'operations.graphql'));
write('package.json', `${JSON.stringify(manifest(), null, 2)}\n`);

/** Writes client.js; returns the packages bundled in it. */
async function bundle() {
  const [{ output }] = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      lib: { entry: join(source, 'client/client.js'), formats: ['es'], fileName: 'client' },
    },
  });
  const [{ code, imports, moduleIds }] = output;
  if (output.length !== 1 || imports.length > 0) throw new Error(`expected one file without imports, got ${imports}`);
  write('client.js', code);
  return packagesOf(moduleIds);
}

/** A declaration file and the ones that it imports, each once. */
function declarations(entry, found = new Set()) {
  if (found.has(entry)) return found;
  found.add(entry);
  for (const [, path] of readFileSync(entry, 'utf8').matchAll(/ from '(\.[^']+)\.js';/g)) {
    declarations(join(dirname(entry), `${path}.d.ts`), found);
  }
  return found;
}

function TYPED() {
  return `/** The type that GraphQL libraries know: a document with the types of its answer and variables. */
export interface DocumentTypeDecoration<TResult, TVariables> {
    __apiType?: (variables: TVariables) => TResult;
}`;
}

/** The licences of the packages in client.js, which must come with it. */
function licenses(packages) {
  return packages
    .map(({ name, version, license, text }) => `${name} ${version}: ${license}\n\n${text}\n`)
    .join(`\n${'-'.repeat(72)}\n\n`);
}

function ofThePackage(text) {
  return text.replaceAll('corrente/client', 'corrente-client');
}

function manifest() {
  const { version, license, engines } = JSON.parse(read('package.json'));
  return {
    name: 'corrente-client',
    version,
    description:
      'Uses a Corrente node and checks its answers: keys, signing, sending until confirmed, live feeds, proofs',
    license,
    type: 'module',
    sideEffects: false,
    engines,
    exports: {
      '.': { types: './types/client/client.d.ts', default: './client.js' },
      './operations.graphql': './operations.graphql',
      './schema.graphql': './schema.graphql',
      './package.json': './package.json',
    },
  };
}
