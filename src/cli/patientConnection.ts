import { pause } from '../client/live.js';
import type { NodeConnection, Subscribe } from '../client/nodeConnection.js';
import type { TypedDocumentString } from '../client/operations.js';
import { mayPass, RequestError } from '../client/requestError.js';

export interface PatientConnectionModules {
  readonly node: NodeConnection;
  /** Questions are over, answered or not. */
  readonly signal: AbortSignal;
  /** Hears why questions begin to wait, and undefined once each of them has its answer. */
  readonly waits: (reason: RequestError | undefined) => void;
}

/**
 * A way to a node that may not be there yet, or go away: a question waits until it is answered. Rejects with what asking again cannot
 * mend, and with the reason of the signal.
 */
export class PatientConnection implements NodeConnection {
  readonly subscribe: Subscribe | undefined;
  readonly #modules: PatientConnectionModules;
  /** Questions that failed and are asked again. */
  #waiting = 0;
  #isKnown = false;

  constructor(modules: PatientConnectionModules) {
    this.subscribe = modules.node.subscribe;
    this.#modules = modules;
  }

  async request<Answer, Variables>(
    document: TypedDocumentString<Answer, Variables>,
    variables: Variables,
    signal: AbortSignal = this.#modules.signal,
  ): Promise<Answer> {
    const { node, waits } = this.#modules;
    for (let failed = false; ;) {
      try {
        const answer = await node.request(document, variables, signal);
        this.#isKnown = true;
        if (failed && --this.#waiting === 0) waits(undefined);
        return answer;
      } catch (error) {
        if (!(error instanceof RequestError) || !this.#mayPass(error)) throw error;
        if (!failed && this.#waiting++ === 0) waits(error);
        failed = true;
      }
      await pause(RETRY_MS, signal);
      signal.throwIfAborted();
    }
  }

  /** What is no node was always none, unless a node was there before: then it is a proxy that has lost its node. */
  #mayPass(error: RequestError): boolean {
    return mayPass(error) && (this.#isKnown || error.code !== 'NO_GRAPHQL');
  }
}

const RETRY_MS = 1_000;
