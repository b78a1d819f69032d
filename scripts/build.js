// Builds everything that ships: the node (dist/src) and the browser IDE (dist/ide).
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const run = (script, ...args) => execFileSync(process.execPath, [script, ...args], { stdio: 'inherit' });

run('node_modules/typescript7/bin/tsc', '-p', 'tsconfig.json');
if (existsSync('ide/vite.config.js')) run('node_modules/vite/bin/vite.js', 'build', 'ide', '--logLevel', 'warn');
