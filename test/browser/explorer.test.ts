import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { developmentAccount } from '../../src/consensus/network.js';
import { keepScreenshot, startBrowser, visit } from './browser.js';
import {
  confirmPayment,
  developmentAddress,
  figure,
  mine,
  startExplorerNode,
  viewOf,
  withoutExplorer,
  pay,
} from './explorer.js';

const browser = withoutExplorer === false ? await startBrowser() : undefined;

describe('the explorer in a browser', { skip: withoutExplorer }, () => {
  it('shows an empty chain, and a block as it arrives', async () => {
    const node = await startExplorerNode();
    const { page, complaints } = await visit(browser!, node.url);
    await page.goto(viewOf(node, '/'));
    await page.getByText('No transaction waits.').waitFor();
    await page.locator('.connection.live').waitFor();
    await keepScreenshot(page, 'explorer-empty');
    await figure(page, 'Height').getByRole('link', { name: '0', exact: true }).waitFor();

    await mine(node, 3);
    await figure(page, 'Height').getByRole('link', { name: '3', exact: true }).waitFor();
    await page.getByRole('row').getByRole('link', { name: '3', exact: true }).click();
    await page.getByRole('heading', { name: 'Block 3' }).waitFor();
    await page.getByText('1 confirmation', { exact: true }).waitFor();
    await mine(node);
    await page.getByText('2 confirmations', { exact: true }).waitFor();
    assert.deepEqual(complaints, []);
  });

  it('sends a transfer, follows it to confirmed, finds it, proves it, and shows the account change', async () => {
    const node = await startExplorerNode();
    const { page, complaints } = await visit(browser!, node.url);
    const told: string[] = [];
    page.on('request', (request) => told.push(`${request.url()} ${request.postData() ?? ''}`));
    page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => told.push(String(payload))));
    const payee = developmentAddress(2);
    // A balance over time needs some.
    await mine(node);

    await page.goto(viewOf(node, '/send'));
    await page.getByRole('combobox').selectOption('1');
    await page.getByRole('button', { name: 'Use this account' }).click();
    await page.getByText('available 1,000,000 coins').waitFor();
    await page.getByLabel('Recipient').fill(payee);
    await page.getByLabel('Amount in coins').fill('12.50000001');
    await page.getByLabel('Fee in coins').fill('0.25');
    await page.getByLabel('Memo').fill('grüße');
    await confirmPayment(page);
    await page.getByText('waits for a block').waitFor();
    const id = (await page.locator('.sent a').first().getAttribute('title'))!;
    await page.getByText('available 999,987.24999999 coins').waitFor();
    await mine(node);
    await page.locator('.sent').getByText('confirmed').waitFor();
    await keepScreenshot(page, 'explorer-sent');
    // The node gets the payment and never the key.
    const seed = Buffer.from(developmentAccount(1).seed);
    assert.ok(told.some((text) => text.includes('"amount":"1250000001"')));
    assert.ok(!told.some((text) => text.includes(seed.toString('hex')) || text.includes(seed.toString('base64'))));

    await page.keyboard.press('/');
    await page.keyboard.type(id);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Transaction' }).waitFor();
    await page.getByText('proved', { exact: true }).waitFor();
    await page.getByText('12.50000001').waitFor();
    await page.getByText('grüße').waitFor();
    await page.getByRole('button', { name: 'Check every header' }).click();
    await page.getByText('chain proved').waitFor();
    await keepScreenshot(page, 'explorer-transaction');

    await page.keyboard.press('/');
    await page.keyboard.type(payee);
    await page.keyboard.press('Enter');
    await figure(page, 'Balance').getByText('1,000,012.50000001').waitFor();
    await page.locator(`tr a[title="${id}"]`).waitFor();
    await page.locator('.chart canvas').waitFor();
    await pay(node, { from: 0, to: 2, coins: 1n, nonce: 0n });
    await figure(page, 'Incoming').getByText('1 coin').waitFor();
    await mine(node);
    await figure(page, 'Balance').getByText('1,000,013.50000001').waitFor();
    await page.getByText('2 confirmed, newest first').waitFor();
    await keepScreenshot(page, 'explorer-account');
    assert.deepEqual(complaints, []);
  });

  it('refuses a proof that was tampered with', async () => {
    const node = await startExplorerNode();
    const { page, complaints } = await visit(browser!, node.url);
    const id = await pay(node, { from: 0, to: 3, coins: 1n, nonce: 0n });
    await mine(node);
    await page.goto(viewOf(node, `/transaction/${id}`));
    await page.getByText('proved', { exact: true }).waitFor();

    await page.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes('TransactionProof')) return route.continue();
      const response = await route.fetch();
      // A payment of another amount, with everything else as it was.
      const body = (await response.text()).replace('"amount":"100000000"', '"amount":"200000000"');
      await route.fulfill({ response, body });
    });
    await page.reload();
    await page.getByText('the fields hash to another id').waitFor();
    assert.deepEqual(complaints, []);
  });

  it('says that the node is gone, and goes on by itself when it is back', async () => {
    const node = await startExplorerNode();
    await mine(node, 2);
    const { page, complaints } = await visit(browser!, node.url);
    await page.goto(viewOf(node, '/'));
    await figure(page, 'Height').getByRole('link', { name: '2', exact: true }).waitFor();
    assert.deepEqual(complaints, []);

    await node.close();
    await page.getByText('The node does not answer.').waitFor();
    await keepScreenshot(page, 'explorer-node-gone');
    const back = await startExplorerNode({ data: node.data, port: Number(new URL(node.url).port) });
    await page.locator('.connection.live').waitFor();
    await mine(back);
    await figure(page, 'Height').getByRole('link', { name: '3', exact: true }).waitFor();
    // A browser logs each failed request: a 503 of a closing node, and a request without an answer. It may log no other error.
    assert.deepEqual(
      complaints.filter((complaint) => !UNANSWERED.test(complaint)),
      [],
    );
  });
});

const UNANSWERED = /ERR_CONNECTION_|ERR_EMPTY_RESPONSE|WebSocket connection to|503 \(Service Unavailable\)/;
