import type { Locator, Page } from 'playwright-core';
import { eventually } from '../support/node.js';

/** Resolves when the page shows the text that it opens with: a tab chosen before the editor is there can stay empty. */
export async function isOpen(page: Page, text = 'query Look'): Promise<void> {
  await page.locator('.graphiql-query-editor .view-line', { hasText: text }).waitFor();
}

/** Resolves when GraphiQL knows that this text is in its editor: only then does Execute offer the operations of the text. */
export async function isRead(page: Page, text: string): Promise<void> {
  const kept = () => page.evaluate<string>(`sessionStorage.getItem('graphiql:query') ?? ''`);
  // The editor stores its text after a quiet moment, which a busy machine delays.
  await eventually(kept, (query) => query.includes(text), 30_000);
}

/** Presses the run button; in a document with several operations, for the named one. */
export async function run(page: Page, operation?: string): Promise<void> {
  await page.getByRole('button', { name: /^Execute/ }).click();
  if (operation !== undefined) await page.getByRole('menuitem', { name: operation, exact: true }).click();
}

/** The line of the answer that has this text. */
export function answer(page: Page, text: string): Locator {
  return page.locator('.result-window .view-line', { hasText: text }).first();
}
