import sodium from 'sodium-native';
import { signatureFault } from '../../src/crypto/ed25519.js';
import { nodeVerify, sodiumVerify, type NativeVerify } from '../../src/verification/batch.js';
import { signatureSuite } from './signatureSuite.js';

const behindTheRule =
  (equation: NativeVerify): NativeVerify =>
  (publicKey, message, signature) =>
    signatureFault(publicKey, signature) === undefined && equation(publicKey, message, signature);

signatureSuite('sodium-native', behindTheRule(sodiumVerify(sodium)));
signatureSuite('node:crypto', behindTheRule(nodeVerify));
