import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { startBrowser, visit } from './browser.js';
import { developmentAddress, mine, startExplorerNode, viewOf, withoutExplorer, pay } from './explorer.js';

const browser = withoutExplorer === false ? await startBrowser() : undefined;
const node = withoutExplorer === false ? await startExplorerNode() : undefined;
// Two payments deep below empty blocks.
if (node) {
  await pay(node, { from: 1, to: 2, coins: 300n, nonce: 0n, memo: 'rent, November' });
  await mine(node);
  await pay(node, { from: 3, to: 2, coins: 7n, nonce: 0n, memo: '=SUM(A1)' });
  await mine(node, 60);
}

/** Texts of the rows of a table. */
async function rows(page: Page, table = 'tbody tr'): Promise<readonly string[]> {
  const texts = await page.locator(table).allInnerTexts();
  return texts.map((text) => text.replace(/\s+/g, ' '));
}

describe('the explorer’s lists', { skip: withoutExplorer }, () => {
  it('explain the page, and find the latest transactions below any number of empty blocks', async () => {
    const { page, complaints } = await visit(browser!, node!.url);
    await page.goto(viewOf(node!, '/'));
    await page.getByText('Corrente is a ledger of signed transfers').waitFor();
    await page.getByText('network development', { exact: true }).waitFor();
    const latest = page.locator('.panel', { has: page.getByRole('heading', { name: 'Latest transactions' }) });
    await latest.getByRole('cell', { name: '300', exact: true }).waitFor();

    await latest.getByRole('link', { name: 'All transactions' }).click();
    await page.getByRole('heading', { name: 'Transactions', exact: true }).waitFor();
    await page.getByRole('cell', { name: '300', exact: true }).waitFor();
    const [newest, oldest, ...others] = await rows(page);
    assert.match(newest!, / 2 .* 7 0$/);
    assert.match(oldest!, / 1 .* 300 0$/);
    assert.deepEqual(others, []);

    await pay(node!, { from: 4, to: 5, coins: 11n, nonce: 0n, memo: '' });
    await mine(node!);
    await page.getByRole('cell', { name: '11', exact: true }).waitFor();
    assert.equal((await rows(page)).length, 3);
    assert.deepEqual(complaints, []);
  });

  it('of transactions are read again for a block that holds some, and for no other', async () => {
    const { page, complaints } = await visit(browser!, node!.url);
    await page.goto(viewOf(node!, '/transactions'));
    await page.getByRole('cell', { name: '300', exact: true }).waitFor();
    let walks = 0;
    page.on('request', (request) => request.postData()?.includes('query BlockCounts') && walks++);
    const { chain } = await node!.ask<{ chain: { height: number } }>('{ chain { height } }');
    await mine(node!, 3);
    await page.locator(`.connection a[href="/block/${chain.height + 3}"]`).waitFor();
    assert.equal(walks, 0);

    await pay(node!, { from: 6, to: 5, coins: 13n, nonce: 0n, memo: '' });
    await mine(node!);
    await page.getByRole('cell', { name: '13', exact: true }).waitFor();
    assert.equal(walks, 1);
    assert.deepEqual(complaints, []);
  });

  it('show the accounts, richest first, with their share of all coins', async () => {
    const { page, complaints } = await visit(browser!, node!.url);
    await page.goto(viewOf(node!, '/accounts'));
    await page.getByRole('cell', { name: '1,000,307', exact: true }).waitFor();
    const shown = await rows(page);
    assert.match(shown[0]!, /^1 cordev1.* 1,000,307 10% 0$/);
    assert.ok(shown.length >= 11, shown.join('\n'));
    await page.locator(`a[title="${developmentAddress(2)}"]`).click();
    await page.getByRole('heading', { name: 'Account', exact: true }).waitFor();
    assert.deepEqual(complaints, []);
  });
});
