import { encodeAddress } from '../crypto/address.js';
import { compareBytes, concatBytes, toHex } from '../crypto/bytes.js';
import { Encoder } from '../crypto/encoder.js';
import { keyPairFromSeed, type KeyPair } from '../crypto/ed25519.js';
import { sha256 } from '../crypto/hash.js';
import { merkleRoot } from '../crypto/merkle.js';
import { type AsertSchedule, asertTarget, targetFromCompact } from './pow.js';
import { createHeader, type Block } from './block.js';
import { COIN, MAX_AMOUNT } from './coins.js';
import { MAX_BODIES_BYTES } from './protocol.js';

/** Everything that the nodes of one network agree on. The genesis block hashes all of it, so its hash names the network. */
export interface NetworkParameters {
  readonly name: string;
  /** Human-readable part of addresses, lower case. */
  readonly addressPrefix: string;
  /** Genesis time, milliseconds since 1970. */
  readonly timestamp: number;
  /** Compact target of the genesis block and anchor of the difficulty. */
  readonly target: number;
  /** Compact form of the easiest target allowed. */
  readonly targetLimit: number;
  readonly blockIntervalMs: number;
  /** Being this much ahead of (behind) schedule doubles (halves) the difficulty. */
  readonly halfLifeMs: number;
  /** Base units that the first blocks create. */
  readonly subsidy: bigint;
  readonly halvingInterval: number;
  readonly maxBlockBytes: number;
  readonly allocations: readonly Allocation[];
}

/** An account that exists from the start. */
export interface Allocation {
  readonly publicKey: Uint8Array;
  /** Base units. */
  readonly amount: bigint;
}

/** A network ready for use: parameters with what follows from them. */
export interface Network extends NetworkParameters {
  readonly genesis: Block;
  /** Hash of the genesis block. */
  readonly chainId: Uint8Array;
  readonly schedule: AsertSchedule;
}

/** Checks the parameters and makes the genesis block; throws RangeError that names the setting, expected and got. */
export function createNetwork(parameters: NetworkParameters): Network {
  checkParameters(parameters);
  const header = createHeader(
    {
      height: 0,
      // Genesis has no parent: the field commits to the parameters instead.
      previousHash: sha256(encodeParameters(parameters)),
      transactionsRoot: merkleRoot([]),
      transactionCount: 0,
      timestamp: parameters.timestamp,
      target: parameters.target,
      miner: new Uint8Array(32),
    },
    0n,
  );
  return {
    ...parameters,
    genesis: { header, transactions: [] },
    chainId: header.hash,
    schedule: {
      anchor: {
        height: 0,
        parentTime: parameters.timestamp - parameters.blockIntervalMs,
        target: parameters.target,
      },
      idealInterval: parameters.blockIntervalMs,
      halfLife: parameters.halfLifeMs,
      limit: parameters.targetLimit,
    },
  };
}

/** Compact target of the block after `parent`. */
export function nextTarget(network: Network, parent: { readonly height: number; readonly timestamp: number }): number {
  return asertTarget(network.schedule, parent.height, parent.timestamp);
}

/** Base units that the block at `height` creates, before fees. */
export function subsidyAt(network: NetworkParameters, height: number): bigint {
  if (height === 0) return 0n;
  const halvings = Math.floor((height - 1) / network.halvingInterval);
  return halvings >= 64 ? 0n : network.subsidy >> BigInt(halvings);
}

/** Base units that exist after the block at `height`: allocations and every subsidy so far. */
export function supplyAt(network: NetworkParameters, height: number): bigint {
  let supply = allocated(network.allocations);
  let remaining = height;
  for (let subsidy = network.subsidy; remaining > 0 && subsidy > 0n; subsidy >>= 1n) {
    const blocks = Math.min(remaining, network.halvingInterval);
    supply += BigInt(blocks) * subsidy;
    remaining -= blocks;
  }
  return supply;
}

/** Sum of the allocations, which may be a million: added up once. */
function allocated(allocations: readonly Allocation[]): bigint {
  let sum = sums.get(allocations);
  if (sum === undefined) {
    sum = allocations.reduce((total, { amount }) => total + amount, 0n);
    sums.set(allocations, sum);
  }
  return sum;
}

const sums = new WeakMap<readonly Allocation[], bigint>();

/** Key pair of a funded account of the development network, 0 to 9: its seed is public, its coins are worth nothing. */
export function developmentAccount(index: number): KeyPair {
  return keyPairFromSeed(sha256(new TextEncoder().encode(`corrente/development/${index}`)));
}

/** The network for trying things out: near-instant blocks, ten funded accounts with public keys. Made on first use. */
export function developmentNetwork(): Network {
  development ??= createNetwork({
    name: 'development',
    addressPrefix: 'cordev',
    timestamp: Date.UTC(2026, 0, 1),
    target: DEVELOPMENT_TARGET,
    targetLimit: DEVELOPMENT_TARGET,
    blockIntervalMs: 100,
    halfLifeMs: 3_600_000,
    subsidy: 10n * COIN,
    halvingInterval: 4_000_000,
    maxBlockBytes: 2 * 1024 * 1024,
    allocations: Array.from({ length: DEVELOPMENT_ACCOUNTS }, (_, index) => ({
      publicKey: developmentAccount(index).publicKey,
      amount: 1_000_000n * COIN,
    })),
  });
  return development;
}

export const DEVELOPMENT_ACCOUNTS = 10;

export { COIN };

/** Some 2^17 tries: about 0.1 s of one core. */
const DEVELOPMENT_TARGET = 0x1e7f_ff00;
let development: Network | undefined;

/** Canonical bytes of all parameters; allocations sorted by key so that a file's order does not matter. */
function encodeParameters(parameters: NetworkParameters): Uint8Array {
  const utf8 = new TextEncoder();
  const name = utf8.encode(parameters.name);
  const prefix = utf8.encode(parameters.addressPrefix);
  const allocations = [...parameters.allocations].sort((a, b) => compareBytes(a.publicKey, b.publicKey));
  const fixed = new Encoder(24 + 1 + name.length + 1 + prefix.length + 8 + 4 + 4 + 8 + 8 + 8 + 8 + 4 + 4)
    .raw(utf8.encode('corrente/network/v1'.padEnd(24, '\0')))
    .u8(name.length)
    .raw(name)
    .u8(prefix.length)
    .raw(prefix)
    .u64(BigInt(parameters.timestamp))
    .u32(parameters.target)
    .u32(parameters.targetLimit)
    .u64(BigInt(parameters.blockIntervalMs))
    .u64(BigInt(parameters.halfLifeMs))
    .u64(parameters.subsidy)
    .u64(BigInt(parameters.halvingInterval))
    .u32(parameters.maxBlockBytes)
    .u32(allocations.length)
    .finish();
  return concatBytes(
    fixed,
    ...allocations.map(({ publicKey, amount }) => new Encoder(40).raw(publicKey).u64(amount).finish()),
  );
}

function checkParameters(parameters: NetworkParameters): void {
  const check = (valid: boolean, setting: keyof NetworkParameters, expected: string): void => {
    if (valid) return;
    const got = parameters[setting];
    const shown =
      typeof got === 'bigint'
        ? `${got}`
        : JSON.stringify(got, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
    throw new RangeError(`network ${setting}: expected ${expected}, got ${shown.slice(0, 120)}`);
  };
  const positive = (value: number, maximum: number) => Number.isInteger(value) && value >= 1 && value <= maximum;
  check(/^[a-z0-9-]{1,32}$/.test(parameters.name), 'name', '1 to 32 of a-z, 0-9 and -');
  check(/^[a-z]{2,10}$/.test(parameters.addressPrefix), 'addressPrefix', '2 to 10 lower-case letters');
  check(positive(parameters.timestamp, MAX_TIMESTAMP), 'timestamp', 'milliseconds since 1970');
  const limit = targetFromCompact(parameters.targetLimit);
  const target = targetFromCompact(parameters.target);
  check(limit !== undefined, 'targetLimit', 'a compact target');
  check(target !== undefined && target <= limit!, 'target', 'a compact target at or below targetLimit');
  check(positive(parameters.blockIntervalMs, 86_400_000), 'blockIntervalMs', '1 to 86400000');
  check(positive(parameters.halfLifeMs, 31_536_000_000), 'halfLifeMs', '1 to 31536000000');
  check(positive(parameters.halvingInterval, 2 ** 31 - 1), 'halvingInterval', '1 to 2147483647');
  check(
    positive(parameters.maxBlockBytes, MAX_BODIES_BYTES) && parameters.maxBlockBytes >= 1024,
    'maxBlockBytes',
    `1024 to ${MAX_BODIES_BYTES}`,
  );
  check(parameters.subsidy >= 0n && parameters.subsidy <= MAX_AMOUNT, 'subsidy', '0 to 2^63 - 1');
  checkAllocations(parameters);
  // So that no sum of balances can ever leave 63 bits.
  check(supplyAt(parameters, 2 ** 31 - 1) <= MAX_AMOUNT, 'subsidy', 'a total supply below 2^63');
}

function checkAllocations({ addressPrefix, allocations }: NetworkParameters): void {
  const keys = new Set<string>();
  for (const { publicKey, amount } of allocations) {
    if (publicKey.length !== 32) {
      throw new RangeError(`network allocations: expected public keys of 32 bytes, got one of ${publicKey.length}`);
    }
    const account = () => encodeAddress(addressPrefix, publicKey);
    if (amount < 1n || amount > MAX_AMOUNT) {
      throw new RangeError(`network allocations: expected amounts from 1 to 2^63 - 1, got ${amount} for ${account()}`);
    }
    const key = toHex(publicKey);
    if (keys.has(key)) throw new RangeError(`network allocations: expected each account once, got ${account()} again`);
    keys.add(key);
  }
}

/** Last millisecond of the year 9999: what RFC 3339 can write. */
export const MAX_TIMESTAMP = 253_402_300_799_999;
