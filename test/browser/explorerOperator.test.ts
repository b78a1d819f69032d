import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ADD_PEER } from '../support/operations.js';
import { keepScreenshot, startBrowser, visit } from './browser.js';
import { figure, mine, startExplorerNode, stored, viewOf, withoutExplorer } from './explorer.js';

const browser = withoutExplorer === false ? await startBrowser() : undefined;
const node = withoutExplorer === false ? await startExplorerNode({ trustProxy: { hops: 1 } }) : undefined;

async function open() {
  const visited = await visit(browser!, node!.url);
  const { page } = visited;
  page.setDefaultTimeout(15_000);
  const sent: { readonly url: string; readonly authorization: string | undefined }[] = [];
  page.on('request', (request) => {
    sent.push({ url: request.url(), authorization: request.headers()['authorization'] });
  });
  await page.goto(viewOf(node!, '/operator'));
  const use = async (token: string): Promise<void> => {
    await page.getByLabel('Token', { exact: true }).fill(token);
    await page.getByRole('button', { name: 'Use it' }).click();
  };
  return { ...visited, sent, use };
}

const token = (): string => readFileSync(join(node!.data, 'admin.token'), 'utf8').trim();

describe('the operator’s page of the explorer', { skip: withoutExplorer }, () => {
  it('shows health, what waits, peers with reasons, databases and the log, as they change', async () => {
    await node!.admin(ADD_PEER, { url: 'http://127.0.0.1:9/graphql' });
    const { page, complaints, use } = await open();
    await use(token());
    await figure(page, 'State').getByText('ready').waitFor();
    for (const name of ['Longest hold', 'Waiting', 'Memory', 'Free disk']) {
      assert.match(await figure(page, name).locator('dd').innerText(), /\d/, name);
    }
    for (const name of ['chain', 'node']) await page.locator(`.field dt:text-is("${name}")`).waitFor();
    const peer = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: '127.0.0.1:9' }) });
    await peer.getByText('unreachable').waitFor();
    await peer.getByText('ECONNREFUSED').waitFor();
    const log = page.locator('.log');
    await log.getByText('opened network development').waitFor();
    await log.getByText('peer unreachable').first().waitFor();

    await mine(node!);
    await log.getByText('"operation":"mineBlocks"').waitFor();
    await page.emulateMedia({ colorScheme: 'dark' });
    await keepScreenshot(page, 'explorer-operator');
    assert.deepEqual(complaints, []);
  });

  it('shows who spent most of which budget, who was refused, and what anybody may spend', async () => {
    const healthz = new URL('/healthz', node!.url);
    const statuses = new Set<number>();
    for (let rounds = 0; rounds < 10 && !statuses.has(429); rounds++) {
      const ask = async () => {
        const { status } = await fetch(healthz, { headers: { 'x-forwarded-for': '198.51.100.7' } });
        statuses.add(status);
      };
      await Promise.all(Array.from({ length: 1_000 }, ask));
    }
    assert.deepEqual([...statuses], [200, 429]);
    const { page, complaints, use } = await open();
    await use(token());
    const budgets = page.getByRole('region', { name: 'Budgets' });
    const row = budgets.getByRole('row').filter({ hasText: 'requests' });
    await row.getByRole('rowheader', { name: '198.51.100.7' }).waitFor();
    assert.match(await row.getByRole('cell').last().innerText(), /^[\d,]*[1-9][\d,]*$/, 'refused');
    const limits = page.getByRole('region', { name: 'Limits' });
    const rows = await limits.getByRole('row').allInnerTexts();
    assert.ok(
      rows.some((text) => /requests\s+500\s+2,500/.test(text)),
      rows.join('; '),
    );
    assert.ok(
      rows.some((text) => /bytes\s+16 MiB\s+80 MiB/.test(text)),
      rows.join('; '),
    );
    await keepScreenshot(page, 'explorer-operator-budgets');
    assert.deepEqual(complaints, []);
  });

  it('threat token-in-the-page: keeps it in this tab, sends it to this node alone, and forgets it when asked', async () => {
    const { page, complaints, sent, use } = await open();
    await use(token());
    await figure(page, 'State').waitFor();
    assert.deepEqual([await stored(page, 'localStorage'), await stored(page, 'sessionStorage')], [[], [token()]]);
    await page.reload();
    await figure(page, 'State').waitFor();
    const carrying = sent.filter(({ authorization }) => authorization !== undefined);
    assert.ok(carrying.length >= 2);
    assert.ok(carrying.every(({ url }) => url === node!.url));
    assert.ok(sent.every(({ url }) => !url.includes(token())));

    await page.getByRole('button', { name: 'Forget the token' }).click();
    await page.getByLabel('Token', { exact: true }).waitFor();
    assert.deepEqual(await stored(page, 'sessionStorage'), []);
    assert.deepEqual(complaints, []);
  });

  it('says why a token is refused, and takes another', async () => {
    const { page, use } = await open();
    await use('0'.repeat(64));
    await page.getByRole('alert').getByText('admin token').waitFor();
    await use(token());
    await figure(page, 'State').waitFor();
  });

  it('threat log-in-the-page: shows what strangers made the node write as text', async () => {
    const script = '<img src=x onerror=alert(1)>';
    const liar = createServer((_request, response) => {
      response.writeHead(302, { location: `http://a.example/${script}` }).end();
    }).listen(0, '127.0.0.1');
    after(() => liar.close());
    await once(liar, 'listening');
    const { port } = liar.address() as AddressInfo;
    await node!.admin(ADD_PEER, { url: `http://127.0.0.1:${port}/graphql` });
    const { page, complaints, use } = await open();
    await use(token());
    await page.getByRole('rowheader', { name: `127.0.0.1:${port}` }).waitFor();
    await page.getByRole('cell', { name: script }).first().waitFor();
    await page.locator('.log').getByText(script).first().waitFor();
    assert.equal(await page.locator('main img').count(), 0);
    assert.deepEqual(complaints, []);
  });
});
