import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import sodium from 'sodium-native';
import { keyPairFromSeed, sign } from '../../src/crypto/ed25519.js';
import { loadNativeVerify, nodeVerify, sodiumVerify } from '../../src/verification/batch.js';

const alice = keyPairFromSeed(new Uint8Array(32).fill(1));
const message = new TextEncoder().encode('a message');
const signature = sign(message, alice);

const VERIFIERS = {
  'sodium-native': sodiumVerify(sodium),
  'node:crypto': nodeVerify,
  'the one that is loaded': await loadNativeVerify(),
};

for (const [name, verify] of Object.entries(VERIFIERS)) {
  describe(name, () => {
    it('accepts an honest signature, in views that do not begin with their buffers', () => {
      const batch = Uint8Array.from([0, ...alice.publicKey, ...signature, ...message]);
      assert.ok(verify(alice.publicKey, message, signature));
      assert.ok(verify(batch.subarray(1, 33), batch.subarray(97), batch.subarray(33, 97)));
    });

    it('refuses another message, key, or signature', () => {
      const bob = keyPairFromSeed(new Uint8Array(32).fill(2));
      assert.equal(verify(alice.publicKey, message.with(0, 0), signature), false);
      assert.equal(verify(bob.publicKey, message, signature), false);
      assert.equal(verify(alice.publicKey, message, signature.with(0, signature[0]! ^ 1)), false);
    });

    it('refuses bytes behind the signature', () => {
      assert.equal(verify(alice.publicKey, message, Uint8Array.from([...signature, 0])), false);
    });
  });
}
