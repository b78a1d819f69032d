import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A package of others that this one installs, or has in a bundle. */
export interface ShippedPackage {
  readonly name: string;
  readonly version: string;
  /** As its package.json says it: an expression of SPDX. */
  readonly license: string;
  /** `node` for what `npm install` installs; a page for what is built into it. */
  readonly parts: readonly string[];
}

interface LockedPackage extends Omit<ShippedPackage, 'parts'> {
  /** For development alone. */
  readonly dev?: boolean;
  /** Its digest, as `sha512-` and base64. */
  readonly integrity: string;
}

/** Pages that Vite bundles; each build says in licenses.json what is in it. */
const BUNDLED_PAGES = ['explorer', 'ide'];

/** Licences that do not bind who uses, changes or sells this program to more than naming them. */
const ALLOWED = ['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'Unlicense'];

/** The packages of a folder's package-lock.json. */
export function lockedPackages(folder: string): LockedPackage[] {
  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, LockedPackage>>;
  };
  const before = 'node_modules/';
  return Object.entries(lock.packages).flatMap(([path, locked]) =>
    path === '' ? [] : [{ ...locked, name: path.slice(path.lastIndexOf(before) + before.length) }],
  );
}

/** Every package that ships, by name and version. `built`: the folder with the pages' builds; without it, only what is installed. */
export function shippedPackages(root: string, built?: string): ShippedPackage[] {
  const found = new Map<string, ShippedPackage>();
  const add = (part: string, { name, version, license }: Omit<ShippedPackage, 'parts'>): void => {
    const parts = found.get(`${name}@${version}`)?.parts ?? [];
    found.set(`${name}@${version}`, { name, version, license, parts: [...new Set([...parts, part])] });
  };
  for (const locked of lockedPackages(root)) if (!locked.dev) add('node', locked);
  // It comes built, and contains what it depends on, in versions that it does not name.
  for (const locked of lockedPackages(join(root, 'playground'))) add('playground', locked);
  for (const page of built === undefined ? [] : BUNDLED_PAGES) {
    const text = readFileSync(join(built!, page, 'licenses.json'), 'utf8');
    for (const bundled of JSON.parse(text) as LockedPackage[]) add(page, bundled);
  }
  const key = ({ name, version }: ShippedPackage) => `${name}@${version}`;
  return [...found.values()].sort((one, other) => (key(one) < key(other) ? -1 : 1));
}

/** True for a licence of the list, for several of them that hold together, and for a choice with one of them. */
export function isAllowed(license: string): boolean {
  const terms = license.replaceAll(/[()]/g, '');
  // Which of the two binds more would need the parentheses.
  if (terms.includes(' AND ') && terms.includes(' OR ')) return false;
  return terms.split(' OR ').some((choice) => choice.split(' AND ').every((one) => ALLOWED.includes(one)));
}

/** The page docs/licences.md. */
export function licencesPage(packages: readonly ShippedPackage[]): string {
  const licences = [...new Set(packages.map(({ license }) => license))].sort();
  const sections = licences.map((licence) => {
    const those = packages.filter(({ license }) => license === licence);
    const lines = those.map(({ name, version, parts }) => `- ${name} ${version}: ${parts.join(', ')}`);
    return `## ${licence}\n\n${lines.join('\n')}\n`;
  });
  return `${INTRODUCTION}\n${sections.join('\n')}`;
}

const INTRODUCTION = `# Licences

Corrente is under Apache-2.0. These are the packages of others that come with it, by licence: \`node\` is what \`npm install\` installs for the node
and its client, on any platform; \`explorer\` and \`ide\` are built into these pages, whose folders hold the texts in \`licenses.json\`. \`playground\`
comes built, and contains packages of its own. Written by \`npm run sbom\`, which also makes the list for programs (CycloneDX) in
\`dist/sbom.cdx.json\`. A test holds this page equal to package-lock.json and to what is in the pages, and refuses a package under any other
licence.
`;
