import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseValue as parseLiteralText, type GraphQLError, type GraphQLScalarType } from 'graphql';
import { encodeAddress } from '../../src/crypto/address.js';
import { addressScalar, BigUInt, DateTime, Hash, PeerUrl, Signature, UInt64 } from '../../src/graphql/types/scalars.js';
import { testAccount } from '../support/blocks.js';

const Address = addressScalar('cortest');
const publicKey = testAccount(1).publicKey;
const address = encodeAddress('cortest', publicKey);
const mistyped = address.slice(0, -1) + (address.endsWith('q') ? 'p' : 'q');

/** Accepted: input, the value inside. */
const accepted: [GraphQLScalarType, unknown, unknown][] = [
  [UInt64, '0', 0n],
  [UInt64, '18446744073709551615', 2n ** 64n - 1n],
  [UInt64, 5, 5n],
  [UInt64, Number.MAX_SAFE_INTEGER, 2n ** 53n - 1n],
  [BigUInt, (2n ** 256n).toString(), 2n ** 256n],
  [Hash, '0f'.repeat(32), new Uint8Array(32).fill(15)],
  [Signature, 'a0'.repeat(64), new Uint8Array(64).fill(160)],
  [DateTime, '2026-01-01T00:00:00.123Z', Date.UTC(2026, 0, 1) + 123],
  [DateTime, '1970-01-01T00:00:00.000Z', 0],
  [PeerUrl, 'http://[::1]:4000/graphql', 'http://[::1]:4000/graphql'],
  [PeerUrl, 'https://node.example/graphql', 'https://node.example/graphql'],
  [Address, address, publicKey],
  [Address, address.toUpperCase(), publicKey],
];

/** Refused: input as a variable, and words that the message must contain. */
const refused: [GraphQLScalarType, unknown, RegExp][] = [
  [UInt64, 1.5, /expected an unsigned .*, got 1\.5$/],
  [UInt64, -1, /got -1$/],
  [UInt64, -0, /expected an unsigned/],
  [UInt64, 2 ** 53, /got 9007199254740992$/],
  [UInt64, '-1', /got "-1"$/],
  [UInt64, '+1', /got "\+1"$/],
  [UInt64, '1e3', /got "1e3"$/],
  [UInt64, '1.0', /got "1\.0"$/],
  [UInt64, '01', /got "01"$/],
  [UInt64, '', /got ""$/],
  [UInt64, ' 1', /got " 1"$/],
  [UInt64, '1\n', /got "1\\n"$/],
  [UInt64, '18446744073709551616', /got "18446744073709551616"$/],
  [UInt64, '9'.repeat(100_000), /got "9{10,160}…?$/],
  [UInt64, true, /got true$/],
  [UInt64, {}, /got \{\}$/],
  [BigUInt, '9'.repeat(81), /expected an unsigned integer .* at most 80 digits, got/],
  [BigUInt, 1, /got 1$/],
  [Hash, '0F'.repeat(32), /expected 64 lower-case hexadecimal characters, got "0F0F/],
  [Hash, '0f'.repeat(31), /expected 64/],
  [Hash, 'é'.repeat(64), /expected 64/],
  [Hash, 'g0'.repeat(32), /expected 64/],
  [Signature, 'a0'.repeat(32), /expected 128 lower-case hexadecimal characters, got/],
  [DateTime, '2026-01-01T00:00:00Z', /expected an RFC 3339 time .*, got "2026-01-01T00:00:00Z"$/],
  [DateTime, '2026-01-01T01:00:00.000+01:00', /expected an RFC 3339 time/],
  [DateTime, '2026-02-30T00:00:00.000Z', /expected an RFC 3339 time/],
  [DateTime, '1969-12-31T23:59:59.999Z', /from 1970 to 9999/],
  [DateTime, 0, /expected an RFC 3339 time/],
  [PeerUrl, 'ftp://node.example/', /expected an absolute http or https URL .*, got "ftp:/],
  [PeerUrl, '/graphql', /expected an absolute/],
  [PeerUrl, 'http://user:word@node.example/', /without a user name or password/],
  [PeerUrl, `http://node.example/${'a'.repeat(2048)}`, /at most 2048 characters/],
  [Address, mistyped, /checksum/],
  [Address, encodeAddress('cor', publicKey), /expected an address that starts with cortest1, got the prefix "cor"/],
  [Address, `C${address.slice(1)}`, /in lower or in upper case, got both/],
  [Address, 'ab'.repeat(32), /expected an address that starts with cortest1, got "abab/],
  [Address, 7, /expected an address that starts with cortest1, got 7$/],
];

const badUserInput = (message: RegExp) => (error: GraphQLError) => {
  assert.match(error.message, message);
  assert.equal(error.extensions['code'], 'BAD_USER_INPUT');
  return true;
};

describe('a scalar in variables', () => {
  for (const [scalar, value, inside] of accepted) {
    it(`${scalar.name} takes ${JSON.stringify(value)}`, () => assert.deepEqual(scalar.parseValue(value), inside));
  }
  for (const [scalar, value, message] of refused) {
    it(`${scalar.name} refuses ${JSON.stringify(value).slice(0, 70)}`, () => {
      assert.throws(() => scalar.parseValue(value), badUserInput(message));
    });
  }
});

describe('a scalar as a literal', () => {
  it('a string literal means the same as a variable', () => {
    for (const [scalar, value, inside] of accepted) {
      if (typeof value !== 'string') continue;
      assert.deepEqual(scalar.parseLiteral(parseLiteralText(JSON.stringify(value))), inside, scalar.name);
    }
    for (const [scalar, value, message] of refused) {
      if (typeof value !== 'string') continue;
      const literal = parseLiteralText(JSON.stringify(value));
      assert.throws(() => scalar.parseLiteral(literal), badUserInput(message), `${scalar.name} ${value.slice(0, 70)}`);
    }
  });

  it('an integer literal is a UInt64 up to 2^53-1', () => {
    assert.equal(UInt64.parseLiteral(parseLiteralText('5')), 5n);
    assert.equal(UInt64.parseLiteral(parseLiteralText('9007199254740991')), 2n ** 53n - 1n);
    for (const text of [
      '9007199254740992',
      '9007199254740993',
      '-1',
      '-0',
      '1.5',
      '1e3',
      'null',
      'true',
      '[1]',
      '{a: 1}',
      'A',
    ]) {
      const literal = parseLiteralText(text);
      assert.throws(
        () => UInt64.parseLiteral(literal),
        badUserInput(/expected an unsigned 64-bit integer .*, got /),
        text,
      );
    }
  });

  it('an integer literal is no other scalar', () => {
    for (const scalar of [BigUInt, Hash, Signature, DateTime, PeerUrl, Address]) {
      assert.throws(() => scalar.parseLiteral(parseLiteralText('5')), badUserInput(/got 5$/), scalar.name);
    }
  });
});

describe('a scalar in an answer', () => {
  it('has one form', () => {
    assert.equal(UInt64.serialize(2n ** 64n - 1n), '18446744073709551615');
    assert.equal(BigUInt.serialize(2n ** 256n), (2n ** 256n).toString());
    assert.equal(Hash.serialize(new Uint8Array(32).fill(15)), '0f'.repeat(32));
    assert.equal(Signature.serialize(new Uint8Array(64).fill(160)), 'a0'.repeat(64));
    assert.equal(DateTime.serialize(Date.UTC(2026, 0, 1)), '2026-01-01T00:00:00.000Z');
    assert.equal(Address.serialize(publicKey), address);
  });

  it('is never a rounded or negative amount', () => {
    assert.throws(() => UInt64.serialize(5), /expected an unsigned bigint, got 5/);
    assert.throws(() => UInt64.serialize(-1n), /expected an unsigned bigint, got -1/);
  });
});
