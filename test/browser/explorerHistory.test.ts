import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { COIN } from '../../src/consensus/network.js';
import { testAccount } from '../support/blocks.js';
import { addressOf } from '../support/node.js';
import { keepScreenshot, startBrowser, visit, type Visit } from './browser.js';
import { developmentAddress, mine, startExplorerNode, viewOf, withoutExplorer, pay } from './explorer.js';

/** A text that a spreadsheet would run. */
const FORMULA = "-2+3+cmd|' /C calc'!A0";
const browser = withoutExplorer === false ? await startBrowser() : undefined;
const node = withoutExplorer === false ? await startExplorerNode() : undefined;

// 30 salaries to account 2, which pays the rent in between; a block each for three of them.
if (node) {
  for (let month = 0n; month < 30n; month++) {
    const memo = month === 29n ? FORMULA : `salary ${month + 1n}`;
    await pay(node, { from: 1, to: 2, coins: 100n + month, nonce: month, fee: COIN / 2n, memo });
    if (month === 9n) {
      await mine(node);
      await pay(node, { from: 2, to: 3, coins: 700n, nonce: 0n, fee: COIN / 2n, memo: '=rent, "November"' });
      await mine(node);
    }
  }
  await mine(node, 5);
}

async function opened(address: string): Promise<Visit> {
  const visited = await visit(browser!, node!.url);
  visited.page.setDefaultTimeout(15_000);
  await visited.page.goto(viewOf(node!, `/account/${address}`));
  await visited.page.locator('.history tbody tr').first().waitFor();
  return visited;
}

/** Cells of each row: time, block, kind, memo, amount, fee, balance. */
async function rows(page: Page): Promise<readonly (readonly string[])[]> {
  const found = await page.locator('.history tbody tr').all();
  return Promise.all(found.map((row) => row.locator('th, td').allInnerTexts()));
}

describe('the history of an account', { skip: withoutExplorer }, () => {
  it('has time, memo, amount and running balance of each, is filtered, and saved for a spreadsheet', async () => {
    const { page, complaints } = await opened(developmentAddress(2));
    await page.getByText('31 confirmed, newest first').waitFor();
    assert.equal((await rows(page)).length, 25);
    await page.getByRole('button', { name: 'Older' }).click();
    await page.getByRole('cell', { name: 'salary 1', exact: true }).waitFor();
    const oldest = (await rows(page)).at(-1)!;
    assert.match(oldest[0]!, /^\d+ \w+ 20\d\d, \d\d:\d\d:\d\d$/);
    assert.deepEqual([oldest[1], oldest[4], oldest[5], oldest[6]], ['1', '100', '', '1,000,100']);

    await page.getByLabel('Kind').selectOption('Sent');
    const [rent, ...others] = await rows(page);
    assert.deepEqual(others, []);
    // 1,000,000 and ten salaries, less the rent and its fee.
    assert.deepEqual([rent![4], rent![5], rent![6]], ['−700', '0.5', '1,000,344.5']);
    await page.getByLabel('Kind').selectOption('Everything');
    await page.getByLabel('Memo, address or id').fill('SALARY 2');
    assert.deepEqual(
      (await rows(page)).map((row) => row[3]!).sort(),
      ['2', '20', '21', '22', '23', '24', '25', '26', '27', '28', '29'].map((month) => `salary ${month}`),
    );

    const saved = async (filter: string) => {
      await page.getByLabel('Memo, address or id').fill(filter);
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Save as CSV' }).click();
      const file = await download;
      assert.equal(file.suggestedFilename(), `${developmentAddress(2)}.csv`);
      return readFileSync(await file.path(), 'utf8').split('\r\n');
    };
    const [titles, line, end] = await saved('rent');
    assert.equal(titles, 'time,block,kind,id,sender,recipient,amount,fee,balance,memo');
    const fields = `2,sent,[0-9a-f]{64},${developmentAddress(2)},${developmentAddress(3)},-700,0.5,1000344.5`;
    assert.match(line!, new RegExp(`^20[^,]*Z,${fields},"'=rent, ""November"""$`));
    assert.equal(end, '');
    // A stranger's text is no formula.
    const [, received] = await saved('calc');
    assert.ok(received!.endsWith(`,'${FORMULA}`), received);
    assert.deepEqual(complaints, []);
  });

  it('holds mining rewards, and the balance from the beginning, and grows', async () => {
    const miner = addressOf(node!.network, testAccount(9));
    const { page, complaints } = await opened(miner);
    await page.getByText('from the beginning').waitFor();
    const before = await rows(page);
    assert.equal(before.length, 7);
    const [first, third] = [before.at(-1)!, before.at(-3)!];
    assert.deepEqual([first[1], first[2], first[4], first[6]], ['1', 'reward', '15', '15']);
    // Ten coins and the fees of the twenty salaries after the rent.
    assert.deepEqual([third[1], third[4], third[6]], ['3', '20', '45.5']);
    await mine(node!);
    await page.locator('.history').getByRole('link', { name: '8', exact: true }).waitFor();
    const [newest] = await rows(page);
    assert.deepEqual([newest![1], newest![4], newest![6]], ['8', '10', '95.5']);
    await page.locator('.chart canvas').waitFor();
    await keepScreenshot(page, 'explorer-history');
    assert.deepEqual(complaints, []);
  });

  it('names the height from which it knows rewards, on a chain that is longer than it reads', async () => {
    const { page, complaints } = await visit(browser!, node!.url);
    page.setDefaultTimeout(15_000);
    await changeHeaders(page, (headers) => headers.filter(({ height }) => height > 4));
    await page.goto(viewOf(node!, `/account/${addressOf(node!.network, testAccount(9))}`));
    await page.getByText('Up to block 4 rewards may be missing: a program can read them all.').waitFor();
    await page.getByText(/^0 confirmed, the newest \d rewards, newest first$/).waitFor();
    // Without a line, too.
    await page.goto(viewOf(node!, `/account/${developmentAddress(7)}`));
    await page.getByText('Up to block 4 rewards may be missing').waitFor();
    assert.deepEqual(complaints, []);
  });

  it('is of one branch, also if the chain is reorganized while it is read', async () => {
    const { page, complaints } = await visit(browser!, node!.url);
    page.setDefaultTimeout(15_000);
    let asked = 0;
    await changeHeaders(page, (headers) => {
      if (asked++ > 0) return headers;
      return [...headers.slice(0, -1), { ...headers.at(-1)!, hash: 'f'.repeat(64) }];
    });
    await page.goto(viewOf(node!, `/account/${addressOf(node!.network, testAccount(9))}`));
    await page.locator('.history tbody tr').first().waitFor();
    const [newest] = await rows(page);
    assert.equal(newest![4], '10');
    assert.ok(asked > 1);
    assert.deepEqual(complaints, []);
  });
});

interface Header {
  readonly height: number;
  readonly hash: string;
}

/** Lets a page read other headers than the node answers. */
async function changeHeaders(page: Page, change: (headers: readonly Header[]) => readonly Header[]): Promise<void> {
  await page.route('**/graphql', async (route) => {
    if (!route.request().postData()?.includes('query Miners')) return route.continue();
    const response = await route.fetch();
    const { data } = (await response.json()) as { data: { chain: { headersAfter: readonly Header[] } } };
    return route.fulfill({ response, json: { data: { chain: { headersAfter: change(data.chain.headersAfter) } } } });
  });
}
