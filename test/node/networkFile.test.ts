import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readNetworkFile } from '../../src/client/client.js';
import { formatNetworkFile } from '../../src/consensus/networkFile.js';
import { toHex } from '../../src/crypto/bytes.js';
import { parseNetworkFile } from '../../src/node/openChain.js';
import { testAccount, testNetwork } from '../support/blocks.js';

const network = testNetwork();
const text = formatNetworkFile(network);

function changed(change: Record<string, unknown>): string {
  return JSON.stringify({ ...(JSON.parse(text) as object), ...change });
}

describe('a network file', () => {
  it('gives back the network it was written from, by its chain id', () => {
    assert.equal(toHex(parseNetworkFile(text, 'a.json').chainId), toHex(network.chainId));
  });

  it('is the same for a program: from its text, with a mark before it, or from its JSON', () => {
    for (const file of [text, `\ufeff${text}`, JSON.parse(text) as object]) {
      assert.deepEqual(readNetworkFile(file), network);
    }
  });

  it('names another chain for any other parameter', () => {
    const changes = [
      { name: 'other' },
      { addressPrefix: 'other', allocations: [] },
      { timestamp: '2026-01-01T00:00:00.001Z' },
      { target: 0x1f00ffff },
      { targetLimit: 0x207ffffe },
      { blockIntervalMs: 10_001 },
      { halfLifeMs: 3_600_001 },
      { subsidy: '1' },
      { halvingInterval: 4 },
      { maxBlockBytes: 4096 },
      { allocations: [] },
    ];
    const ids = changes.map((change) =>
      toHex(parseNetworkFile(changed({ target: 0x1f00fffe, ...change }), 'a').chainId),
    );
    assert.equal(new Set([toHex(network.chainId), ...ids]).size, changes.length + 1);
  });

  it('does not depend on the order of the allocations', () => {
    const { allocations } = JSON.parse(text) as { allocations: unknown[] };
    const reversed = parseNetworkFile(changed({ allocations: [...allocations].reverse() }), 'a.json');
    assert.equal(toHex(reversed.chainId), toHex(network.chainId));
  });

  it('is refused with its path, the setting, expected and got', () => {
    const table: [string, RegExp][] = [
      ['not json', /network file a\.json: .*JSON/],
      [changed({ name: 'Not Allowed' }), /a\.json: network name: expected .*, got "Not Allowed"/],
      [changed({ subsidy: 10 }), /a\.json: subsidy: expected base units as a decimal string, got 10$/],
      [changed({ subsidy: '-1' }), /a\.json: subsidy: expected base units/],
      [changed({ timestamp: 'yesterday' }), /a\.json: timestamp: expected a time in UTC, .*, got "yesterday"$/],
      [changed({ timestamp: '2026-02-30T00:00:00.000Z' }), /timestamp: expected a time in UTC, .*, got "2026-02-30/],
      [changed({ timestamp: 1_767_225_600_000 }), /timestamp: expected a text, got 1767225600000$/],
      [changed({ halvingInterval: '4' }), /halvingInterval: expected a whole number, got "4"$/],
      [changed({ halvingInterval: undefined }), /halvingInterval: expected a whole number, got nothing$/],
      ['[]', /network file: expected an object, got \[\]$/],
      [changed({ allocations: {} }), /allocations: expected a list of at most 1000000, got \{\}$/],
      [changed({ allocations: [{ address: 7, amount: '1' }] }), /allocations\.0\.address: expected a text, got 7$/],
      [changed({ allocations: [{ address: 'a', amount: 1 }] }), /a\.json: allocations\.0/],
      [changed({ extra: 1 }), /a\.json: .*extra/],
      [changed({ target: 0 }), /a\.json: network target: expected a compact target/],
      [changed({ maxBlockBytes: 10 }), /a\.json: network maxBlockBytes: expected 1024 to 8388608, got 10/],
      [
        changed({ allocations: [{ address: 'cor1x', amount: '1' }] }),
        /a\.json: allocations\.0: expected an address that starts with cortest1/,
      ],
      [changed({ subsidy: '9000000000000000000' }), /a\.json: network subsidy: expected a total supply below 2\^63/],
    ];
    for (const [bad, message] of table) {
      assert.throws(() => parseNetworkFile(bad, 'a.json'), { name: 'RangeError', message });
    }
    assert.ok(testAccount(0));
  });
});
