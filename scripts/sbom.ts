import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lockedPackages, type ShippedPackage } from './shippedPackages.js';

/** Of a bill of materials in CycloneDX, what this script looks at or changes. */
export interface Sbom {
  readonly bomFormat: string;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly type: string;
  readonly scope?: string;
  readonly purl?: string;
  readonly hashes?: readonly object[];
  readonly licenses?: readonly object[];
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

/**
 * The bill of materials, in CycloneDX, of what ships: npm's own of the whole lock, without what is for development alone, but with what is
 * built into the pages. Property `corrente:part` says where a package is.
 */
export async function sbomOf(root: string, packages: readonly ShippedPackage[]): Promise<Sbom> {
  const all = await npmSbom(root);
  const parts = new Map(packages.map(({ name, version, parts }) => [`${name}@${version}`, parts]));
  const components = [...all.components, ...playgroundComponents(root)].flatMap((component) => {
    const where = parts.get(`${component.name}@${component.version}`);
    if (!where) return [];
    const properties = [
      ...(component.properties ?? []).filter(({ name }) => name !== DEVELOPMENT),
      ...where.map((value) => ({ name: 'corrente:part', value })),
    ];
    // What is in a page is there on every platform.
    return [{ ...component, ...(where.some((part) => part !== 'node') && { scope: 'required' }), properties }];
  });
  const { component } = all.metadata;
  const refs = new Set([component, ...components].map((one) => one['bom-ref']));
  const dependencies = all.dependencies.flatMap(({ ref, dependsOn }) =>
    refs.has(ref) ? [{ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) }] : [],
  );
  return {
    ...all,
    // npm calls it by its folder.
    metadata: { ...all.metadata, component: { ...component, name: 'corrente', type: 'application' } },
    components,
    dependencies,
  };
}

/** npm refuses a lock that lacks what its packages depend on, as that of GraphQL Playground does on purpose. */
function playgroundComponents(root: string): Component[] {
  return lockedPackages(join(root, 'playground')).map(({ name, version, license, integrity }) => ({
    'bom-ref': `${name}@${version}`,
    type: 'library',
    name,
    version,
    purl: `pkg:npm/${name}@${version}`,
    hashes: [{ alg: 'SHA-512', content: Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex') }],
    licenses: [{ license: { id: license } }],
  }));
}

async function npmSbom(folder: string): Promise<Sbom> {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: folder, maxBuffer: 2 ** 25 });
  return JSON.parse(stdout) as Sbom;
}

const DEVELOPMENT = 'cdx:npm:package:development';
