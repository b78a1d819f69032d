import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { it } from 'node:test';
import { toHex } from '../../src/crypto/bytes.js';
import { testNetwork } from '../support/blocks.js';
import { readStore } from '../support/storeCommits.js';
import { openLmdbStore } from '../support/storeOpen.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const network = testNetwork();

/** Mines on the stored chain and prints the height of every acknowledged block. */
const WRITER = `
  const [blocks, commits, opening] = await Promise.all(process.argv.slice(1, 4).map((url) => import(url)));
  const network = blocks.testNetwork();
  const store = await opening.openLmdbStore(network, process.argv[4]);
  for (;;) {
    const parent = commits.readStore(store, (reader) => reader.tip());
    await commits.makeTip(store, network, blocks.mineBlock({ network, parent }));
    process.stdout.write(parent.height + 1 + '\\n');
  }`;

// That nothing acknowledged is lost in a power cut is LMDB's order of fdatasync and meta page; this shows the rest.
it('holds every acknowledged block and a whole chain after kill -9, again and again', async () => {
  const folder = temporaryFolder();
  const modules = ['blocks', 'storeCommits', 'storeOpen'].map((name) => {
    return new URL(`../support/${name}.js`, import.meta.url).href;
  });
  for (let round = 1; round <= 3; round++) {
    const writer = spawn(process.execPath, ['--input-type=module', '-e', WRITER, '--', ...modules, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let acknowledged = 0;
    let lines = 0;
    for await (const line of createInterface({ input: writer.stdout })) {
      acknowledged = Number(line);
      if (++lines === 20 * round) writer.kill('SIGKILL');
    }
    if (writer.exitCode === null && writer.signalCode === null) await once(writer, 'exit');
    const store = await openLmdbStore(network, folder);
    readStore(store, (reader) => {
      const tip = reader.tip();
      assert.ok(tip.height >= acknowledged, `expected height ${acknowledged} or above, got ${tip.height}`);
      const headers = reader.headersFrom(0, tip.height + 1);
      assert.equal(headers.length, tip.height + 1);
      for (const [height, header] of headers.entries()) {
        if (height > 0) assert.equal(toHex(header.previousHash), toHex(headers[height - 1]!.hash));
      }
    });
    await store.close();
  }
});
