import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/**
 * What `corrente verify` says against a data folder that no node uses; undefined if nothing. On a copy, so that the node itself
 * is the first to open what a fault left behind.
 */
export async function verifyCopy(data: string, network: string): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'corrente-copy-'));
  const cli = fileURLToPath(new URL('../src/cli.js', import.meta.url));
  try {
    cpSync(data, folder, { recursive: true });
    await promisify(execFile)(process.execPath, [cli, 'verify', '--json', '--data', folder, '--network', network]);
    return undefined;
  } catch (error) {
    return (error as { stderr?: string }).stderr ?? String(error);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
