import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const undos = new Set<() => void>();

process.once('exit', () => {
  for (const undo of [...undos].reverse()) undo();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** Runs `undo` when the campaign ends, last one first, unless SIGKILL ends it. Returns a function that cancels this. */
export function atExit(undo: () => void): () => void {
  undos.add(undo);
  return () => undos.delete(undo);
}

/** A new folder that is deleted when the campaign ends. */
export function campaignFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'corrente-campaign-'));
  atExit(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
