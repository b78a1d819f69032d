import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Plugin of Vite that writes licenses.json beside a page: each package that is in it, by name, version, licence and its text, which must
 * come with it. Vite's own list leaves out what the page's workers hold, so this plugin goes into `worker.plugins` too.
 */
export function bundledLicenses() {
  const moduleIds = new Set();
  const collect = (bundle) => {
    for (const chunk of Object.values(bundle)) for (const id of chunk.moduleIds ?? []) moduleIds.add(id);
  };
  return {
    ofThePage: {
      name: 'licenses',
      generateBundle(_, bundle) {
        collect(bundle);
        const source = `${JSON.stringify(packagesOf(moduleIds), null, 2)}\n`;
        this.emitFile({ type: 'asset', fileName: 'licenses.json', source });
      },
    },
    ofItsWorkers: { name: 'licenses-of-workers', generateBundle: (_, bundle) => collect(bundle) },
  };
}

/** The packages of these modules, each once: `{ name, version, license, text }`. */
export function packagesOf(moduleIds) {
  const folders = new Set(
    [...moduleIds].flatMap((id) => /^\0?(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? []),
  );
  const packages = [...folders].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return { name, version, license, text: licenseText(folder) };
  });
  const key = ({ name, version }) => `${name}@${version}`;
  return packages.sort((one, other) => (key(one) < key(other) ? -1 : 1));
}

/** Of a package that brings no text, only the name of the licence is known. */
function licenseText(folder) {
  const file = readdirSync(folder).find((name) => /^licen[sc]e([-.]\w+)*$/i.test(name));
  return file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim();
}
