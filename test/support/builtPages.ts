import { existsSync } from 'node:fs';

type BuiltPage = 'explorer' | 'ide' | 'playground';

/** The HTML file of a page that `npm run build` puts beside the tests. */
export function pageFile(page: BuiltPage): URL {
  return new URL(`../../${page}/index.html`, import.meta.url);
}

/** Why tests of these pages are skipped: one is not built. False if all are. */
export function withoutPages(...pages: BuiltPage[]): string | false {
  const missing = pages.filter((page) => !existsSync(pageFile(page)));
  return missing.length > 0 && `not built: ${missing.join(', ')}; npm run build`;
}
