import { fromHex } from '../../src/crypto/bytes.js';
import type { Signer } from '../../src/crypto/ed25519.js';
import { ENVELOPE_HEADER, sealEnvelope, URL_HEADER } from '../../src/peers/client/envelope.js';

export interface Sealed {
  readonly key: Signer;
  /** Hexadecimal id. */
  readonly receiver: string;
  readonly chainId: Uint8Array;
  readonly time?: number;
  readonly publicUrl?: string;
}

/** Headers with which a node sends this body. */
export async function sealedHeaders(
  body: string,
  { key, receiver, ...sealed }: Sealed,
): Promise<Record<string, string>> {
  const { chainId, time = Date.now(), publicUrl = '' } = sealed;
  const envelope = await sealEnvelope(body, { receiver: fromHex(receiver), time, chainId, publicUrl }, key);
  return { [ENVELOPE_HEADER]: envelope, ...(publicUrl !== '' && { [URL_HEADER]: publicUrl }) };
}
