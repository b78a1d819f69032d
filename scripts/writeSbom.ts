import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sbomOf } from './sbom.js';
import { licencesPage, shippedPackages } from './shippedPackages.js';

// Writes docs/licences.md and dist/sbom.cdx.json.
const root = fileURLToPath(new URL('../../', import.meta.url));
const packages = shippedPackages(root, join(root, 'dist'));
writeFileSync(join(root, 'docs/licences.md'), licencesPage(packages));
writeFileSync(join(root, 'dist/sbom.cdx.json'), `${JSON.stringify(await sbomOf(root, packages), null, 2)}\n`);
console.log(`dist/sbom.cdx.json and docs/licences.md: ${packages.length} packages`);
