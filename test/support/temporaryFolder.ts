import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

const inhabitants = new Map<string, () => Promise<void>>();

/** Before the folder is deleted, `close` closes everything that uses it or a folder below. */
export function closeBeforeDeletion(folder: string, close: () => Promise<void>): void {
  inhabitants.set(folder, close);
}

/** Path of a new empty folder, deleted with all it holds when the test or the file it was asked for in has ended. */
export function temporaryFolder(parent = tmpdir()): string {
  const path = mkdtempSync(join(parent, 'corrente-'));
  after(async () => {
    for (const [folder, close] of inhabitants) if (folder === path || folder.startsWith(`${path}/`)) await close();
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}
