import type { Transaction } from '../consensus/transaction.js';

/** Bytes of one packed item: key 32, signature 64, payload length 2, payload. */
const FIXED_BYTES = 32 + 64 + 2;

/** Packs keys, signatures and payloads into one buffer that moves to a worker without a copy. */
export function packBatch(transactions: readonly Transaction[]): Uint8Array<ArrayBuffer> {
  const batch = new Uint8Array(transactions.reduce((size, { payload }) => size + FIXED_BYTES + payload.length, 0));
  let offset = 0;
  for (const { sender, signature, payload } of transactions) {
    batch.set(sender, offset);
    batch.set(signature, offset + 32);
    batch[offset + 96] = payload.length >> 8;
    batch[offset + 97] = payload.length & 0xff;
    batch.set(payload, offset + FIXED_BYTES);
    offset += FIXED_BYTES + payload.length;
  }
  return batch;
}

/** One byte an item, 1 for a signature whose equation holds. */
export function verifyBatch(
  batch: Uint8Array,
  verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean,
): Uint8Array {
  const verdicts: number[] = [];
  for (let offset = 0; offset < batch.length;) {
    const length = (batch[offset + 96]! << 8) | batch[offset + 97]!;
    const start = offset + FIXED_BYTES;
    const holds = verify(
      batch.subarray(offset, offset + 32),
      batch.subarray(start, start + length),
      batch.subarray(offset + 32, offset + 96),
    );
    verdicts.push(holds ? 1 : 0);
    offset = start + length;
  }
  return Uint8Array.from(verdicts);
}
