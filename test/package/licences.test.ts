import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { sbomOf } from '../../scripts/sbom.js';
import { isAllowed, licencesPage, shippedPackages } from '../../scripts/shippedPackages.js';
import { withoutPages } from '../support/builtPages.js';
import { packageFolder } from '../support/packageFolder.js';

const root = packageFolder();
const built = join(root, 'dist');
const page = readFileSync(join(root, 'docs/licences.md'), 'utf8');
const skip = withoutPages('explorer', 'ide');

describe('packages that ship', () => {
  it('are in docs/licences.md as in package-lock.json: npm run sbom', () => {
    const packages = shippedPackages(root);
    assert.ok(packages.length > 200, `${packages.length} packages`);
    let licence = '';
    const listed = page.split('\n').flatMap((line) => {
      licence = /^## (.*)$/.exec(line)?.[1] ?? licence;
      const [, name, parts] = /^- (\S+ \S+): (.*)$/.exec(line) ?? [];
      return parts !== undefined && /\b(node|playground)\b/.test(parts) ? [`${name} ${licence}`] : [];
    });
    assert.deepEqual(
      listed.sort(),
      packages.map(({ name, version, license }) => `${name} ${version} ${license}`).sort(),
    );
  });

  it('are in docs/licences.md with those in the pages: npm run sbom', { skip }, () => {
    const packages = shippedPackages(root, built);
    for (const [name, part] of [
      ['react', 'explorer'],
      ['monaco-editor', 'ide'],
      // In a worker of the page alone.
      ['picomatch-browser', 'ide'],
    ] as const) {
      assert.ok(packages.find((one) => one.name === name)?.parts.includes(part), `${name} in ${part}`);
    }
    assert.equal(page, licencesPage(packages));
  });

  it('are under licences of a short list', () => {
    assert.ok(['MIT', '(MIT AND BSD-3-Clause)', '(GPL-3.0 OR MIT)'].every(isAllowed));
    assert.ok(!['GPL-3.0', '(MIT AND GPL-3.0)', 'MIT AND (ISC OR GPL-3.0)', 'UNLICENSED', ''].some(isAllowed));
    const licences = [...page.matchAll(/^## (.*)$/gm)].map((match) => match[1]!);
    assert.ok(licences.length >= 5);
    assert.deepEqual(
      licences.filter((licence) => !isAllowed(licence)),
      [],
    );
  });

  it('are a bill of materials that names each with its digest, and nothing that is for development alone', async () => {
    const packages = shippedPackages(root);
    const { bomFormat, metadata, components, dependencies } = await sbomOf(root, packages);
    assert.equal(bomFormat, 'CycloneDX');
    assert.equal(metadata.component['bom-ref'].split('@')[0], 'corrente');
    assert.deepEqual(
      components.map(({ name, version }) => `${name}@${version}`).sort(),
      packages.map(({ name, version }) => `${name}@${version}`).sort(),
    );
    for (const { name, purl, hashes, licenses } of components) assert.ok(purl && hashes?.length && licenses, name);
    const refs = new Set([metadata.component, ...components].map((component) => component['bom-ref']));
    assert.deepEqual(
      dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]).filter((ref) => !refs.has(ref)),
      [],
    );
  });
});
