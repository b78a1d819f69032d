import type { DocumentNode, OperationTypeNode } from 'graphql';
import type { ChainSnapshot, StoredHeader } from '../chain/chainStore.js';
import { MAX_BODIES_BYTES } from '../consensus/protocol.js';
import type { Transaction } from '../consensus/transaction.js';
import { toHex } from '../crypto/bytes.js';
import type { Access } from './access.js';
import { badUserInput } from './errors.js';
import type { Services } from './services.js';

/** Twice what `blocks` answers at once, and twice the largest block that a network can have. */
const MAX_WHOLE_BLOCKS_BYTES = 2 * MAX_BODIES_BYTES;

/** What the resolvers of one request share. A plain object, because Apollo copies it. */
export interface Context {
  readonly services: Services;
  readonly view: RequestView;
  /** Id of the node that sent the request, if it signed it. */
  readonly giver: string | undefined;
  /** Address that the request came from. */
  readonly from: string;
  /** What the admin token permits that the request carries, if it carries one. */
  readonly admin: Access | undefined;
  /** Operations that the connection carries; queries and mutations where absent. */
  readonly carries?: readonly OperationTypeNode[];
  /** Set by a connection that can carry more than one answer. */
  readonly stream?: {
    /** Takes a subscription that broke no limit, instead of its being executed. */
    subscribe(document: DocumentNode): void;
  };
}

/** The one state of the chain that a request sees, whatever is committed while it is answered. */
export class RequestView {
  readonly #chain: Services['chain'];
  readonly #wholeBlocks = new Map<string, readonly Transaction[]>();
  #room = MAX_WHOLE_BLOCKS_BYTES;
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

  /**
   * Every transaction of a block, read once a request. At MAX_WHOLE_BLOCKS_BYTES it throws BAD_USER_INPUT: a page of blocks
   * can be cheap to name and gigabytes to read.
   */
  wholeBlock({ hash, size }: StoredHeader): readonly Transaction[] {
    const key = toHex(hash);
    const known = this.#wholeBlocks.get(key);
    if (known) return known;
    this.#room -= size;
    if (this.#room < 0) {
      const most = `${MAX_WHOLE_BLOCKS_BYTES} bytes of blocks whose body, reward or proof is asked for`;
      throw badUserInput(`expected at most ${most}, got more: ask for fewer at once`);
    }
    const transactions = this.snapshot.transactions(hash);
    this.#wholeBlocks.set(key, transactions);
    return transactions;
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
