import { GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { decodeAddress, encodeAddress } from '../../crypto/address.js';
import { toHex } from '../../crypto/bytes.js';
import { MAX_TIMESTAMP } from '../../consensus/network.js';
import { MAX_URL_LENGTH } from '../../consensus/protocol.js';
import { normalizePeerUrl } from '../../peers/address.js';
import { badUserInput } from '../errors.js';
import { shortened } from '../inputErrors.js';

const MAX_U64 = (1n << 64n) - 1n;

/**
 * The scalars of the API: strict in, one form out. Inside, amounts are bigint, hashes and keys bytes, times milliseconds since
 * 1970. Every refusal is BAD_USER_INPUT and says what was expected and what came.
 */

export const UInt64 = scalar<bigint>({
  name: 'UInt64',
  description:
    'Whole base units (1 coin = 10^8) or another unsigned 64-bit number, as a decimal string. Input: string, or an integer literal up to 2^53-1. A Float, a sign, an exponent, a leading zero or 2^64 and above is refused (amounts of 2^63 and above are INVALID_AMOUNT).',
  expected: 'an unsigned 64-bit integer as a decimal string, or an integer literal up to 2^53-1',
  parse: (value) => {
    if (typeof value === 'number') {
      // JSON cannot tell -0 from a sign.
      return Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0) ? BigInt(value) : undefined;
    }
    if (typeof value !== 'string' || !DECIMAL.test(value)) return undefined;
    const number = BigInt(value);
    return number <= MAX_U64 ? number : undefined;
  },
  serialize: decimal,
  integers: true,
});

export const BigUInt = scalar<bigint>({
  name: 'BigUInt',
  description: 'Accumulated work: an unsigned integer of any size, as a decimal string.',
  expected: 'an unsigned integer as a decimal string of at most 80 digits',
  parse: (value) =>
    typeof value === 'string' && value.length <= 80 && /^(0|[1-9][0-9]*)$/.test(value) ? BigInt(value) : undefined,
  serialize: decimal,
});

export const Hash = hexadecimal('Hash', 'SHA-256 digest', 32);

export const Signature = hexadecimal('Signature', 'Detached Ed25519 signature', 64);

export const Base64 = scalar<Uint8Array>({
  name: 'Base64',
  description: 'Bytes in base64 (RFC 4648, section 4), with padding.',
  expected: 'base64 with padding',
  parse: (value) => {
    if (typeof value !== 'string') return undefined;
    const bytes = Buffer.from(value, 'base64');
    return bytes.toString('base64') === value ? bytes : undefined;
  },
  serialize: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
});

export const DateTime = scalar<number>({
  name: 'DateTime',
  description: 'RFC 3339 time in UTC with milliseconds.',
  expected: 'an RFC 3339 time from 1970 to 9999 in UTC with milliseconds, such as 2026-01-01T00:00:00.000Z',
  parse: (value) => {
    if (typeof value !== 'string' || !RFC_3339.test(value)) return undefined;
    const time = Date.parse(value);
    // Date.parse moves 31 February on to March: what does not come back the same was no date.
    return time >= 0 && time <= MAX_TIMESTAMP && new Date(time).toISOString() === value ? time : undefined;
  },
  serialize: (time) => new Date(time).toISOString(),
});

export const PeerUrl = scalar<string>({
  name: 'PeerUrl',
  description: "Absolute http or https URL of a peer's GraphQL endpoint.",
  expected: `an absolute http or https URL of at most ${MAX_URL_LENGTH} characters, percent-encoded, without a user name or password`,
  parse: (value) => {
    if (typeof value !== 'string' || value.length > MAX_URL_LENGTH) return undefined;
    try {
      normalizePeerUrl(value);
      return value;
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  },
  serialize: (url) => url,
});

/**
 * Stands for the Address scalar, which depends on the network: createSchema puts addressScalar in its place. It is the class
 * of what an address is inside, since type-graphql copies arguments that are not of the class they are declared as.
 */
export const Address = Uint8Array;

/** The Address scalar of a network: bech32m text outside, the 32 bytes of the public key inside. */
export function addressScalar(prefix: string): GraphQLScalarType<Uint8Array, string> {
  return scalar<Uint8Array>({
    name: 'Address',
    description: "Account address: bech32m text of the Ed25519 public key, with this network's prefix.",
    expected: `an address that starts with ${prefix}1`,
    parse: (value) => (typeof value === 'string' ? decodeAddress(prefix, value) : undefined),
    serialize: (publicKey) => encodeAddress(prefix, publicKey),
  });
}

interface ScalarRules<Internal> {
  readonly name: string;
  readonly description: string;
  readonly expected: string;
  /** Undefined, or a RangeError that says expected and got, for a value that is not one. */
  parse(value: unknown): Internal | undefined;
  serialize(value: Internal): string;
  /** True: an integer literal in the query text is a number of this scalar. */
  readonly integers?: boolean;
}

function scalar<Internal>(rules: ScalarRules<Internal>): GraphQLScalarType<Internal, string> {
  const parse = (value: unknown, show: () => string, node?: ValueNode): Internal => {
    try {
      const parsed = rules.parse(value);
      if (parsed !== undefined) return parsed;
    } catch (failure) {
      if (failure instanceof RangeError) throw badUserInput(`${rules.name}: ${failure.message}`, node);
      throw failure;
    }
    throw badUserInput(`${rules.name}: expected ${rules.expected}, got ${shortened(show())}`, node);
  };
  return new GraphQLScalarType<Internal, string>({
    name: rules.name,
    description: rules.description,
    parseValue: (value) => parse(value, () => JSON.stringify(value)),
    parseLiteral: (node) => parse(literal(node, rules.integers ?? false), () => literalText(node), node),
    serialize: (value) => rules.serialize(value as Internal),
  });
}

/** Value of a literal as parseValue would see it; undefined, which no scalar takes, for a kind that is not a scalar's. */
function literal(node: ValueNode, integers: boolean): unknown {
  if (node.kind === Kind.STRING) return node.value;
  if (node.kind !== Kind.INT || !integers || node.value.startsWith('-')) return undefined;
  return Number(node.value);
}

function literalText(node: ValueNode): string {
  if (node.kind === Kind.STRING) return JSON.stringify(node.value);
  return 'value' in node ? String(node.value) : node.kind;
}

function decimal(value: bigint): string {
  if (typeof value !== 'bigint' || value < 0n) throw new TypeError(`expected an unsigned bigint, got ${String(value)}`);
  return value.toString();
}

function hexadecimal(name: string, content: string, sizeBytes: number): GraphQLScalarType<Uint8Array, string> {
  const expected = `${2 * sizeBytes} lower-case hexadecimal characters`;
  const parse = (value: unknown) => {
    if (typeof value !== 'string' || value.length !== 2 * sizeBytes) return undefined;
    const bytes = new Uint8Array(sizeBytes);
    for (let i = 0; i < bytes.length; i++) {
      const high = HEX_DIGITS[value.charCodeAt(2 * i)];
      const low = HEX_DIGITS[value.charCodeAt(2 * i + 1)];
      if (high === undefined || low === undefined) return undefined;
      bytes[i] = (high << 4) | low;
    }
    return bytes;
  };
  return scalar({ name, description: `${content}, ${expected}.`, expected, parse, serialize: toHex });
}

/** Value of each lower-case hexadecimal digit by its character code. */
const HEX_DIGITS: readonly (number | undefined)[] = Array.from({ length: 128 }, (_, code) => {
  const value = '0123456789abcdef'.indexOf(String.fromCharCode(code));
  return value < 0 ? undefined : value;
});
const DECIMAL = /^(0|[1-9][0-9]{0,19})$/;
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
