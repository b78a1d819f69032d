import sodium from 'sodium-native';
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';

/** Signatures that so many threads of this machine verify a second: no node accepts more transactions a second on as many cores. */
export async function signatureLimit(milliseconds: number, threads = 1): Promise<number> {
  const publicKey = Buffer.alloc(32);
  const secretKey = Buffer.alloc(64);
  sodium.crypto_sign_keypair(publicKey, secretKey);
  const message = Buffer.alloc(153, 7);
  const signature = Buffer.alloc(64);
  sodium.crypto_sign_detached(signature, message, secretKey);
  const workerData = { milliseconds, publicKey, message, signature };
  const rates = Array.from({ length: threads }, async () => {
    const worker = new Worker(new URL('./signatureWorker.js', import.meta.url), { workerData });
    const [rate] = (await once(worker, 'message')) as [number];
    return rate;
  });
  return (await Promise.all(rates)).reduce((sum, rate) => sum + rate, 0);
}
