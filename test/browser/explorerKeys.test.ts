import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { openKeyFile, sealKeyFile } from '../../src/client/transfer.js';
import { developmentAccount } from '../../src/consensus/network.js';
import { decodeAddress } from '../../src/crypto/address.js';
import { toHex } from '../../src/crypto/bytes.js';
import { transfer } from '../support/blocks.js';
import { eventually, transactionInput } from '../support/node.js';
import { ADD } from '../support/operations.js';
import { startBrowser } from './browser.js';
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
    const { page, complaints } = await openSendPage(browser!, node!);
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
    const { page, complaints } = await openSendPage(browser!, node!);
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
    const { page, complaints } = await openSendPage(browser!, node!);
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
    const { page, complaints } = await openSendPage(browser!, node!);
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

    // The key is saved, so the page does not ask.
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
    const { page } = await openSendPage(browser!, node!);
    const { address } = await makeKey(page);
    const asked: string[] = [];
    page.on('dialog', (dialog) => {
      asked.push(dialog.type());
      void dialog.accept();
    });
    const { page: payer } = await openSendPage(browser!, node!);
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

  it('holds its page also where there is no WebSocket', async () => {
    const { page } = await openSendPage(browser!, node!);
    await page.addInitScript('delete globalThis.WebSocket');
    await page.reload();
    const { address } = await makeKey(page);
    const asks = () => page.evaluate<boolean>(`!dispatchEvent(new Event('beforeunload', { cancelable: true }))`);
    assert.equal(await asks(), false);
    const { network } = node!;
    const to = { publicKey: decodeAddress(network.addressPrefix, address) };
    const paid = transfer({ network, from: developmentAccount(6), to, amount: 200_000_000n, nonce: 0n });
    await node!.ask(ADD, { t: transactionInput(network, paid) });
    await mine(node!);
    await eventually(asks, (isAsked) => isAsked);
  });
});
