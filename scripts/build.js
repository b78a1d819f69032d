// Builds the node (dist/src), its pages (GraphiQL in dist/ide, GraphQL Playground and the explorer), and dist/corrente-client.
// `node scripts/build.js code` leaves out the pages; `missing` does nothing if nothing has changed since the last build.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { compressAssets } from './compressPages.js';

/** Written after everything is built. */
const BUILT = 'dist/built';
const PLAYGROUND = 'node_modules/graphql-playground-react';
const SOURCES = [
  'src',
  'test',
  'bench',
  'campaigns',
  'examples',
  'scripts',
  'explorer',
  'ide',
  'playground',
  'docs/client.md',
  'docs/protocol.md',
  'schema.graphql',
  'tsconfig.json',
  'package-lock.json',
];

// npx and npm run `prepare` each time they use this folder: the build must not change under a running node.
if (process.argv[2] === 'missing' && isBuilt()) process.exit();

const run = (script, ...args) => execFileSync(process.execPath, [script, ...args], { stdio: 'inherit' });

// The compiled code of a deleted file must not be tested or shipped.
for (const folder of ['src', 'test', 'bench', 'campaigns', 'examples', 'scripts'])
  rmSync(`dist/${folder}`, { recursive: true, force: true });
run('node_modules/typescript7/bin/tsc', '-p', 'tsconfig.json');
chmodSync('dist/src/cli.js', 0o755);
if (process.argv[2] !== 'code') {
  run('node_modules/typescript7/bin/tsc', '-p', 'explorer');
  installPlayground();
  rmSync('dist/playground', { recursive: true, force: true });
  cpSync('playground/index.html', 'dist/playground/index.html');
  const parts = ['favicon.png', 'static/css/index.css', 'static/js/middleware.js'];
  const files = parts.map((file) => `playground/${PLAYGROUND}/build/${file}`);
  const scripts = readdirSync('playground').filter((name) => name.endsWith('.js'));
  files.push(...scripts.map((name) => `playground/${name}`));
  for (const file of files) cpSync(file, `dist/playground/assets/${basename(file)}`);
  for (const page of ['ide', 'explorer']) run('node_modules/vite/bin/vite.js', 'build', page, '--logLevel', 'warn');
  for (const page of ['ide', 'playground', 'explorer']) compressAssets(`dist/${page}/assets`);
  run('scripts/clientPackage.js');
  writeFileSync(BUILT, '');
}

/**
 * Installs GraphQL Playground, whose package comes built and contains its dependencies. It goes beside its page, not into the root, so the
 * node cannot import it. Does nothing if the version in the lock file is already there.
 */
function installPlayground() {
  const integrity = (lock) => JSON.parse(readFileSync(`playground/${lock}`, 'utf8')).packages[PLAYGROUND].integrity;
  const installed = 'node_modules/.package-lock.json';
  const isThere = existsSync(`playground/${PLAYGROUND}`) && existsSync(`playground/${installed}`);
  if (isThere && integrity(installed) === integrity('package-lock.json')) return;
  // Without the options of an `npm install --global` or `npm pack --dry-run` that runs this build.
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-global', '--no-dry-run', '--loglevel=error'];
  try {
    execFileSync('npm', ['--prefix', 'playground', 'ci', ...options], { stdio: ['ignore', 'ignore', 'inherit'] });
  } catch (error) {
    const ended = error.code ?? `exit code ${error.status}`;
    console.error(
      `build: GraphQL Playground (playground/package-lock.json) cannot be installed: npm ended with ${ended}.`,
    );
    console.error('It needs the npm registry once. `npm run build:code` builds the node without its pages.');
    process.exit(1);
  }
}

/** True if everything was built after the last change of its sources. */
function isBuilt() {
  try {
    statSync('dist/src/cli.js');
    const built = statSync(BUILT).mtimeMs;
    return SOURCES.every((source) => newest(source) < built);
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

function newest(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  const names = readdirSync(path).filter((name) => name !== 'node_modules');
  return Math.max(0, ...names.map((name) => newest(join(path, name))));
}
