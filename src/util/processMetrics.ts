import { collectDefaultMetrics, Registry } from 'prom-client';

let ofTheProcess: Registry | undefined;

/** What Node.js measures of the process, so of all its nodes; made when first asked for, because it starts to watch every garbage collection. */
export function processMetrics(): Registry {
  if (!ofTheProcess) {
    ofTheProcess = new Registry();
    collectDefaultMetrics({ register: ofTheProcess });
  }
  return ofTheProcess;
}
