import type { Browser, Page } from 'playwright-core';
import { COIN, developmentAccount, developmentNetwork } from '../../src/consensus/network.js';
import { toHex } from '../../src/crypto/bytes.js';
import { transfer } from '../support/blocks.js';
import { withoutPages } from '../support/builtPages.js';
import { addressOf, startTestNode, transactionInput, type TestNode, type TestNodeOptions } from '../support/node.js';
import { ADD, MINE } from '../support/operations.js';
import { visit, withoutChromium, type Visit } from './browser.js';

/** False where the explorer can be opened; else why its tests are skipped, for `describe`'s options. */
export const withoutExplorer: string | false = withoutChromium || withoutPages('explorer');

/** A node of the development network, whose explorer offers funded accounts. */
export function startExplorerNode(options: TestNodeOptions = {}): Promise<TestNode> {
  return startTestNode({ ...options, network: developmentNetwork() });
}

/** Address of a funded account. */
export function developmentAddress(index: number): string {
  return addressOf(developmentNetwork(), developmentAccount(index));
}

/** Mines blocks on demand. */
export async function mine(node: TestNode, count = 1): Promise<void> {
  await node.admin(MINE, { count });
}

/** URL of a view. */
export function viewOf(node: TestNode, path: string): string {
  return new URL(path, node.url).href;
}

/** The figure of this name on the page: its value and the note below it. */
export function figure(page: Page, name: string) {
  return page.locator('.figure').filter({ has: page.locator(`dt:text-is("${name}")`) });
}

/** Sends the payment in the form: checks the form, then answers the question. */
export async function confirmPayment(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Check', exact: true }).click();
  await page.getByRole('button', { name: 'Sign and send' }).click();
}

/** The page that sends, open. */
export async function openSendPage(browser: Browser, node: TestNode): Promise<Visit> {
  const visited = await visit(browser, node.url);
  visited.page.setDefaultTimeout(15_000);
  await visited.page.goto(viewOf(node, '/send'));
  await visited.page.getByRole('heading', { name: 'A key of your own' }).waitFor();
  return visited;
}

/** All values that a page has stored. */
export function stored(page: Page, area: 'localStorage' | 'sessionStorage'): Promise<string[]> {
  return page.evaluate(`Object.values(${area})`);
}

export interface Payment {
  /** Development accounts. */
  readonly from: number;
  readonly to: number;
  readonly coins: bigint;
  readonly nonce: bigint;
  readonly fee?: bigint;
  readonly memo?: string;
}

/** Sends a payment between development accounts; its id. Throws if the node refuses it. */
export async function pay(node: TestNode, { from, to, coins, nonce, fee = 0n, memo = '' }: Payment): Promise<string> {
  const { network } = node;
  const [payer, payee] = [developmentAccount(from), developmentAccount(to)];
  const paid = transfer({ network, from: payer, to: payee, amount: coins * COIN, fee, nonce, memo });
  const { outcome } = await node.ask<{ outcome: { readonly code?: string } }>(ADD, {
    t: transactionInput(network, paid),
  });
  if (outcome.code !== undefined) throw new Error(`the payment was refused: ${outcome.code}`);
  return toHex(paid.id);
}
