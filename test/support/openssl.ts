import { spawnSync } from 'node:child_process';

/** False where a proxy's certificate can be made; else why a test that needs one is skipped, for the runner's option. */
export const withoutOpenssl: string | false =
  spawnSync('openssl', ['version']).status !== 0 && 'openssl is not installed: apt-get install openssl';
