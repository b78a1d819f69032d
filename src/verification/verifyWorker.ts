import { loadNativeVerify, verifyBatch } from './batch.js';

const verify = await loadNativeVerify();

/** Entry of a worker thread: verdicts of one packed batch. */
export default function verifyWorker(batch: Uint8Array): Uint8Array {
  return verifyBatch(batch, verify);
}
