import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { startNodeProcess } from '../cli/tlsNode.js';
import { withoutPages } from '../support/builtPages.js';
import { withoutOpenssl } from '../support/openssl.js';
import { testAuthority } from '../support/testAuthority.js';
import { startBrowser, visit } from './browser.js';
import { withoutExplorer } from './explorer.js';
import { answer, isOpen, run } from './graphiql.js';

const skip = withoutExplorer || withoutPages('ide', 'playground') || withoutOpenssl;

describe('over TLS of the node, in Chromium, which trusts a test authority alone', { skip }, () => {
  it('the explorer, the IDE, WebSockets and event streams work, and another authority is not trusted', async () => {
    const authority = testAuthority();
    const pair = authority.issue('node');
    // The chain: Chromium knows the authority by its public key only.
    appendFileSync(pair.cert, readFileSync(authority.file));
    const node = await startNodeProcess(authority, pair, ['--mine', '1']);
    const base = new URL('/', node.url).href;
    const authorityKey = new X509Certificate(readFileSync(authority.file)).publicKey;
    const pin = createHash('sha256')
      .update(authorityKey.export({ type: 'spki', format: 'der' }))
      .digest('base64');
    const browser = await startBrowser([`--ignore-certificate-errors-spki-list=${pin}`]);

    const { page, complaints } = await visit(browser, base);
    const sockets: string[] = [];
    page.on('websocket', (socket) => sockets.push(socket.url()));
    await page.goto(base);
    await page.locator('.connection.live').waitFor();
    await page.getByRole('row').getByRole('link', { name: '2', exact: true }).waitFor();
    assert.deepEqual([...new Set(sockets)], [node.url.replace('https', 'wss')]);

    const height: unknown = await page.evaluate(`new Promise((resolve, reject) => {
      const query = encodeURIComponent('subscription { blockAdded { height } }');
      const events = new EventSource('/graphql/stream?query=' + query);
      events.addEventListener('next', ({ data }) => {
        events.close();
        resolve(JSON.parse(data).data.blockAdded.height);
      });
      events.onerror = () => reject(new Error('the event stream failed'));
    })`);
    assert.ok(Number(height) > 2, String(height));

    await page.getByRole('link', { name: 'API' }).click();
    await isOpen(page);
    await run(page);
    await answer(page, '"network":').waitFor();
    assert.deepEqual(complaints, []);

    const untrusting = await startBrowser();
    const other = await visit(untrusting, base);
    await assert.rejects(other.page.goto(base), /ERR_CERT_AUTHORITY_INVALID/);
  });
});
