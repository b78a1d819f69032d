import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromHex, toHex } from '../../src/crypto/bytes.js';
import { generateKeyPair, keyPairFromSeed, sign, signatureFault, verifySignature } from '../../src/crypto/ed25519.js';

const message = new TextEncoder().encode('a message');
const alice = keyPairFromSeed(new Uint8Array(32).fill(1));
const signature = sign(message, alice);
const [r, s] = [signature.slice(0, 32), signature.slice(32)];

const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const FIELD_PRIME = 2n ** 255n - 19n;
const littleEndian = (value: bigint) => fromHex(value.toString(16).padStart(64, '0')).reverse();
const number = (bytes: Uint8Array) => BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`);
const joined = (first: Uint8Array, second: Uint8Array) => Uint8Array.from([...first, ...second]);
const signed = (point: Uint8Array) => point.with(31, point[31]! | 0x80);

/** The five y of the small-order points, and from RFC 8032's curve: 0, ±1 and the two of order 8. */
const SMALL_ORDER = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map(fromHex);

describe('the signature rule', () => {
  it('has nothing against an honest signature, whose equation holds', () => {
    assert.equal(signatureFault(alice.publicKey, signature), undefined);
    assert.ok(verifySignature(alice.publicKey, message, signature));
    assert.ok(verifySignature(alice.publicKey, new Uint8Array(0), sign(new Uint8Array(0), alice)));
  });

  it('length: a key of 32 bytes and a signature of 64, nothing more or less', () => {
    for (const length of [0, 31, 33]) assert.equal(signatureFault(new Uint8Array(length), signature), 'length');
    for (const length of [0, 63, 65, 128]) {
      const other = new Uint8Array(length);
      other.set(signature.subarray(0, length));
      assert.equal(signatureFault(alice.publicKey, other), 'length');
      assert.equal(verifySignature(alice.publicKey, message, other), false);
    }
  });

  it('scalar: S from the group order upwards, for which S - L would be the same signature', () => {
    assert.equal(signatureFault(alice.publicKey, joined(r, littleEndian(GROUP_ORDER - 1n))), undefined);
    for (const value of [GROUP_ORDER, GROUP_ORDER + 1n, number(s) + GROUP_ORDER, 2n ** 256n - 1n]) {
      assert.equal(signatureFault(alice.publicKey, joined(r, littleEndian(value))), 'scalar');
    }
  });

  it('non-canonical: y from p upwards, in the key and in R, with either sign', () => {
    const below = littleEndian(FIELD_PRIME - 2n);
    assert.equal(signatureFault(below, joined(below, s)), undefined);
    for (let y = FIELD_PRIME; y < 2n ** 255n; y++) {
      for (const point of [littleEndian(y), signed(littleEndian(y))]) {
        assert.equal(signatureFault(point, signature), 'non-canonical');
        assert.equal(signatureFault(alice.publicKey, joined(point, s)), 'non-canonical');
      }
    }
  });

  it('small-order: as a key anybody could sign for it, as R it is no commitment; with either sign', () => {
    for (const point of SMALL_ORDER.flatMap((y) => [y, signed(y)])) {
      assert.equal(signatureFault(point, signature), 'small-order');
      assert.equal(signatureFault(alice.publicKey, joined(point, s)), 'small-order');
    }
  });

  it('equation: another message, key, R or S', () => {
    const bob = keyPairFromSeed(new Uint8Array(32).fill(2));
    assert.equal(verifySignature(bob.publicKey, message, signature), false);
    assert.equal(verifySignature(alice.publicKey, message.with(0, 0), signature), false);
    assert.equal(verifySignature(alice.publicKey, message, joined(bob.publicKey, s)), false);
    assert.equal(verifySignature(alice.publicKey, message, joined(r, littleEndian(number(s) - 1n))), false);
  });
});

describe('a key pair', () => {
  it('follows from its seed: RFC 8032 section 7.1, test 1', () => {
    const pair = keyPairFromSeed(fromHex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'));
    assert.equal(toHex(pair.publicKey), 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
    assert.equal(
      toHex(sign(new Uint8Array(0), pair)),
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    );
  });

  it('of a seed of another length is refused', () => {
    assert.ok(keyPairFromSeed(new Uint8Array(32)));
    for (const length of [0, 31, 33, 64]) {
      assert.throws(() => keyPairFromSeed(new Uint8Array(length)), {
        name: 'RangeError',
        message: `expected a seed of 32 bytes, got ${length}`,
      });
    }
  });

  it('keeps its own seed, and a new one is another', () => {
    const seed = new Uint8Array(32).fill(3);
    const pair = keyPairFromSeed(seed);
    seed.fill(0);
    assert.equal(pair.seed[0], 3);
    assert.notDeepEqual(generateKeyPair().seed, generateKeyPair().seed);
  });
});
