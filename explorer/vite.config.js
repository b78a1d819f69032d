import { defineConfig } from 'vite';
import { bundledLicenses } from '../scripts/bundledLicenses.js';

const licenses = bundledLicenses();

/** The page at /, built into dist/explorer and served by src/http/pages.ts. */
export default defineConfig({
  plugins: [licenses.ofThePage],
  // Only the browser knows the path of the page, which may be below a path of a proxy.
  base: './',
  experimental: {
    renderBuiltUrl: (file, { hostType }) => (hostType === 'html' ? `./explorer/${file}` : { relative: true }),
  },
  build: {
    outDir: '../dist/explorer',
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the page allows files of this node only, no data: URL of a script or an icon.
    assetsInlineLimit: 0,
    // test/browser/explorerBudget.test.ts bounds the compressed size of a first visit.
    chunkSizeWarningLimit: 1_000,
    // Every browser that runs this page preloads modules by itself.
    modulePreload: { polyfill: false },
  },
});
