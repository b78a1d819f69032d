import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { startTestNode } from '../support/node.js';
import { keepScreenshot, startBrowser, visit, withoutChromium } from './browser.js';

const isBuilt = existsSync(new URL('../../playground/index.html', import.meta.url));
const skip = isBuilt ? withoutChromium : 'GraphQL Playground is not built: npm run build';

describe('GraphQL Playground at /playground', { skip, timeout: 60_000 }, () => {
  it('runs a query, shows the schema, and keeps nothing beyond the tab', async () => {
    const [browser, node] = await Promise.all([startBrowser(), startTestNode()]);
    const { page, complaints } = await visit(browser, node.url);
    page.setDefaultTimeout(10_000);
    await page.goto(new URL('/playground', node.url).href);
    await page.getByTitle('Execute Query (Ctrl-Enter)').click();
    await page.locator('.CodeMirror-line', { hasText: '"network":' }).waitFor();
    await keepScreenshot(page, 'playground-query');
    await page.getByText('Docs', { exact: true }).click();
    await page.getByText('checkTransaction').first().waitFor();
    await keepScreenshot(page, 'playground-schema');
    const other = await page.context().newPage();
    await other.goto(new URL('/health', node.url).href);
    assert.equal(await other.evaluate('localStorage.length'), 0);
    assert.deepEqual(complaints, []);
  });
});
