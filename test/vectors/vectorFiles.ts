import { existsSync, readFileSync } from 'node:fs';

/** A file of vectors that the project pins and ships with its tests. */
export function readGolden(name: string): unknown {
  return JSON.parse(readVectors(name));
}

/** Text of a vector file: the project's own, or a published one, which is read where it lies beside the project. */
export function readVectors(name: string): string {
  return readFileSync(
    [new URL(name, SHIPPED), new URL(name, PUBLISHED)].find((url) => existsSync(url))!,
    'utf8',
  );
}

/** For a test's `skip` option: false if the project ships the file or it lies beside it, else the reason that is printed. */
export function skipUnless(name: string): false | string {
  if (existsSync(new URL(name, SHIPPED)) || existsSync(new URL(name, PUBLISHED))) return false;
  return `${name} is another project's, not ours to ship: test/vectors/README.md says where it is from and where it goes`;
}

/** This file runs as <output folder>/test/vectors/vectorFiles.js. */
const PROJECT = new URL('../../../', import.meta.url);
const SHIPPED = new URL('test/vectors/', PROJECT);
const PUBLISHED = new URL('../shared/vectors/', PROJECT);
