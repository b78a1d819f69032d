import type { ChainSnapshot } from '../chain/chainStore.js';
import { unauthenticated } from './errors.js';
import type { Services } from './services.js';

/** What the resolvers of one request share. A plain object, because Apollo copies it. */
export interface Context {
  readonly services: Services;
  readonly view: RequestView;
  /** Id of the node that sent the request, if it is one and says so. */
  readonly giver: string | undefined;
  /** The request carries the admin token. */
  readonly admin: boolean;
}

/** The one state of the chain that a request sees, whatever is committed while it is answered. */
export class RequestView {
  readonly #chain: Services['chain'];
  #snapshot: ChainSnapshot | undefined;
  #released = false;

  constructor(chain: Services['chain']) {
    this.#chain = chain;
  }

  /** Taken when it is first read. */
  get snapshot(): ChainSnapshot {
    // A resolver can outlive its response, when another one's error ended it: it must not hold a view for ever.
    if (this.#released) throw new Error('the request has ended');
    return (this.#snapshot ??= this.#chain.snapshot());
  }

  /** Forgets the view, so that what follows a mutation sees what it did. */
  renew(): void {
    this.#snapshot?.release();
    this.#snapshot = undefined;
  }

  /** Ends the request. */
  release(): void {
    this.renew();
    this.#released = true;
  }
}

/** Throws UNAUTHENTICATED unless the request carries the admin token. */
export function requireAdmin(context: Context): void {
  if (!context.admin) throw unauthenticated();
}
