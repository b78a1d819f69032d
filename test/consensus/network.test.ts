import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createNetwork, subsidyAt, supplyAt, type NetworkParameters } from '../../src/consensus/network.js';
import { encodeAddress } from '../../src/crypto/address.js';
import { toHex } from '../../src/crypto/bytes.js';
import { testAccount, testNetwork } from '../support/blocks.js';

const [alice, bob] = [testAccount(0).publicKey, testAccount(1).publicKey];
const MAX_AMOUNT = 2n ** 63n - 1n;
const chainId = (change: Partial<NetworkParameters>) => toHex(testNetwork(change).chainId);

/** One good and several bad values of every setting. */
const SETTINGS: {
  readonly [Setting in keyof NetworkParameters]: {
    readonly good: NetworkParameters[Setting];
    readonly bad: readonly NetworkParameters[Setting][];
  };
} = {
  name: { good: 'test-2', bad: ['', 'Test', 'a b', 'x'.repeat(33), 'é'] },
  addressPrefix: { good: 'cortwo', bad: ['', 'c', 'COR', 'cor1', 'c'.repeat(11)] },
  timestamp: { good: 1, bad: [0, -1, 1.5, Number.NaN, 253_402_300_800_000] },
  target: { good: 0x1f7fffff, bad: [0, 0x207fffff + 1, 0x1d80ffff, 0x2100ffff, 0.5] },
  targetLimit: { good: 0x2100ffff, bad: [0, 0xff123456, 0x1f7fffff, Number.NaN] },
  blockIntervalMs: { good: 1, bad: [0, -1, 1.5, 86_400_001] },
  halfLifeMs: { good: 1, bad: [0, -1, 1.5, 31_536_000_001] },
  subsidy: { good: 0n, bad: [-1n, MAX_AMOUNT + 1n, MAX_AMOUNT / 4n] },
  halvingInterval: { good: 1, bad: [0, -1, 1.5, 2 ** 31] },
  maxBlockBytes: { good: 1024, bad: [1023, 0, -1, 1024.5, 8 * 1024 * 1024 + 1] },
  allocations: {
    good: [],
    bad: [
      [{ publicKey: alice.subarray(1), amount: 1n }],
      [{ publicKey: alice, amount: 0n }],
      [{ publicKey: alice, amount: MAX_AMOUNT + 1n }],
      [
        { publicKey: alice, amount: 1n },
        { publicKey: alice, amount: 2n },
      ],
    ],
  },
};

describe('a network', () => {
  for (const [setting, { good, bad }] of Object.entries(SETTINGS)) {
    it(`commits to its ${setting}: another value is another chain`, () => {
      assert.notEqual(chainId({ [setting]: good }), chainId({}));
    });

    it(`refuses a bad ${setting}, with the setting, expected and got`, () => {
      assert.ok(testNetwork({ [setting]: good }));
      for (const value of bad) {
        // The error for a limit that is too hard for the target names the target; for a supply that is too large, the subsidy.
        const named = setting === 'targetLimit' ? '(targetLimit|target)' : setting;
        assert.throws(() => testNetwork({ [setting]: value }), {
          name: 'RangeError',
          message: new RegExp(`^network ${named}: expected .*, got `),
        });
      }
    });
  }

  it('does not depend on the order of its allocations', () => {
    const a = { publicKey: alice, amount: 1n };
    const b = { publicKey: bob, amount: 2n };
    assert.equal(chainId({ allocations: [a, b] }), chainId({ allocations: [b, a] }));
    assert.notEqual(
      chainId({ allocations: [a, b] }),
      chainId({
        allocations: [
          { ...a, amount: 2n },
          { ...b, amount: 1n },
        ],
      }),
    );
  });

  it('names the account that is allocated twice or wrongly', () => {
    const a = { publicKey: alice, amount: 1n };
    const address = encodeAddress('cortest', alice);
    const refused = (allocations: (typeof a)[], message: string) => {
      assert.throws(() => testNetwork({ allocations }), { name: 'RangeError', message });
    };
    refused([a, { ...a, amount: 2n }], `network allocations: expected each account once, got ${address} again`);
    refused([{ ...a, amount: 0n }], `network allocations: expected amounts from 1 to 2^63 - 1, got 0 for ${address}`);
    refused(
      [{ ...a, publicKey: alice.subarray(1) }],
      'network allocations: expected public keys of 32 bytes, got one of 31',
    );
  });

  it('refuses allocations and subsidies that could together leave 63 bits', () => {
    const settings = { subsidy: 0n, allocations: [{ publicKey: alice, amount: MAX_AMOUNT }] };
    assert.ok(testNetwork(settings));
    assert.throws(() => testNetwork({ ...settings, subsidy: 1n }), /subsidy: expected a total supply below 2\^63/);
    const twice = [alice, bob].map((publicKey) => ({ publicKey, amount: 2n ** 62n }));
    assert.throws(() => testNetwork({ subsidy: 0n, allocations: twice }), /a total supply below 2\^63/);
  });

  it('has a genesis at height 0 without parent, transactions or miner, and its hash as chain id', () => {
    const { genesis, chainId } = createNetwork(testNetwork());
    assert.equal(genesis.header.height, 0);
    assert.equal(genesis.transactions.length, 0);
    assert.deepEqual(genesis.header.miner, new Uint8Array(32));
    assert.equal(genesis.header.hash, chainId);
  });
});

describe('the subsidy', () => {
  const network = testNetwork({ subsidy: 5n, halvingInterval: 10 });

  it('halves every interval, rounded down, until nothing is left; genesis has no subsidy', () => {
    const at = (...heights: number[]) => heights.map((height) => subsidyAt(network, height));
    assert.deepEqual(at(0, 1, 10, 11, 20, 21, 30, 31, 2 ** 31 - 1), [0n, 5n, 5n, 2n, 2n, 1n, 1n, 0n, 0n]);
  });

  it('of every block so far is the supply', () => {
    let supply = supplyAt(network, 0);
    assert.equal(
      supply,
      network.allocations.reduce((sum, { amount }) => sum + amount, 0n),
    );
    for (let height = 1; height <= 40; height++) {
      supply += subsidyAt(network, height);
      assert.equal(supplyAt(network, height), supply, `height ${height}`);
    }
  });

  it('of a network that halves more than 63 times is 0, not a shift that wraps', () => {
    const fast = testNetwork({ subsidy: 2n ** 40n, halvingInterval: 1 });
    assert.deepEqual(
      [subsidyAt(fast, 41), subsidyAt(fast, 42), subsidyAt(fast, 65), subsidyAt(fast, 129)],
      [1n, 0n, 0n, 0n],
    );
  });
});
