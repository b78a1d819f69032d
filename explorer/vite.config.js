import { defineConfig } from 'vite';

/** The page at /, built into dist/explorer and served by src/http/explorer.ts. */
export default defineConfig({
  // Where the page is served, maybe below a path of a proxy, is known in the browser only.
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
    // What a first visit loads is bounded as it is sent, compressed: test/browser/explorerBudget.test.ts.
    chunkSizeWarningLimit: 1_000,
    // Every browser that runs it preloads modules by itself.
    modulePreload: { polyfill: false },
  },
});
