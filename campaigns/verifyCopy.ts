import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/**
 * The fault that `corrente verify` finds in a data folder that no node uses; undefined if it finds no fault. It works on a copy, so that the
 * node itself is the first to open the folder after a fault.
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
