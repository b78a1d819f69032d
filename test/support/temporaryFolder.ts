import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/** Path of a new empty folder, deleted with all it holds when the test or the file it was asked for in has ended. */
export function temporaryFolder(parent = tmpdir()): string {
  const path = mkdtempSync(join(parent, 'corrente-'));
  after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
