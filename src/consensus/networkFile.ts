import { decodeAddress, encodeAddress } from '../crypto/address.js';
import { createNetwork, type Network, type NetworkParameters } from './network.js';

/**
 * The network of a network file, given as its text or as what JSON.parse made of it. Throws RangeError that names the setting, expected and
 * got.
 */
export function readNetworkFile(file: string | object): Network {
  const fields = fieldsOf(typeof file === 'string' ? parse(file) : file, 'network file', SETTINGS);
  const [name, prefix] = [text(fields, 'name'), text(fields, 'addressPrefix')];
  const { allocations } = fields;
  if (!Array.isArray(allocations) || allocations.length > MAX_ALLOCATIONS) {
    throw unexpected('allocations', `a list of at most ${MAX_ALLOCATIONS}`, allocations);
  }
  return createNetwork({
    name,
    addressPrefix: prefix,
    timestamp: time(fields, 'timestamp'),
    target: integer(fields, 'target'),
    targetLimit: integer(fields, 'targetLimit'),
    blockIntervalMs: integer(fields, 'blockIntervalMs'),
    halfLifeMs: integer(fields, 'halfLifeMs'),
    subsidy: baseUnits(fields, 'subsidy'),
    halvingInterval: integer(fields, 'halvingInterval'),
    maxBlockBytes: integer(fields, 'maxBlockBytes'),
    allocations: allocations.map((item: unknown, index) => {
      const within = `allocations.${index}`;
      const allocation = fieldsOf(item, within, ['address', 'amount']);
      return {
        publicKey: account(prefix, text(allocation, 'address', within), within),
        amount: baseUnits(allocation, 'amount', within),
      };
    }),
  });
}

/** Text of a network file that readNetworkFile reads back. */
export function formatNetworkFile(network: NetworkParameters): string {
  const file = {
    name: network.name,
    addressPrefix: network.addressPrefix,
    timestamp: new Date(network.timestamp).toISOString(),
    target: network.target,
    targetLimit: network.targetLimit,
    blockIntervalMs: network.blockIntervalMs,
    halfLifeMs: network.halfLifeMs,
    subsidy: `${network.subsidy}`,
    halvingInterval: network.halvingInterval,
    maxBlockBytes: network.maxBlockBytes,
    allocations: network.allocations.map(({ publicKey, amount }) => ({
      address: encodeAddress(network.addressPrefix, publicKey),
      amount: `${amount}`,
    })),
  } satisfies Record<keyof NetworkParameters, unknown>;
  return `${JSON.stringify(file, null, 2)}\n`;
}

type Fields = Readonly<Record<string, unknown>>;

function parse(json: string): unknown {
  try {
    // Some editors put a byte order mark before it.
    return JSON.parse(json.replace(/^\ufeff/, ''));
  } catch (error) {
    throw new RangeError(`expected a network file (JSON), got something else: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** An object with these fields and no other: a misspelled setting must not be left out of what all nodes agree on. */
function fieldsOf(value: unknown, name: string, expected: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unexpected(name, 'an object', value);
  const extra = Object.keys(value).find((field) => !expected.includes(field));
  if (extra !== undefined) throw unexpected(name, `the settings ${expected.join(', ')}`, extra);
  return value as Fields;
}

function text(fields: Fields, field: string, within?: string): string {
  const value = fields[field];
  if (typeof value === 'string') return value;
  throw unexpected(path(field, within), 'a text', value);
}

function integer(fields: Fields, field: string): number {
  const value = fields[field];
  if (Number.isSafeInteger(value)) return value as number;
  throw unexpected(field, 'a whole number', value);
}

function baseUnits(fields: Fields, field: string, within?: string): bigint {
  const value = fields[field];
  if (typeof value === 'string' && /^(0|[1-9][0-9]{0,18})$/.test(value)) return BigInt(value);
  throw unexpected(path(field, within), 'base units as a decimal string', value);
}

function time(fields: Fields, field: string): number {
  const value = text(fields, field);
  const milliseconds = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/.test(value) ? Date.parse(value) : NaN;
  // Date.parse moves 31 February on to March.
  const isDate = !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString().startsWith(value.slice(0, 10));
  if (isDate) return milliseconds;
  throw unexpected(field, 'a time in UTC, such as 2026-01-01T00:00:00.000Z', value);
}

function account(prefix: string, address: string, name: string): Uint8Array {
  try {
    return decodeAddress(prefix, address);
  } catch (error) {
    throw new RangeError(`${name}: ${(error as Error).message}`, { cause: error });
  }
}

function path(field: string, within: string | undefined): string {
  return within === undefined ? field : `${within}.${field}`;
}

function unexpected(name: string, expected: string, got: unknown): RangeError {
  return new RangeError(
    `${name}: expected ${expected}, got ${got === undefined ? 'nothing' : JSON.stringify(got).slice(0, 80)}`,
  );
}

const MAX_ALLOCATIONS = 1_000_000;
const SETTINGS: readonly (keyof NetworkParameters)[] = [
  'name',
  'addressPrefix',
  'timestamp',
  'target',
  'targetLimit',
  'blockIntervalMs',
  'halfLifeMs',
  'subsidy',
  'halvingInterval',
  'maxBlockBytes',
  'allocations',
];
