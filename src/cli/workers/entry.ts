import { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { pino } from 'pino';
import { startTracing } from '../tracing.js';
import type { Message } from '../../node/workers/calls.js';

/* The program of an API worker, which a node starts: fork.ts. It lives as long as the node. */

setFlagsFromString('--heap-growing-percent=70');
// A terminal, or the system, sends them to every process of a node: the ledger process decides what they mean.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(0));
const [, , level = 'info'] = process.argv;
const traces = await startTracing(process.env);
const { runApiWorker } = await import('../../node/workers/apiWorker.js');
runApiWorker({
  port: {
    send: (message) => void process.send?.(message),
    listen: (listener) => {
      process.on('message', (heard: Message | number, handle) => {
        if (typeof heard !== 'number') listener.message(heard);
        else if (handle instanceof Socket) listener.connection(heard, handle);
      });
    },
    fail: (failure) => {
      throw failure;
    },
  },
  traces,
  logger: (write) => pino({ level, base: { pid: process.pid } }, { write }),
});
