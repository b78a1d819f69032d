import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { withoutPages } from '../support/builtPages.js';
import { eventually, startTestNode } from '../support/node.js';
import { MINE, type Outcome } from '../support/operations.js';
import { keepScreenshot, startBrowser, visit, withoutChromium } from './browser.js';

const skip = withoutPages('playground') || withoutChromium;

const text = (page: Page, shown: string) => page.locator('.CodeMirror-line', { hasText: shown }).first();

/** Puts a text into an editor: the first is the query's, the second the one below it. */
const fill = (page: Page, editor: 0 | 1, content: string) =>
  page.evaluate(`document.querySelectorAll('.CodeMirror')[${editor}].CodeMirror.setValue(${JSON.stringify(content)})`);

describe('GraphQL Playground at /playground', { skip }, () => {
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

  it('follows blocks as they are mined, until it is stopped, and shows why a subscription is refused', async () => {
    const [browser, node] = await Promise.all([startBrowser(), startTestNode()]);
    const { page, complaints } = await visit(browser, node.url);
    page.setDefaultTimeout(10_000);
    await page.goto(new URL('/playground', node.url).href);
    await page.getByText('Follow', { exact: true }).click();
    const connection = page.waitForEvent('websocket');
    await page.getByTitle('Execute Query (Ctrl-Enter)').click();
    const socket = await connection;
    const isShown = async () => {
      await node.admin(MINE, { count: 1 });
      return text(page, '"blockAdded"').isVisible();
    };
    await eventually(isShown, (shown) => shown);
    const { outcomes } = await node.admin<{ outcomes: readonly Outcome[] }>(MINE, { count: 30 });
    await text(page, `"height": ${outcomes.at(-1)!.block!.height}`).waitFor();
    await keepScreenshot(page, 'playground-subscription');
    const closed = socket.waitForEvent('framesent');
    await page.getByTitle('Execute Query (Ctrl-Enter)').click();
    assert.match(String((await closed).payload), /"type":"complete"/);

    await fill(page, 0, `subscription { blockAdded(afterHash: "${'0'.repeat(64)}") { height } }`);
    await page.getByTitle('Execute Query (Ctrl-Enter)').click();
    await text(page, '"errors"').waitFor();
    await keepScreenshot(page, 'playground-refused');
    assert.deepEqual(complaints, []);
  });

  it('stores no token, not even for the tab, and copies a command that runs without it', async () => {
    const [browser, node] = await Promise.all([startBrowser(), startTestNode()]);
    const { page } = await visit(browser, node.url, { permissions: ['clipboard-read', 'clipboard-write'] });
    page.setDefaultTimeout(10_000);
    await page.goto(new URL('/playground', node.url).href);
    await text(page, 'query Look').waitFor();
    const token = readFileSync(join(node.data, 'admin.token'), 'utf8').trim();
    await page.getByText('HTTP Headers').first().click();
    await fill(page, 1, JSON.stringify({ authorization: `Bearer ${token}` }));
    await fill(page, 0, `query Search { wallet { address } chain { network } } # it's "mine"`);
    const sent = page.waitForRequest((request) => request.postData()?.includes('query Search') === true);
    await page.getByTitle('Execute Query (Ctrl-Enter)').click();
    assert.equal((await sent).headers()['authorization'], `Bearer ${token}`);
    await text(page, '"wallet": null').waitFor();

    await page.getByText('Copy CURL').click();
    const command = await page.evaluate<string>('navigator.clipboard.readText()');
    assert.ok(!command.includes(token), command);
    const { stdout } = await promisify(execFile)('sh', ['-c', command]);
    // The command has no token, so the node refuses fields of the operator.
    assert.match(stdout, /UNAUTHENTICATED/);

    const stored = () => page.evaluate<string>('JSON.stringify(localStorage) + JSON.stringify(sessionStorage)');
    await eventually(stored, (state) => state.includes('query Search'));
    assert.doesNotMatch(await stored(), new RegExp(token));
    await page.reload();
    await text(page, 'query Look').waitFor();
    await eventually(stored, (state) => state.includes('query Look'));
    assert.doesNotMatch(await stored(), new RegExp(token));
    const other = await page.context().newPage();
    await other.goto(new URL('/health', node.url).href);
    assert.equal(await other.evaluate('localStorage.length'), 0);
  });
});
