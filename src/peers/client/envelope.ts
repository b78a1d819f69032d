import { createHash, randomBytes } from 'node:crypto';
import { fromHex, toHex } from '../../crypto/bytes.js';
import { Encoder } from '../../crypto/encoder.js';
import type { Signer } from '../../crypto/ed25519.js';

/** Header of a request that a node signed. */
export const ENVELOPE_HEADER = 'corrente-envelope';
/** Header that names where the sender can be reached; without an envelope that signs it, a hint to nodes of version 0.1 only. */
export const URL_HEADER = 'corrente-url';

/** What a node signs of a request, so that nobody else can send it, send it again, or send it elsewhere (docs/protocol.md, "Envelope"). */
export interface Envelope {
  /** Public key of the sending node: its id. */
  readonly signer: Uint8Array;
  /** Id of the node that the request is for. */
  readonly receiver: Uint8Array;
  /** When it was sent, by the sender's clock; milliseconds since 1970. */
  readonly time: number;
  /** 48 random bits. */
  readonly nonce: number;
  /** SHA-256 of the body, as it is sent. */
  readonly digest: Uint8Array;
}

/** What the signature covers beside the header's own fields. */
export interface EnvelopeScope {
  readonly chainId: Uint8Array;
  /** The header corrente-url, empty if missing. */
  readonly publicUrl: string;
}

/** The header of a request with this body, from the holder of the key to the receiver. */
export async function sealEnvelope(
  body: string,
  { receiver, time, chainId, publicUrl }: Pick<Envelope, 'receiver' | 'time'> & EnvelopeScope,
  key: Signer,
): Promise<string> {
  const nonce = randomBytes(NONCE_BYTES).readUIntBE(0, NONCE_BYTES);
  const envelope: Envelope = { signer: key.publicKey, receiver, time, nonce, digest: bodyDigest(body) };
  const signature = await key.sign(envelopePayload(envelope, { chainId, publicUrl }));
  const { signer, digest } = envelope;
  return [VERSION, toHex(signer), toHex(receiver), time, nonce, toHex(digest), toHex(signature)].join(' ');
}

/** The fields of a header, with the signature that is still to be checked; undefined for anything else. */
export function readEnvelope(header: string): { envelope: Envelope; signature: Uint8Array } | undefined {
  const match = FORM.exec(header);
  if (!match) return undefined;
  const [, signer, receiver, time, nonce, digest, signature] = match;
  return {
    envelope: {
      signer: fromHex(signer!),
      receiver: fromHex(receiver!),
      time: Number(time),
      nonce: Number(nonce),
      digest: fromHex(digest!),
    },
    signature: fromHex(signature!),
  };
}

/** The bytes that are signed: nothing else that a node's key signs begins so. */
export function envelopePayload(
  { signer, receiver, time, nonce, digest }: Envelope,
  { chainId, publicUrl }: EnvelopeScope,
): Uint8Array {
  const url = utf8.encode(publicUrl);
  return new Encoder(
    PAYLOAD_TAG.length + chainId.length + signer.length + receiver.length + 2 * 8 + digest.length + url.length,
  )
    .raw(PAYLOAD_TAG)
    .raw(chainId, 32)
    .raw(signer, 32)
    .raw(receiver, 32)
    .u64(BigInt(time))
    .u64(BigInt(nonce))
    .raw(digest, 32)
    .raw(url)
    .finish();
}

/** SHA-256 of a body. */
export function bodyDigest(body: string | Uint8Array): Uint8Array {
  return createHash('sha256').update(body).digest();
}

const VERSION = 'v1';
const NONCE_BYTES = 6;
const FORM = /^v1 ([0-9a-f]{64}) ([0-9a-f]{64}) (\d{1,15}) (\d{1,15}) ([0-9a-f]{64}) ([0-9a-f]{128})$/;
const utf8 = new TextEncoder();
const PAYLOAD_TAG = utf8.encode('corrente/envelope/v1'.padEnd(24, '\0'));
