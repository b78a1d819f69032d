// Builds what ships: the node (dist/src) and its pages: GraphiQL (dist/ide), GraphQL Playground and the explorer.
// `node scripts/build.js code` leaves the pages alone.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { compressAssets } from './compressPages.js';

const run = (script, ...args) => execFileSync(process.execPath, [script, ...args], { stdio: 'inherit' });

// What was compiled from a file that is gone must not be tested or shipped.
for (const folder of ['src', 'test', 'bench', 'campaigns', 'examples', 'scripts'])
  rmSync(`dist/${folder}`, { recursive: true, force: true });
run('node_modules/typescript7/bin/tsc', '-p', 'tsconfig.json');
chmodSync('dist/src/cli.js', 0o755);
if (process.argv[2] !== 'code') {
  run('node_modules/typescript7/bin/tsc', '-p', 'explorer');
  // Playground comes built.
  rmSync('dist/playground', { recursive: true, force: true });
  cpSync('playground/index.html', 'dist/playground/index.html');
  const built = 'node_modules/graphql-playground-react/build';
  const files = ['favicon.png', 'static/css/index.css', 'static/js/middleware.js'].map((file) => `${built}/${file}`);
  for (const file of ['playground/start.js', ...files]) cpSync(file, `dist/playground/assets/${basename(file)}`);
  for (const page of ['ide', 'explorer']) run('node_modules/vite/bin/vite.js', 'build', page, '--logLevel', 'warn');
  for (const page of ['ide', 'playground', 'explorer']) compressAssets(`dist/${page}/assets`);
}
