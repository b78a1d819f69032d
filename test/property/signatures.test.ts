import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import sodium from 'sodium-native';
import nacl from 'tweetnacl';
import { equalBytes, fromHex, toHex } from '../../src/crypto/bytes.js';
import { keyPairFromSeed, sign, signatureFault } from '../../src/crypto/ed25519.js';
import { nodeVerify, sodiumVerify } from '../../src/verification/batch.js';

const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const FIELD_PRIME = 2n ** 255n - 19n;
const littleEndian = (value: bigint) => fromHex(value.toString(16).padStart(64, '0')).reverse();
const number = (bytes: Uint8Array) => BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`);

const keyPairs = [1, 2, 3].map((seed) => keyPairFromSeed(new Uint8Array(32).fill(seed)));
const messages = ['', 'a', 'b'.repeat(200)].map((text) => new TextEncoder().encode(text));
// Signing is slow: every pair is signed once.
const honest = keyPairs.flatMap((keyPair) =>
  messages.map((message) => ({ key: keyPair.publicKey, message, signature: sign(message, keyPair) })),
);

/** Encodings of points that libraries disagree on: small order, non-canonical, either sign; and points of no curve. */
const hostilePoint = fc.oneof(
  fc
    .constantFrom(
      0n,
      1n,
      FIELD_PRIME - 1n,
      FIELD_PRIME,
      FIELD_PRIME + 1n,
      2n ** 255n - 1n,
      0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
      0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd83d3d706a17c7n,
    )
    .map(littleEndian),
  fc.constantFrom(...keyPairs).map(({ publicKey }) => publicKey),
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
);
const sign255 = (point: Uint8Array, negative: boolean) => (negative ? point.with(31, point[31]! ^ 0x80) : point);

const hostileScalar = (scalar: bigint) =>
  fc.constantFrom(scalar + GROUP_ORDER, scalar + 2n * GROUP_ORDER, 0n, 1n, GROUP_ORDER - 1n, GROUP_ORDER, scalar - 1n);

interface Attempt {
  readonly key: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** An honest signature with any of: another R, another key, another S, flipped bits. */
const attempt: fc.Arbitrary<Attempt> = fc.constantFrom(...honest).chain(({ key, message, signature }) =>
  fc
    .record({
      key: fc.oneof(
        fc.constant(key),
        fc.tuple(hostilePoint, fc.boolean()).map(([point, sign]) => sign255(point, sign)),
      ),
      r: fc.oneof(
        fc.constant(signature.slice(0, 32)),
        fc.tuple(hostilePoint, fc.boolean()).map(([point, sign]) => sign255(point, sign)),
      ),
      s: fc.oneof(
        fc.constant(signature.slice(32)),
        hostileScalar(number(signature.slice(32))).map((scalar) => littleEndian(scalar & (2n ** 256n - 1n))),
      ),
      flip: fc.option(fc.nat({ max: 511 }), { nil: undefined }),
    })
    .map(({ key, r, s, flip }) => {
      const whole = Uint8Array.from([...r, ...s]);
      if (flip !== undefined) whole[flip >> 3]! ^= 1 << (flip & 7);
      return { key, message, signature: whole };
    }),
);

const examples = honest.map((one): [Attempt] => [one]);
const sodiumVerdict = sodiumVerify(sodium);

describe('behind the signature rule', () => {
  it('tweetnacl, libsodium and OpenSSL give one answer to hostile signatures', () => {
    let asked = 0;
    fc.assert(
      fc.property(attempt, ({ key, message, signature }) => {
        if (signatureFault(key, signature) !== undefined) return;
        asked++;
        const reference = nacl.sign.detached.verify(message, signature, key);
        assert.equal(sodiumVerdict(key, message, signature), reference);
        assert.equal(nodeVerify(key, message, signature), reference);
      }),
      { numRuns: 600, examples },
    );
    assert.ok(asked >= honest.length + 20, `only ${asked} passed the rule`);
  });

  it('no second signature for a signed message: only the one made passes', () => {
    fc.assert(
      fc.property(attempt, ({ key, message, signature }) => {
        const made = honest.find((one) => one.message === message && equalBytes(one.key, key));
        const known = made !== undefined && equalBytes(made.signature, signature);
        const passes = signatureFault(key, signature) === undefined && sodiumVerdict(key, message, signature);
        assert.equal(passes, known);
      }),
      { numRuns: 2_000, examples },
    );
  });
});
