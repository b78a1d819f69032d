import { readFile } from 'node:fs/promises';

/** The index.html of a built page's folder; undefined where it is not built. */
export async function builtPage(folder: URL): Promise<Buffer | undefined> {
  try {
    return await readFile(new URL('index.html', folder));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
