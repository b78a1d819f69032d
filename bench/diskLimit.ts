import { open } from 'node:fs/promises';

/** Small writes a second that the disk of `path` makes durable, one after another: no node stores more blocks one by one than this. */
export async function diskLimit(path: string, milliseconds: number): Promise<number> {
  const file = await open(path, 'w');
  const page = Buffer.alloc(4096, 7);
  const started = performance.now();
  let written = 0;
  let elapsed = 0;
  while (elapsed < milliseconds) {
    // A few pages again and again, as a database does: a file that grows would sync its length too.
    await file.write(page, 0, page.length, 4096 * (written % 16));
    await file.datasync();
    written++;
    elapsed = performance.now() - started;
  }
  await file.close();
  return written / (elapsed / 1000);
}
