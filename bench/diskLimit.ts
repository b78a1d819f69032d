import { open } from 'node:fs/promises';

/** Small writes a second that the disk of `path` makes durable, one after another. No node stores more blocks a second one by one. */
export async function diskLimit(path: string, milliseconds: number): Promise<number> {
  const file = await open(path, 'w');
  const page = Buffer.alloc(4096, 7);
  const started = performance.now();
  let written = 0;
  let elapsed = 0;
  while (elapsed < milliseconds) {
    // Writes a few pages again and again, as a database does: a growing file would sync its length too.
    await file.write(page, 0, page.length, 4096 * (written % 16));
    await file.datasync();
    written++;
    elapsed = performance.now() - started;
  }
  await file.close();
  return written / (elapsed / 1000);
}
