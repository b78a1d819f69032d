import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { developmentAccount } from '../../src/consensus/network.js';
import { transfer } from '../support/blocks.js';
import { eventually, transactionInput } from '../support/node.js';
import { ADD } from '../support/operations.js';
import { keepScreenshot, startBrowser } from './browser.js';
import {
  confirmPayment,
  developmentAddress,
  mine,
  openSendPage,
  startExplorerNode,
  stored,
  viewOf,
  withoutExplorer,
} from './explorer.js';

const browser = withoutExplorer === false ? await startBrowser() : undefined;
const node = withoutExplorer === false ? await startExplorerNode() : undefined;
const focused = (page: Page) => page.evaluate<string>('document.activeElement.textContent');

describe('a payment from the browser', { skip: withoutExplorer }, () => {
  it('is refused at the field that is wrong, before anything is signed', async () => {
    const { page, complaints } = await openSendPage(browser!, node!);
    const sent: string[] = [];
    page.on('request', (request) => sent.push(request.postData() ?? ''));
    await page.getByRole('button', { name: 'Use this account' }).click();
    await page.getByText('available 1,000,000 coins').waitFor();
    const payee = developmentAddress(4);
    const mistyped = payee.slice(0, -1) + (payee.endsWith('q') ? 'p' : 'q');
    const right = { recipient: payee, amount: '1', fee: '0', memo: '' };
    const cases = [
      { ...right, recipient: mistyped, trouble: 'checksum' },
      { ...right, recipient: payee.replace('cordev', 'cor'), trouble: 'of another network' },
      { ...right, recipient: developmentAddress(0), trouble: 'expected another account' },
      { ...right, amount: '1.123456789', trouble: 'at most 8 decimal places' },
      { ...right, amount: '0', trouble: 'more than nothing' },
      { ...right, memo: 'ü'.repeat(33), trouble: 'at most 64 bytes, got 66' },
      { ...right, amount: '1000000', fee: '0.5', trouble: 'expected at most 999999.5 coins with this fee' },
    ];
    for (const { recipient, amount, fee, memo, trouble } of cases) {
      await page.getByLabel('Recipient').fill(recipient);
      await page.getByLabel('Amount in coins').fill(amount);
      await page.getByLabel('Fee in coins').fill(fee);
      await page.getByLabel('Memo').fill(memo);
      await page.getByRole('button', { name: 'Check', exact: true }).click();
      await page.getByText(trouble).waitFor();
    }
    assert.equal(await page.locator('.sent li').count(), 0);
    assert.ok(!sent.some((body) => body.includes('ransactions(')));
    assert.deepEqual(complaints, []);
  });

  it('is asked about once, with everything that it will do, by keyboard alone', async () => {
    const { page, complaints } = await openSendPage(browser!, node!);
    await page.getByRole('combobox').selectOption('1');
    await page.getByRole('button', { name: 'Use this account' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('available 1,000,000 coins').waitFor();
    assert.equal(await focused(page), 'Transfer');
    await page.keyboard.press('Tab');
    // With a line break, and in capitals, which the search accepts too.
    const spelled = developmentAddress(2).toUpperCase();
    await page.keyboard.insertText(`${spelled.slice(0, 30)}\n${spelled.slice(30)} `);
    await page.keyboard.press('Tab');
    await page.keyboard.type('12.5');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Send this?' }).waitFor();
    assert.equal(await focused(page), 'Send this?');
    const question = page.locator('.panel', { hasText: 'Send this?' });
    for (const shown of ['12.5 coins', developmentAddress(2), '0 coins', '999,987.5 coins']) {
      await question.getByText(shown, { exact: true }).waitFor();
    }
    await keepScreenshot(page, 'explorer-question');
    await page.getByRole('button', { name: 'Back' }).click();
    assert.equal(await focused(page), 'Transfer');
    assert.equal(await page.locator('.sent li').count(), 0);
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('waits for a block').waitFor();
    await page.getByRole('heading', { name: 'Transfer' }).waitFor();
    assert.equal(await focused(page), 'Transfer');
    assert.equal(await page.locator('.sent li').count(), 1);
    assert.deepEqual(complaints, []);

    await page.keyboard.press('/');
    await page.keyboard.insertText(spelled);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Account' }).waitFor();
    assert.ok(page.url().endsWith(developmentAddress(2)));
  });

  it('shows a refusal by the node', async () => {
    const { page, complaints } = await openSendPage(browser!, node!);
    await page.getByRole('combobox').selectOption('7');
    await page.getByRole('button', { name: 'Use this account' }).click();
    await page.getByText('available 1,000,000 coins').waitFor();
    await page.getByLabel('Recipient').fill(developmentAddress(2));
    await page.getByLabel('Amount in coins').fill('600000');
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await page.getByRole('heading', { name: 'Send this?' }).waitFor();
    // Another user of the key was faster.
    const { network } = node!;
    const [from, to] = [developmentAccount(7), developmentAccount(8)];
    const first = transfer({ network, from, to, amount: 500_000n * 100_000_000n, nonce: 0n });
    await node!.ask(ADD, { t: transactionInput(network, first) });
    await page.getByRole('button', { name: 'Sign and send' }).click();
    await page.getByText('INSUFFICIENT_FUNDS').waitFor();
    assert.deepEqual(complaints, []);
  });

  it('whose answer is lost is offered again after a reload, and pays once', async () => {
    const { page } = await openSendPage(browser!, node!);
    await page.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes('SendTransactions')) return route.continue();
      // The node accepts it, and its answer is lost.
      await route.fetch();
      return route.abort();
    });
    await page.getByRole('combobox').selectOption('6');
    await page.getByRole('button', { name: 'Use this account' }).click();
    await page.getByText('available 1,000,000 coins').waitFor();
    await page.getByLabel('Recipient').fill(developmentAddress(9));
    await page.getByLabel('Amount in coins').fill('3');
    await confirmPayment(page);
    await page.getByText('available 999,997 coins').waitFor();
    const id = await page.locator('.sent a').first().getAttribute('title');
    await page.unroute('**/graphql');
    let isReloaded = false;
    page.once('framenavigated', () => (isReloaded = true));
    const offered = page.waitForRequest((request) => isReloaded && /SendTransactions/.test(request.postData() ?? ''));
    await page.reload();
    await offered;
    await page.locator(`.sent a[title="${id}"]`).waitFor();
    await mine(node!);
    await page.locator('.sent').getByText('confirmed').waitFor();
    const paid = await node!.ask(`{ balance(address: "${developmentAddress(9)}") { confirmed } }`);
    assert.deepEqual(paid, { balance: { confirmed: '100000300000000' } });
  });

  it('that was dropped says so, and is not sent again by a reload', async () => {
    const { page } = await openSendPage(browser!, node!);
    // Without it each fate is asked for over HTTP, where this test answers.
    await page.addInitScript('delete globalThis.WebSocket');
    await page.reload();
    const offered: string[] = [];
    page.on('request', (request) => {
      const body = request.postData() ?? '';
      if (body.includes('mutation SendTransactions')) offered.push(body);
    });
    const drop = () =>
      page.route('**/graphql', async (route) => {
        if (!route.request().postData()?.includes('query TransactionStatus')) return route.continue();
        const reason = { code: 'EXPIRED', message: 'it was not mined in time' };
        const status = { __typename: 'TransactionDropped', reason };
        return route.fulfill({ json: { data: { transaction: { status } } } });
      });
    const pay = async () => {
      await page.getByLabel('Recipient').fill(developmentAddress(8));
      await page.getByLabel('Amount in coins').fill('1');
      await confirmPayment(page);
      await page.locator('.sent').getByText('waits for a block').waitFor();
    };
    const take = async () => {
      await page.getByRole('combobox').selectOption('3');
      await page.getByRole('button', { name: 'Use this account' }).click();
      await page.getByText(/^available \d/).waitFor();
    };
    await take();
    await pay();
    await drop();
    await page.getByText('This page does not send it again.').waitFor();
    assert.equal(offered.length, 1);
    await page.unroute('**/graphql');
    await page.reload();
    await take();
    assert.equal(await page.locator('.sent li').count(), 0);

    // Dropped while no page followed it.
    await pay();
    await page.goto('about:blank');
    await drop();
    await page.goto(viewOf(node!, '/send'));
    await page.locator('.sent').getByText('dropped').waitFor();
    assert.equal(offered.length, 2);
    assert.deepEqual(await stored(page, 'sessionStorage'), ['[]']);
  });

  it('is followed once, also when more are open than the page shows', async () => {
    const { page } = await openSendPage(browser!, node!);
    await page.addInitScript('delete globalThis.WebSocket');
    const offered: string[] = [];
    await page.route('**/graphql', async (route) => {
      const body = route.request().postData() ?? '';
      const taken = body.includes('mutation SendTransactions');
      if (taken) offered.push(body);
      const status = { __typename: 'TransactionPending' };
      if (taken) return route.fulfill({ json: { data: { addTransactions: [{ __typename: 'TransactionAccepted' }] } } });
      if (body.includes('query TransactionStatus'))
        return route.fulfill({ json: { data: { transaction: { status } } } });
      return route.continue();
    });
    const open = Array.from({ length: 21 }, (_, index) => ({
      transfer: { id: `${index}`.padStart(64, '0'), input: {} },
      payment: { sender: developmentAddress(0), recipient: developmentAddress(1), amount: '1', fee: '0', memo: '' },
    }));
    await page.evaluate(`sessionStorage.setItem('corrente.outbox', '${JSON.stringify(open)}')`);
    await page.reload();
    await page.locator('.sent li').nth(19).waitFor();
    await page.getByRole('link', { name: 'Blocks', exact: true }).click();
    await page.getByRole('heading', { name: 'Blocks', exact: true }).waitFor();
    await page.getByRole('link', { name: 'Send', exact: true }).click();
    await page.locator('.sent li').nth(19).waitFor();
    assert.equal(await page.locator('.sent li').count(), 20);
    await eventually(
      async () => offered.length,
      (count) => count >= 21,
    );
    assert.equal(offered.length, 21);
  });
});
