import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { openKeyFile, sealKeyFile } from '../../src/client/keyFile.js';
import { developmentAccount } from '../../src/consensus/network.js';
import { toHex } from '../../src/crypto/bytes.js';
import { transfer } from '../support/blocks.js';
import { transactionInput } from '../support/node.js';
import { ADD } from '../support/operations.js';
import { keepScreenshot, startBrowser, visit, type Visit } from './browser.js';
import { confirmPayment, developmentAddress, mine, startExplorerNode, viewOf, withoutExplorer } from './explorer.js';

const browser = withoutExplorer === false ? await startBrowser() : undefined;
const node = withoutExplorer === false ? await startExplorerNode() : undefined;
const stored = (page: Page, area: 'localStorage' | 'sessionStorage') =>
  page.evaluate<string[]>(`Object.values(${area})`);
const focused = (page: Page) => page.evaluate<string>('document.activeElement.textContent');

/** The page that sends, open. */
async function opened(): Promise<Visit> {
  const visited = await visit(browser!, node!.url);
  visited.page.setDefaultTimeout(15_000);
  await visited.page.goto(viewOf(node!, '/send'));
  await visited.page.getByRole('heading', { name: 'A key of your own' }).waitFor();
  return visited;
}

/** A new key of a page; its seed and its address. */
async function makeKey(page: Page): Promise<{ readonly seed: string; readonly address: string }> {
  await page.getByRole('button', { name: 'Make a new key' }).click();
  await page.getByText('Show the seed').click();
  const seed = await page.locator('.seed code').innerText();
  assert.match(seed, /^[0-9a-f]{64}$/);
  return { seed, address: (await page.locator('.panel .identifier a').getAttribute('title'))! };
}

describe('a key in the browser', { skip: withoutExplorer }, () => {
  it('is never in the storage that outlives the tab, and in the tab’s only while its user says so', async () => {
    const { page, complaints } = await opened();
    const { seed, address } = await makeKey(page);
    assert.deepEqual([await stored(page, 'localStorage'), await stored(page, 'sessionStorage')], [[], []]);

    await page.getByLabel('Keep it until this tab is closed').check();
    assert.deepEqual([await stored(page, 'localStorage'), await stored(page, 'sessionStorage')], [[], [seed]]);
    await page.reload();
    await page.locator(`.panel .identifier a[title="${address}"]`).waitFor();

    await page.getByLabel('Keep it until this tab is closed').uncheck();
    assert.deepEqual(await stored(page, 'sessionStorage'), []);
    await page.getByRole('button', { name: 'Forget the key' }).click();
    await page.getByText('This key was not saved.').waitFor();
    await page.getByRole('button', { name: 'Forget it all the same' }).click();
    await page.getByRole('button', { name: 'Make a new key' }).waitFor();
    assert.deepEqual(complaints, []);
  });

  it('that an earlier version kept for good stays there until its user has saved it, which a reload remembers', async () => {
    const { page, complaints } = await opened();
    const seed = '5e'.repeat(32);
    await page.evaluate(`localStorage.setItem('corrente.seed', '${seed}')`);
    const another = await page.context().newPage();
    await another.goto(viewOf(node!, '/'));
    await another.locator('.connection.live').waitFor();
    await another.close();
    assert.deepEqual(await stored(page, 'localStorage'), [seed]);

    await page.reload();
    await page.getByText('This key is in this page only.').waitFor();
    await page.getByText('Show the seed').click();
    assert.equal(await page.locator('.seed code').innerText(), seed);
    await page.getByRole('button', { name: 'I have written it down' }).click();
    await page.getByText('This key is in this page only.').waitFor({ state: 'detached' });
    assert.deepEqual(await stored(page, 'localStorage'), []);
    await page.reload();
    await page.getByText('Show the seed').waitFor();
    assert.equal(await page.getByText('This key is in this page only.').count(), 0);
    assert.deepEqual(complaints, []);
  });

  it('that an earlier version kept for good is gone when its user forgets it, and no other key with it', async () => {
    const { page, complaints } = await opened();
    await page.evaluate(`localStorage.setItem('corrente.seed', '${'5e'.repeat(32)}')`);
    await makeKey(page);
    await page.getByRole('button', { name: 'Forget the key' }).click();
    await page.getByRole('button', { name: 'Forget it all the same' }).click();
    await page.getByRole('button', { name: 'Make a new key' }).waitFor();
    assert.deepEqual(await stored(page, 'localStorage'), ['5e'.repeat(32)]);

    await page.reload();
    await page.getByRole('button', { name: 'Forget the key' }).click();
    await page.getByRole('button', { name: 'Forget it all the same' }).click();
    await page.getByRole('button', { name: 'Make a new key' }).waitFor();
    assert.deepEqual(await stored(page, 'localStorage'), []);
    assert.deepEqual(complaints, []);
  });

  it('is saved as the file that the command line opens, and read from one', async () => {
    const { page, complaints } = await opened();
    const { seed, address } = await makeKey(page);
    await page.getByText('Save it as a key file').click();
    await page.getByLabel('Passphrase for the file').fill('correct horse');
    await page.getByLabel('The same passphrase again').fill('correct house');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('expected the same passphrase twice').waitFor();
    await page.getByLabel('The same passphrase again').fill('correct horse');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const text = readFileSync(await (await download).path(), 'utf8');
    assert.equal(toHex((await openKeyFile(text, 'correct horse')).seed), seed);

    // It is saved: nothing is asked.
    await page.getByRole('button', { name: 'Forget the key' }).click();
    await page.getByText('I have a key file').click();
    const file = { name: 'key.json', mimeType: 'application/json', buffer: Buffer.from(text) };
    await page.getByLabel('Key file, as').setInputFiles(file);
    await page.getByLabel('Passphrase', { exact: true }).fill('wrong horse');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('expected the passphrase of this key file, got another').waitFor();
    await page.getByLabel('Passphrase', { exact: true }).fill('correct horse');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.locator(`.panel .identifier a[title="${address}"]`).waitFor();
    assert.deepEqual(complaints, []);

    const ofCommandLine = await sealKeyFile(developmentAccount(3), 'correct horse');
    await page.getByRole('button', { name: 'Forget the key' }).click();
    await page.getByText('I have a key file').click();
    await page.getByLabel('Key file, as').setInputFiles({ ...file, buffer: Buffer.from(ofCommandLine) });
    await page.getByLabel('Passphrase', { exact: true }).fill('correct horse');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.locator(`.panel .identifier a[title="${developmentAddress(3)}"]`).waitFor();
  });

  it('holds its page while it has coins and is nowhere else', async () => {
    const { page } = await opened();
    const { address } = await makeKey(page);
    const asked: string[] = [];
    page.on('dialog', (dialog) => {
      asked.push(dialog.type());
      void dialog.accept();
    });
    const { page: payer } = await opened();
    await payer.getByRole('combobox').selectOption('5');
    await payer.getByRole('button', { name: 'Use this account' }).click();
    await payer.getByText('available 1,000,000 coins').waitFor();
    await payer.getByLabel('Recipient').fill(address);
    await payer.getByLabel('Amount in coins').fill('2');
    await confirmPayment(payer);
    // The node has it: a block mined before would not.
    await payer.getByText('available 999,998 coins').waitFor();
    await page.getByText('available 0 coins').waitFor();
    await mine(node!);
    await page.getByText('available 2 coins').waitFor();
    await page.reload();
    assert.deepEqual(asked, ['beforeunload']);

    // Without coins, or saved: no question.
    await page.getByRole('button', { name: 'Make a new key' }).click();
    await page.getByText('available 0 coins').waitFor();
    await page.reload();
    assert.deepEqual(asked, ['beforeunload']);
  });
});

describe('a payment from the browser', { skip: withoutExplorer }, () => {
  it('is refused at the field that is wrong, before anything is signed', async () => {
    const { page, complaints } = await opened();
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
    const { page, complaints } = await opened();
    await page.getByRole('combobox').selectOption('1');
    await page.getByRole('button', { name: 'Use this account' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('available 1,000,000 coins').waitFor();
    assert.equal(await focused(page), 'Transfer');
    await page.keyboard.press('Tab');
    // As a letter breaks it, and in capitals, as the search takes it too.
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

  it('that the node refuses says so', async () => {
    const { page, complaints } = await opened();
    await page.getByRole('combobox').selectOption('7');
    await page.getByRole('button', { name: 'Use this account' }).click();
    await page.getByText('available 1,000,000 coins').waitFor();
    await page.getByLabel('Recipient').fill(developmentAddress(2));
    await page.getByLabel('Amount in coins').fill('600000');
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await page.getByRole('heading', { name: 'Send this?' }).waitFor();
    // Somebody else who has the key was faster.
    const { network } = node!;
    const [from, to] = [developmentAccount(7), developmentAccount(8)];
    const first = transfer({ network, from, to, amount: 500_000n * 100_000_000n, nonce: 0n });
    await node!.ask(ADD, { t: transactionInput(network, first) });
    await page.getByRole('button', { name: 'Sign and send' }).click();
    await page.getByText('INSUFFICIENT_FUNDS').waitFor();
    assert.deepEqual(complaints, []);
  });

  it('whose answer is lost is offered again after a reload, and pays once', async () => {
    const { page } = await opened();
    await page.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes('SendTransactions')) return route.continue();
      // The node takes it, and nobody hears of it.
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
    await page.reload();
    await page.locator(`.sent a[title="${id}"]`).waitFor();
    await mine(node!);
    await page.locator('.sent').getByText('confirmed').waitFor();
    const paid = await node!.ask(`{ balance(address: "${developmentAddress(9)}") { confirmed } }`);
    assert.deepEqual(paid, { balance: { confirmed: '100000300000000' } });
  });
});
