import { createPublicKey, verify } from 'node:crypto';
import { Encoder } from '../../crypto/encoder.js';
import { signatureFault, type Signer } from '../../crypto/ed25519.js';

/** The statement that a node signs to prove that its id is its own. */
export interface NodeStatement {
  readonly chainId: Uint8Array;
  /** 32 random bytes, new at each start. */
  readonly instance: Uint8Array;
  /** 32 random bytes of the asking node, so that an old proof is worthless. */
  readonly challenge: Uint8Array;
  /** Where the node can be reached, as it says; a proof that is passed on by another address does not name that address. */
  readonly publicUrl: string | undefined;
}

/** Signature by the node's key of its statement (docs/protocol.md, "Between nodes"). */
export function proveNode(statement: NodeStatement, key: Signer): Promise<Uint8Array> {
  return key.sign(proofPayload(statement));
}

/** Whether the holder of the key that this id is signed the statement. */
export function isProof(id: Uint8Array, statement: NodeStatement, signature: Uint8Array): boolean {
  return isSignedBy(id, proofPayload(statement), signature);
}

/** Whether the holder of the key that this id is signed the payload, by the acceptance rule of docs/protocol.md. */
export function isSignedBy(id: Uint8Array, payload: Uint8Array, signature: Uint8Array): boolean {
  if (signatureFault(id, signature) !== undefined) return false;
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: base64url(id) }, format: 'jwk' });
  return verify(null, payload, key, signature);
}

/** The bytes that are signed: no transaction begins so, and nothing else that this key signs. */
function proofPayload({ chainId, instance, challenge, publicUrl = '' }: NodeStatement): Uint8Array {
  const url = utf8.encode(publicUrl);
  return new Encoder(PAYLOAD_TAG.length + 3 * 32 + url.length)
    .raw(PAYLOAD_TAG)
    .raw(chainId, 32)
    .raw(instance, 32)
    .raw(challenge, 32)
    .raw(url)
    .finish();
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

const utf8 = new TextEncoder();
const PAYLOAD_TAG = utf8.encode('corrente/node/v1'.padEnd(24, '\0'));
