import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig } from 'vite';

/** Writes `.br` and `.gz` beside every file of text: the node sends these, and compresses nothing itself. */
const compressed = {
  name: 'compressed',
  writeBundle({ dir }, bundle) {
    for (const name of Object.keys(bundle).filter((file) => /\.(js|css|svg)$/.test(file))) {
      const path = join(dir, name);
      const content = readFileSync(path);
      writeFileSync(`${path}.br`, brotliCompressSync(content));
      writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
    }
  },
};

/** The page at /, built into dist/explorer and served by src/http/explorer.ts. */
export default defineConfig({
  base: '/explorer/',
  plugins: [compressed],
  build: {
    outDir: '../dist/explorer',
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the page allows files of this node only, no data: URL of a script or an icon.
    assetsInlineLimit: 0,
    // Compressing takes its time.
    rolldownOptions: { checks: { pluginTimings: false } },
    // Every browser that runs it preloads modules by itself.
    modulePreload: { polyfill: false },
  },
});
