import { existsSync, readFileSync } from 'node:fs';

/** A file of vectors that the project pins and ships with its tests. */
export function readGolden(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`test/vectors/${name}`, PROJECT), 'utf8'));
}

/** Text of a published vector file, which is read where it lies beside the project; only where skipUnless is false. */
export function readPublished(name: string): string {
  return readFileSync(new URL(name, PUBLISHED), 'utf8');
}

/** For a test's `skip` option: false if the file is there, else the reason that is printed. */
export function skipUnless(name: string): false | string {
  return existsSync(new URL(name, PUBLISHED)) ? false : `../shared/vectors/${name} is not here`;
}

/** This file runs as <output folder>/test/vectors/vectorFiles.js. */
const PROJECT = new URL('../../../', import.meta.url);
const PUBLISHED = new URL('../shared/vectors/', PROJECT);
