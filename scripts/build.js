// Builds what ships: the node (dist/src), the browser IDE (dist/ide) and the explorer (dist/explorer).
// `node scripts/build.js code` leaves the pages alone.
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';

const run = (script, ...args) => execFileSync(process.execPath, [script, ...args], { stdio: 'inherit' });

// What was compiled from a file that is gone must not be tested or shipped.
for (const folder of ['src', 'test', 'bench', 'campaigns', 'examples', 'scripts'])
  rmSync(`dist/${folder}`, { recursive: true, force: true });
run('node_modules/typescript7/bin/tsc', '-p', 'tsconfig.json');
chmodSync('dist/src/cli.js', 0o755);
if (process.argv[2] !== 'code') {
  run('node_modules/typescript7/bin/tsc', '-p', 'explorer');
  for (const page of ['ide', 'explorer']) run('node_modules/vite/bin/vite.js', 'build', page, '--logLevel', 'warn');
}
