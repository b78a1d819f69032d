import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withoutPages } from '../support/builtPages.js';
import { withoutOpenssl } from '../support/openssl.js';
import { startBrowser, visit } from './browser.js';
import { developmentAddress, mine, startExplorerNode, withoutExplorer } from './explorer.js';
import { answer, isOpen, isRead, run } from './graphiql.js';
import { startProxy } from './proxy.js';

const skip = withoutExplorer || withoutPages('ide', 'playground') || withoutOpenssl;
const browser = skip === false ? await startBrowser() : undefined;
const node = skip === false ? await startExplorerNode() : undefined;
const base = node ? await startProxy(node.url, '/shared/ledger/') : '';
const open = () => visit(browser!, base, { ignoreHTTPSErrors: true });

describe('below a path of a proxy that speaks TLS', { skip }, () => {
  it('the explorer is live, at its start and at a link to any of its views', async () => {
    await mine(node!, 2);
    const { page, complaints } = await open();
    const sockets: string[] = [];
    page.on('websocket', (socket) => sockets.push(socket.url()));
    await page.goto(base);
    await page.locator('.connection.live').waitFor();
    await mine(node!);
    await page.getByRole('row').getByRole('link', { name: '3', exact: true }).click();
    await page.getByRole('heading', { name: 'Block 3' }).waitFor();
    assert.equal(page.url(), `${base}block/3`);
    await page.reload();
    await page.getByRole('heading', { name: 'Block 3' }).waitFor();
    await page.goto(`${base}account/${developmentAddress(0)}`);
    await page.getByText('1,000,000').first().waitFor();
    assert.deepEqual(complaints, []);
    assert.ok(sockets.length > 0);
    assert.deepEqual([...new Set(sockets)], [`${base.replace('https', 'wss')}graphql`]);
  });

  it('a path that names nothing is a page of the explorer', async () => {
    const { page } = await open();
    for (const path of ['nothing', 'nothing/at/all']) {
      assert.equal((await page.goto(base + path))?.status(), 404);
      await page.getByRole('heading', { name: 'No such page' }).waitFor();
    }
    await page.getByRole('link', { name: 'overview', exact: true }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    assert.equal(page.url(), base);
  });

  it('GraphiQL runs a query and follows blocks', async () => {
    const { page, complaints } = await open();
    await page.goto(base);
    await page.getByRole('link', { name: 'API' }).click();
    await isOpen(page);
    await run(page);
    await answer(page, '"network":').waitFor();
    const connection = page.waitForEvent('websocket');
    await page.getByRole('tab', { name: 'Follow' }).click();
    await isRead(page, 'subscription Follow');
    await run(page, 'Account');
    assert.equal((await connection).url(), `${base.replace('https', 'wss')}graphql`);
    await answer(page, '"available"').waitFor();
    assert.deepEqual(complaints, []);
  });

  it('GraphQL Playground runs a query', async () => {
    const { page, complaints } = await open();
    await page.goto(`${base}playground`);
    await page.getByTitle('Execute Query (Ctrl-Enter)').click();
    await page.locator('.CodeMirror-line', { hasText: '"network":' }).waitFor();
    assert.deepEqual(complaints, []);
  });
});
