import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NativeVerify } from '../../src/verification/batch.js';
import { SIGNATURE_SETS } from './signatureSets.js';
import { skipUnless } from './vectorFiles.js';

/** One test a set: `verify` answers each of its signatures as the rule of docs/protocol.md must. */
export function signatureSuite(verifier: string, verify: NativeVerify): void {
  describe(`${verifier}, behind the rule, accepts`, () => {
    for (const set of SIGNATURE_SETS) {
      it(`${set.accepted} of the ${set.cases} signatures of ${set.file}`, { skip: skipUnless(set.file) }, () => {
        const cases = set.read();
        assert.equal(cases.length, set.cases);
        assert.equal(cases.filter(({ accepted }) => accepted).length, set.accepted);
        for (const { name, publicKey, message, signature, accepted } of cases) {
          assert.equal(verify(publicKey, message, signature), accepted, name);
        }
      });
    }
  });
}
