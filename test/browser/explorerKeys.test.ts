import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { startBrowser, visit } from './browser.js';
import { developmentAddress, startExplorerNode, viewOf, withoutExplorer } from './explorer.js';

const browser = withoutExplorer === false ? await startBrowser() : undefined;
const stored = (page: Page) => page.evaluate<string[]>('Object.values(localStorage)');

describe('a key in the browser', { skip: withoutExplorer }, () => {
  it('is kept only while its user says so, after a warning', async () => {
    const node = await startExplorerNode();
    const { page, complaints } = await visit(browser!, node.url);
    await page.goto(viewOf(node, '/send'));
    await page.getByRole('button', { name: 'Make a new key' }).click();
    await page.getByText('Show the seed').click();
    const seed = await page.locator('.seed code').innerText();
    assert.match(seed, /^[0-9a-f]{64}$/);
    const address = await page.locator('.panel .identifier a').getAttribute('title');
    assert.deepEqual(await stored(page), []);

    await page.getByLabel('Keep it in this browser').check();
    await page.getByText('The key lies unencrypted').waitFor();
    assert.deepEqual(await stored(page), [seed]);
    await page.reload();
    await page.locator(`.panel .identifier a[title="${address}"]`).waitFor();

    await page.getByLabel('Keep it in this browser').uncheck();
    assert.deepEqual(await stored(page), []);
    await page.getByRole('button', { name: 'Forget the key' }).click();
    await page.getByText('Is the seed written down?').waitFor();
    await page.getByRole('button', { name: 'Yes, forget the key' }).click();
    await page.getByRole('button', { name: 'Make a new key' }).waitFor();
    assert.deepEqual(complaints, []);
  });
});

describe('a payment with a mistake', { skip: withoutExplorer }, () => {
  it('is refused at the field that is wrong, and nothing is sent', async () => {
    const node = await startExplorerNode();
    const { page, complaints } = await visit(browser!, node.url);
    await page.goto(viewOf(node, '/send'));
    await page.getByRole('button', { name: 'Use this account' }).click();
    const payee = developmentAddress(4);
    const mistyped = payee.slice(0, -1) + (payee.endsWith('q') ? 'p' : 'q');
    const cases = [
      { recipient: mistyped, amount: '1', memo: '', trouble: 'checksum' },
      { recipient: payee, amount: '1.123456789', memo: '', trouble: 'at most 8 decimal places' },
      { recipient: payee, amount: '0', memo: '', trouble: 'more than nothing' },
      { recipient: payee, amount: '1', memo: 'ü'.repeat(33), trouble: 'at most 64 bytes, got 66' },
    ];
    for (const { recipient, amount, memo, trouble } of cases) {
      await page.getByLabel('Recipient').fill(recipient);
      await page.getByLabel('Amount in coins').fill(amount);
      await page.getByLabel('Memo').fill(memo);
      await page.getByRole('button', { name: 'Sign and send' }).click();
      await page.getByText(trouble).waitFor();
    }
    // What the node refuses is said too.
    await page.getByLabel('Amount in coins').fill('1000001');
    await page.getByLabel('Memo').fill('');
    await page.getByRole('button', { name: 'Sign and send' }).click();
    await page.getByText('INSUFFICIENT_FUNDS').waitFor();
    assert.equal(await page.locator('.sent li').count(), 1);

    await page.getByLabel('Amount in coins').fill('1');
    await page.getByRole('button', { name: 'Sign and send' }).click();
    await page.getByText('waits for a block').waitFor();
    assert.deepEqual(complaints, []);
  });
});
