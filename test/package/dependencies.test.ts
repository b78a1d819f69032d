import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageFolder } from '../support/packageFolder.js';

interface Locked {
  /** Where it differs from its folder. */
  readonly name?: string;
  readonly version?: string;
  readonly dev?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly engines?: { readonly node?: string } | readonly string[];
}

const read = (file: string) => JSON.parse(readFileSync(join(packageFolder(), file), 'utf8')) as unknown;
const manifest = read('package.json') as {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly overrides: Readonly<Record<string, unknown>>;
};
const { dependencies, overrides } = manifest;
const { packages } = read('package-lock.json') as { readonly packages: Readonly<Record<string, Locked>> };

/** Whether one of the alternatives of an engine range holds for Node 20.20. */
function admitsNode20(range: string): boolean {
  return range.split('||').some((part) => {
    const [, operator, major, minor = '0'] = /^\s*(>=|\^|~|>)?\s*v?(\d+)(?:\.(\d+))?/.exec(part) ?? [];
    if (major === undefined) return part.trim() === '*';
    const isBelow = Number(major) < 20 || (Number(major) === 20 && Number(minor) <= 20);
    return isBelow && (operator?.startsWith('>') || Number(major) === 20);
  });
}

describe('the dependencies of a package', () => {
  it('runs on Node 20.20, here and in development', () => {
    assert.ok(admitsNode20('^20.19.0 || >=22.12.0') && admitsNode20('>= 18') && admitsNode20('*'));
    assert.ok(!admitsNode20('>=22.15.0') && !admitsNode20('^18 || >=22') && !admitsNode20('>=20.21'));
    const wanting = Object.entries(packages).flatMap(([path, { engines }]) => {
      const range = engines && 'node' in engines ? engines.node : undefined;
      return range === undefined || admitsNode20(range) ? [] : [`${path}: ${range}`];
    });
    assert.ok(Object.keys(packages).length > 100);
    assert.deepEqual(wanting, []);
  });

  it('holds no stub: GraphQL Playground alone goes without its dependencies, in a folder of its own', () => {
    const aliases = Object.entries(packages).flatMap(([path, { name }]) =>
      name === undefined ? [] : [`${path}: ${name}`],
    );
    assert.deepEqual(aliases, [': corrente', 'node_modules/typescript7: typescript']);
    const playground = read('playground/package-lock.json') as { readonly packages: Readonly<Record<string, Locked>> };
    const { dependencies: wanted } = read('playground/package.json') as typeof manifest;
    const [own, ...installed] = Object.entries(playground.packages);
    assert.deepEqual(own![1].dependencies, wanted);
    // A newer lock that npm wrote names some sixty more: they are taken out, with `dependencies` and `resolved` of this one.
    assert.deepEqual(
      installed.map(([path, { version }]) => [path, version]),
      Object.entries(wanted).map(([name, version]) => [`node_modules/${name}`, version]),
    );
    assert.deepEqual(Object.keys(installed[0]![1]).sort(), ['integrity', 'license', 'version']);
  });

  it('is chosen by its dependencies: an override stays at home when the package is installed elsewhere', () => {
    // Optional for lmdb, and any version of it runs.
    const harmless = new Set(['msgpackr-extract']);
    const shipped = Object.keys(overrides).filter(
      (name) => !harmless.has(name) && packages[`node_modules/${name}`]?.dev !== true,
    );
    assert.deepEqual(shipped, []);
    // The newest of these do not run on Node 20: they are here for their versions.
    for (const name of ['@graphql-tools/merge', '@graphql-tools/schema', '@graphql-tools/utils', 'light-my-request']) {
      assert.match(dependencies[name] ?? '', /^\d+\.\d+\.\d+$/, name);
    }
  });
});
