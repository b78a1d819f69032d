import { defineConfig } from 'vite';

/** The browser IDE, built into dist/ide and served by src/http/pages.ts. */
export default defineConfig({
  // Where the page is served, maybe below a path of a proxy, is known in the browser only.
  base: './',
  experimental: {
    renderBuiltUrl: (file, { hostType }) => (hostType === 'html' ? `./ide/${file}` : { relative: true }),
  },
  build: {
    outDir: '../dist/ide',
    emptyOutDir: true,
    // Monaco, the editor, is large whatever is done to it.
    chunkSizeWarningLimit: 4_000,
    // Its libraries' "use client" means nothing in a bundle for browsers.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
  worker: { format: 'es' },
});
