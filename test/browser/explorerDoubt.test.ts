import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startBrowser, visit } from './browser.js';
import {
  confirmPayment,
  developmentAddress,
  figure,
  mine,
  startExplorerNode,
  viewOf,
  withoutExplorer,
} from './explorer.js';

const browser = withoutExplorer === false ? await startBrowser() : undefined;

describe('a transfer in doubt on the page that sends', { skip: withoutExplorer }, () => {
  it('outlives a reload, is offered again with the same signature, and paid once', async () => {
    const node = await startExplorerNode();
    const { page } = await visit(browser!, node.url);
    const payee = developmentAddress(2);
    await page.goto(viewOf(node, '/send'));
    await page.getByRole('combobox').selectOption('1');
    await page.getByRole('button', { name: 'Use this account' }).click();
    await page.getByLabel('Recipient').fill(payee);
    await page.getByLabel('Amount in coins').fill('2');
    // The node has it, and its answer is lost.
    let offered = 0;
    await page.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes('addTransactions(')) {
        await route.continue();
        return;
      }
      await route.fetch();
      offered++;
      await route.abort();
    });
    await confirmPayment(page);
    const id = (await page.locator('.sent a').first().getAttribute('title'))!;
    while (offered === 0) await page.waitForTimeout(20);
    await page.unrouteAll({ behavior: 'ignoreErrors' });

    await page.reload();
    await page.locator(`.sent a[title="${id}"]`).waitFor();
    await mine(node);
    await page.locator('.sent').getByText('confirmed').waitFor();
    await page.goto(viewOf(node, `/account/${payee}`));
    await figure(page, 'Balance').getByText('1,000,002 coins').waitFor();
    // Settled: a third load offers nothing.
    await page.goto(viewOf(node, '/send'));
    assert.equal(await page.locator('.sent').count(), 0);
  });
});
