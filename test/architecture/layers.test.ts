import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cruise, type ICruiseOptions, type IConfiguration, type ICruiseResult } from 'dependency-cruiser';
import { temporaryFolder } from '../support/temporaryFolder.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const { forbidden, options } = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs')) as IConfiguration;

/** Modules seen below `src` of a folder, and the rules of the architecture that they break. */
async function broken(baseDir: string) {
  const settings: ICruiseOptions = { ...options, baseDir, validate: true, ruleSet: { forbidden: forbidden! } };
  delete settings.tsConfig;
  const { output } = await cruise(['src'], settings);
  const { modules, summary } = output as ICruiseResult;
  return {
    modules: modules.map(({ source }) => source).filter((source) => source.startsWith('src/')),
    violations: summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
  };
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('node_modules'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('architecture: layers, and things that only some of them may touch', () => {
  it('imports only go down, siblings never import each other, and there is no cycle', async () => {
    const { modules, violations } = await broken(root);
    assert.deepEqual(violations, []);
    // A tool that finds no modules finds no faults either.
    assert.equal(modules.length, sources('src').length);
    assert.ok(modules.length > 100, `${modules.length} modules`);
  });

  it('the check above finds an import upwards, a sibling, a cycle of types, and a client that knows the node', async () => {
    const folder = temporaryFolder();
    const files: Record<string, string> = {
      'crypto/up.ts': "import '../chain/chain.js';",
      'chain/chain.ts': "import type { B } from './cycle.js'; import '../mempool/mempool.js'; export type A = B;",
      'chain/cycle.ts': "import type { A } from './chain.js'; export type B = A | 1;",
      'mempool/mempool.ts': 'export const size = 1;',
      'client/client.ts': "import '../mempool/mempool.js';",
      'node.ts': "import './cli/run.js'; import './chain/chain.js';",
      'cli/run.ts': 'export const run = 1;',
      'storage/store.ts': "import '../peers/peer.js';",
      'peers/peer.ts': 'export const peer = 1;',
    };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, 'src', path)), { recursive: true });
      writeFileSync(join(folder, 'src', path), text);
    }
    const { violations } = await broken(folder);
    for (const expected of [
      /^layer-\d: src\/crypto\/up\.ts → src\/chain\/chain\.ts$/,
      /^siblings-\d: src\/chain\/chain\.ts → src\/mempool\/mempool\.ts$/,
      /^siblings-\d: src\/storage\/store\.ts → src\/peers\/peer\.ts$/,
      /^no-cycle: src\/chain\/(chain|cycle)\.ts/,
      /^client-alone: src\/client\/client\.ts/,
      /^node-below-cli: src\/node\.ts → src\/cli\/run\.ts$/,
    ]) {
      assert.ok(
        violations.some((violation) => expected.test(violation)),
        `${expected} in ${violations.join('\n')}`,
      );
    }
  });

  it('only the command line touches the process', () => {
    const cli = /^src\/cli(\.ts|\/)/;
    const others = sources('src').filter(
      (path) => !cli.test(path) && /\bprocess\.\w|node:process/.test(code(read(path))),
    );
    assert.deepEqual(others, []);
    assert.ok(sources('src').some((path) => cli.test(path) && /\bprocess\.\w/.test(code(read(path)))));
  });

  it('only code that needs the date sees it: all other waits, measurements and timeouts use a clock that is never set', () => {
    const places = sources('src').filter((path) =>
      /\bDate\.now\b|(?<!performance\.)\bnow\(\)|new Date\(\)/.test(code(read(path))),
    );
    assert.deepEqual(places.sort(), [
      // Passes it to the chain for the blocks of a file.
      'src/audit/chainFile.ts',
      // Timestamp of a new network.
      'src/cli/network.ts',
      // Verifies blocks of a file as of now.
      'src/cli/offline.ts',
      // When a payment was signed: shown and stored.
      'src/cli/send/fate.ts',
      'src/cli/send/payment.ts',
      // Timestamp of a new block.
      'src/http/identity.ts',
      'src/mining/miner.ts',
      // Passes the date to the mempool, for the transactions that are restored.
      'src/node.ts',
      // Days until a certificate ends.
      'src/node/certificateWatch.ts',
      // Pass it to the chain, which bounds timestamps, to the mempool and to sync.
      'src/node/joinNetwork.ts',
      // When the last block came, shown.
      'src/node/pulse.ts',
      // Give it to the server, which compares it with the time of envelopes.
      'src/node/serving/serve.ts',
      // Passes it to the chain.
      'src/node/serving/serveByWorkers.ts',
      // Shows when the node was started.
      'src/node/serving/services.ts',
      // As serve.ts.
      'src/node/workers/apiWorker.ts',
      // Gives it, and compares it with the other clock.
      'src/node/world.ts',
      // When a peer was seen, and when its ban ends: shown and stored.
      'src/peers/client/peerRequests.ts',
      'src/peers/peerState.ts',
      // Declares it.
      'src/peers/ports.ts',
      // Knows old blocks by it.
      'src/peers/relay/relay.ts',
      // How far a block of a peer is ahead of the date.
      'src/peers/sync/branchDownload.ts',
    ]);
  });

  it('what one part of a node hears of another is written in one file', () => {
    const below = sources('src').filter((path) => /^src\/(chain|mempool|peers|storage)\//.test(path));
    const events = below.flatMap((path) =>
      [...read(path).matchAll(/readonly (\w+) = new Event</g)].map(([, name]) => name!),
    );
    assert.ok(events.length >= 8, String(events));
    const listening = new RegExp(`\\.(${events.join('|')})\\.on\\(`);
    // Subscriptions listen for as long as a client does, not for as long as the node runs.
    const parts = sources('src').filter((path) => !/^src\/graphql\/(live|resolvers)\//.test(path));
    assert.deepEqual(
      parts.filter((path) => listening.test(code(read(path)))),
      ['src/node/events.ts'],
    );
  });

  it('every consensus rule is one numbered place, in order', () => {
    const numbers = ['src/consensus/headers.ts', 'src/consensus/blockRules.ts', 'src/ledger/ledger.ts'].flatMap(
      (path) => {
        const found = [...read(path).matchAll(/\bRule (\d+), /g)].map((match) => Number(match[1]));
        assert.deepEqual(
          found,
          found.toSorted((a, b) => a - b),
          path,
        );
        return found;
      },
    );
    assert.deepEqual(
      [...new Set(numbers)].sort((a, b) => a - b),
      Array.from({ length: 12 }, (_, index) => index + 1),
    );
  });
});

/** The text without its comments. */
function code(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
}
