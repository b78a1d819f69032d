import { parentPort, workerData } from 'node:worker_threads';
import { loadNativeVerify } from '../src/verification/batch.js';

/* A thread that verifies one signature again and again, as the node's verifier does, and answers with how often it did so a second. */

const { milliseconds, publicKey, message, signature } = workerData as {
  readonly milliseconds: number;
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
};
const verify = await loadNativeVerify();
const started = performance.now();
let verified = 0;
let elapsed = 0;
while (elapsed < milliseconds) {
  for (let i = 0; i < 200; i++) if (verify(publicKey, message, signature)) verified++;
  elapsed = performance.now() - started;
}
parentPort!.postMessage(verified / (elapsed / 1000));
