import { existsSync, mkdirSync } from 'node:fs';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

/** False where Debian's Chromium is installed; else why a test that needs it is skipped, for `it`'s options. */
export const withoutChromium: string | false = existsSync('/usr/bin/chromium')
  ? false
  : '/usr/bin/chromium is not installed: apt-get install chromium';

/** Chromium without a window, with these switches too, ended with the test or suite that started it. */
export async function startBrowser(switches: readonly string[] = []): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: [...ARGUMENTS, ...switches] });
  after(() => browser.close());
  return browser;
}

/** One page in a profile of its own, and all that it did which it must not do. */
export interface Visit {
  readonly page: Page;
  /** Console errors, uncaught errors, violations of the policy, and requests to another origin than the node's, as they happened. */
  readonly complaints: string[];
}

/** Opens an empty page that is watched; `url` is the node's. */
export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const complaints: string[] = [];
  const { host } = new URL(url);
  const check = (requested: string): void => {
    const { protocol, host: other } = new URL(requested);
    if (protocol !== 'data:' && protocol !== 'blob:' && other !== host) complaints.push(`a request left: ${requested}`);
  };
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  await context.addInitScript({ content: REPORT_VIOLATIONS });
  context.on('request', (request) => check(request.url()));
  const page = await context.newPage();
  page.on('websocket', (socket) => check(socket.url()));
  page.on('console', (message) => message.type() === 'error' && complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.stack ?? error.message}`));
  return { page, complaints };
}

/** Saves a picture of the page as artefacts/NAME.png of the project, for people. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  const folder = fileURLToPath(new URL('../../../artefacts/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}${name}.png`, fullPage: true });
}

/** Text, since the compiler's library is Node's and knows no documents. */
const REPORT_VIOLATIONS = `addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  console.error('policy violated:', violatedDirective, 'by', blockedURI));`;

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
