import { Worker } from 'node:worker_threads';

/** What an honest client saw. */
export interface Honest {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly slowestMs: number;
  readonly asked: number;
  /** Requests without an answer of status 200. */
  readonly failed: number;
}

/** What the client asks for, again and again. */
export interface HonestRequest {
  readonly url: string;
  /** Address of this machine that it calls from. */
  readonly from?: string | undefined;
  /** Body of a POST; a GET without one. */
  readonly body?: string | undefined;
  readonly everyMs: number;
}

/**
 * A client in a thread of its own, which asks at fixed times whatever the answers do. A request's time counts from when it was due, so that
 * a node that answers nobody for a second is seen in every request of that second.
 */
export class HonestClient {
  readonly #worker: Worker;

  constructor(request: HonestRequest) {
    this.#worker = new Worker(new URL('./honestWorker.js', import.meta.url), { workerData: request });
  }

  /** Ends it; what is still unanswered counts with its age. */
  async stop(): Promise<Honest> {
    const answer = new Promise<{ times: number[]; failed: number }>((resolve, reject) => {
      this.#worker.once('message', resolve);
      this.#worker.once('error', reject);
    });
    this.#worker.postMessage('stop');
    const { times, failed } = await answer;
    await this.#worker.terminate();
    times.sort((one, other) => one - other);
    const [p50Ms, p99Ms, slowestMs] = [quantile(times, 0.5), quantile(times, 0.99), times.at(-1) ?? NaN];
    return { p50Ms, p99Ms, slowestMs, asked: times.length, failed };
  }
}

/** Of sorted times; NaN of none. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
