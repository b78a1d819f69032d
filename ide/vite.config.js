import { defineConfig } from 'vite';
import { bundledLicenses } from '../scripts/bundledLicenses.js';

const licenses = bundledLicenses();

/** The browser IDE, built into dist/ide and served by src/http/pages.ts. */
export default defineConfig({
  plugins: [licenses.ofThePage],
  // Only the browser knows the path of the page, which may be below a path of a proxy.
  base: './',
  experimental: {
    renderBuiltUrl: (file, { hostType }) => (hostType === 'html' ? `./ide/${file}` : { relative: true }),
  },
  build: {
    outDir: '../dist/ide',
    emptyOutDir: true,
    // Monaco, the editor, cannot be made small.
    chunkSizeWarningLimit: 4_000,
    // "use client" in its libraries means nothing in a bundle for browsers.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
  worker: { format: 'es', plugins: () => [licenses.ofItsWorkers] },
});
