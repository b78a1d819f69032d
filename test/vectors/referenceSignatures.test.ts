import { verifySignature } from '../../src/crypto/ed25519.js';
import { signatureSuite } from './signatureSuite.js';

// In a file of its own: tweetnacl takes some 6 ms for each, so this runs beside the others.
signatureSuite('tweetnacl', verifySignature);
