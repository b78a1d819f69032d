import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { WebSocket } from 'playwright-core';
import { createTransaction, sign, type SignedTransfer } from '../../src/client/transfer.js';
import { developmentAccount, developmentNetwork } from '../../src/consensus/network.js';
import { toHex } from '../../src/crypto/bytes.js';
import { withoutPages } from '../support/builtPages.js';
import { addressOf, eventually, startTestNode, type TestNode, type TestNodeOptions } from '../support/node.js';
import { ADD } from '../support/operations.js';
import { answer, isOpen, isRead, run } from './graphiql.js';
import { keepScreenshot, startBrowser, visit, withoutChromium, type Visit } from './browser.js';

const skip = withoutPages('ide') || withoutChromium;

describe('GraphiQL at GET /graphql', { skip }, () => {
  it('runs a query, and a mutation that was signed elsewhere, from its list of operations', async () => {
    const { node, page, complaints } = await opened();
    await run(page);
    await answer(page, '"network":').waitFor();
    await keepScreenshot(page, 'ide-query');

    const { id, input } = preparedTransfer(0);
    const variables = JSON.stringify({ transaction: input });
    await page.getByRole('button', { name: 'Show Operations' }).click();
    await page.getByRole('button', { name: /^addTransaction / }).click();
    await isRead(page, 'mutation AddTransaction(');
    await page.getByRole('button', { name: 'Variables' }).click();
    await page.getByRole('region', { name: 'Variables' }).click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText(variables);
    // The editor has closed the first brace by itself.
    await page.keyboard.press('Control+Shift+End');
    await page.keyboard.press('Delete');
    await run(page);
    await answer(page, '"alreadyKnown": false').waitFor();
    await keepScreenshot(page, 'ide-mutation');
    assert.deepEqual(await node.ask(`{ transaction(id: "${id}") { id } }`), { transaction: { id } });
    assert.deepEqual(complaints, []);
  });

  it('follows blocks as they are mined, until it is stopped', async () => {
    const { node, page, complaints } = await opened();
    const connection = page.waitForEvent('websocket');
    await page.getByRole('tab', { name: 'Follow' }).click();
    await isRead(page, 'subscription Follow');
    await run(page, 'Follow');
    const socket = await connection;
    const mined = async () => {
      await mine(node);
      return answer(page, '"blockAdded"').isVisible();
    };
    await eventually(mined, (isShown) => isShown);
    await answer(page, `"height": ${await mine(node)},`).waitFor();
    await keepScreenshot(page, 'ide-subscription');
    const closed = socket.waitForEvent('close');
    await page.getByRole('button', { name: /^Stop/ }).click();
    await closed;
    assert.deepEqual(complaints, []);
  });

  it('is the operator with the admin token in its field, over HTTP and WebSocket, until the tab is closed', async () => {
    const { node, page, complaints } = await opened();
    const token = readFileSync(join(node.data, 'admin.token'), 'utf8').trim();
    await page.getByRole('tab', { name: 'Mine' }).click();
    await isRead(page, 'mutation Mine');
    await run(page);
    await answer(page, '"errors"').waitFor();
    await page.getByLabel('Admin token').fill(` ${token}\n`);
    await run(page);
    await answer(page, '"transactionCount"').waitFor();
    await keepScreenshot(page, 'ide-admin');

    const initialised = page.waitForEvent('websocket').then(firstMessage);
    await page.getByRole('tab', { name: 'Follow' }).click();
    await isRead(page, 'subscription Follow');
    await run(page, 'Account');
    assert.deepEqual(JSON.parse(await initialised), {
      type: 'connection_init',
      payload: { authorization: `Bearer ${token}` },
    });
    await answer(page, '"available"').waitFor();
    assert.match(await page.evaluate('JSON.stringify(sessionStorage)'), new RegExp(token));
    const other = await page.context().newPage();
    await other.goto(new URL('/health', node.url).href);
    assert.equal(await other.evaluate('localStorage.length + sessionStorage.length'), 0);
    assert.deepEqual(complaints, []);
  });

  it('sends its example after transfers of others, again, and with a new nonce after a reload', async () => {
    const { node, page, complaints } = await opened();
    const account = developmentAccount(9);
    // The transfer of another user comes first.
    await node.ask(ADD, { t: preparedTransfer(9).input });
    await page.reload();
    await isOpen(page);
    const sent = async (alreadyKnown: boolean) => {
      await page.getByRole('tab', { name: 'Send' }).click();
      await isRead(page, 'mutation Send');
      await run(page);
      await answer(page, `"alreadyKnown": ${String(alreadyKnown)}`).waitFor();
    };
    const nonce = async () => {
      const { network } = node;
      const query = `{ balance(address: "${addressOf(network, account)}") { nextNonce } }`;
      return (await node.ask<{ balance: { nextNonce: string } }>(query)).balance.nextNonce;
    };
    await sent(false);
    await sent(true);
    await mine(node);
    await sent(true);
    assert.equal(await nonce(), '2');
    await page.reload();
    await isOpen(page, 'mutation Send');
    await sent(false);
    assert.equal(await nonce(), '3');
    assert.deepEqual(complaints, []);
  });

  it('has examples of the network that is served', async () => {
    const { page, complaints } = await opened({});
    await page.getByRole('tab', { name: 'Balance' }).click();
    await isRead(page, 'query Balance');
    await run(page);
    await answer(page, '"confirmed"').waitFor();
    assert.equal(await page.getByRole('tab', { name: 'Send' }).count(), 0);
    assert.deepEqual(complaints, []);
  });

  it('opens when the node refuses its questions, and shows the answer at the first run', async () => {
    const [browser, node] = await Promise.all([startBrowser(), startTestNode()]);
    const refusals = [
      {
        status: 403,
        json: { errors: [{ message: 'refused', extensions: { code: 'FORBIDDEN_ORIGIN' } }] },
        shown: 'FORBIDDEN_ORIGIN',
      },
      { status: 502, contentType: 'text/html', body: '<html>', shown: 'is not valid JSON' },
    ];
    for (const { shown, ...refusal } of refusals) {
      const { page } = await visit(browser, node.url);
      page.setDefaultTimeout(10_000);
      await page.route('**/graphql', (route) =>
        route.request().method() === 'POST' ? route.fulfill(refusal) : route.continue(),
      );
      await page.goto(node.url);
      await page.locator('.graphiql-query-editor .view-line', { hasText: 'query Look' }).waitFor();
      assert.equal(await page.getByRole('tab', { name: 'Balance' }).count(), 0);
      await run(page);
      await answer(page, shown).waitFor();
    }
  });

  it('could not call another host', async () => {
    const [browser, node] = await Promise.all([startBrowser(), startTestNode()]);
    const { page, complaints } = await visit(browser, node.url);
    await page.goto(node.url, { waitUntil: 'commit' });
    const call = (host: string) => page.evaluate(`fetch('http://${host}/health').then(({ status }) => status)`);
    assert.equal(await call(new URL(node.url).host), 200);
    await assert.rejects(call('127.0.0.2'));
    assert.ok(complaints.some((complaint) => complaint.includes("violates the document's Content Security Policy")));
  });
});

/** The open IDE of a new node, by default of the development network. */
async function opened(
  options: TestNodeOptions = { network: developmentNetwork() },
): Promise<Visit & { readonly node: TestNode }> {
  const [browser, node] = await Promise.all([startBrowser(), startTestNode(options)]);
  const visited = await visit(browser, node.url);
  visited.page.setDefaultTimeout(10_000);
  await visited.page.goto(node.url);
  await isOpen(visited.page);
  return { ...visited, node };
}

async function firstMessage(socket: WebSocket): Promise<string> {
  return (await socket.waitForEvent('framesent')).payload.toString();
}

/** Mines a block; its height. */
async function mine(node: TestNode): Promise<number> {
  const document = 'mutation { mineBlocks(count: 1) { ... on BlockAccepted { block { height } } } }';
  const { mineBlocks } = await node.admin<{ mineBlocks: { block: { height: number } }[] }>(document);
  return mineBlocks[0]!.block.height;
}

/** The first transfer of a development account. */
function preparedTransfer(sender: number): SignedTransfer {
  const network = developmentNetwork();
  const [from, to] = [developmentAccount(sender), developmentAccount(1)];
  const transfer = createTransaction({
    chainId: toHex(network.chainId),
    sender: addressOf(network, from),
    recipient: addressOf(network, to),
    amount: 1n,
    nonce: 0n,
  });
  return sign(transfer, from);
}
