import { Agent, request } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import type { HonestRequest } from './honestClient.js';

// The thread of an HonestClient.
const { url, from, body, everyMs } = workerData as HonestRequest;
const agent = new Agent({ keepAlive: true, maxSockets: 8 });
const times: number[] = [];
const open = new Set<number>();
let failed = 0;

const timer = setInterval(() => {
  const due = performance.now();
  open.add(due);
  const end = (ok: boolean): void => {
    if (!open.delete(due)) return;
    if (!ok) failed++;
    times.push(performance.now() - due);
  };
  const outgoing = request(
    url,
    {
      agent,
      localAddress: from,
      method: body === undefined ? 'GET' : 'POST',
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
    },
    (response) => {
      response.resume();
      response.on('end', () => end(response.statusCode === 200));
      response.on('error', () => end(false));
    },
  );
  outgoing.on('error', () => end(false));
  outgoing.end(body);
}, everyMs);

parentPort!.once('message', () => {
  clearInterval(timer);
  const patience = setInterval(() => {
    if (open.size > 0 && performance.now() < deadline) return;
    clearInterval(patience);
    for (const due of open) times.push(performance.now() - due);
    parentPort!.postMessage({ times, failed: failed + open.size });
  }, 10);
  const deadline = performance.now() + 2_000;
});
