import type { Rejection } from '../consensus/rejection.js';
import type { Transaction } from '../consensus/transaction.js';
import { BoundedMap } from '../util/boundedSet.js';
import type { Event } from '../util/event.js';
import type { Entries, Redo } from './entries.js';
import type { Entry } from './entry.js';
import type { DroppedTransaction } from './ports.js';
import type { Leaving } from './policy.js';

export interface DeparturesModules {
  readonly entries: Entries;
  readonly removed: Pick<Event<Transaction>, 'emit'>;
}

/** Why a transaction has left in the attempt under way, so far, by its id; undefined if it has not. */
export type ReasonOf = (txid: string) => Rejection | undefined;

interface Departure extends Leaving {
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A change that may be taken back. */
interface Attempt {
  /** What came, by transaction id. */
  readonly came: Set<string>;
  /** What left and has not come back, by transaction id. */
  readonly left: Map<string, Departure>;
}

/** What left the mempool unmined, and why: reported and remembered at once, or in an attempt once it is known to stay. */
export class Departures {
  readonly #modules: DeparturesModules;
  /** By transaction id. */
  readonly #remembered: BoundedMap<string, DroppedTransaction>;
  /** Hears of each that is remembered, and of the hexadecimal id of each that is not any more, since it is back. */
  watcher: ((memory: DroppedTransaction | string) => void) | undefined;
  #attempt: Attempt | undefined;

  /** Remembers the newest `capacity`. */
  constructor(capacity: number, modules: DeparturesModules) {
    this.#modules = modules;
    this.#remembered = new BoundedMap(capacity);
  }

  /** All that are remembered, the oldest first. */
  values(): Iterable<DroppedTransaction> {
    return this.#remembered.values();
  }

  get(txid: string): DroppedTransaction | undefined {
    return this.#remembered.get(txid);
  }

  /** One that did not come back from a block. */
  remember(dropped: DroppedTransaction): void {
    this.watcher?.(dropped);
    this.#remembered.set(dropped.transaction.txid, dropped);
  }

  /** The entry has been removed. */
  left({ entry, reason }: Leaving, at: number): void {
    if (this.#attempt) this.#attempt.left.set(entry.txid, { entry, reason, at });
    else this.#report({ entry, reason, at });
  }

  /** The transaction is pending. Returns the entry that it had before it left, if that was in the attempt under way. */
  came(txid: string): Entry | undefined {
    if (!this.#attempt) {
      this.#forget(txid);
      return undefined;
    }
    const { came, left } = this.#attempt;
    const former = left.get(txid)?.entry;
    came.add(txid);
    left.delete(txid);
    return former;
  }

  /** If `work` returns true, reports what was there before it and is not now; else what it did to the entries is taken back, as they do. */
  attempt(work: (reasonOf: ReasonOf) => boolean): Redo | undefined {
    const { entries } = this.#modules;
    const { sequence } = entries;
    const attempt: Attempt = { came: new Set(), left: new Map() };
    const reasonOf = (txid: string) => {
      const departure = attempt.left.get(txid);
      return departure && this.#reason(departure);
    };
    const stay = () => {
      for (const txid of attempt.came) if (entries.byId.has(txid)) this.#forget(txid);
      for (const departure of attempt.left.values()) if (departure.entry.sequence < sequence) this.#report(departure);
    };
    this.#attempt = attempt;
    let redo: Redo | undefined;
    try {
      redo = entries.attempt(() => work(reasonOf));
    } finally {
      this.#attempt = undefined;
    }
    if (!redo) {
      stay();
      return undefined;
    }
    return () => {
      if (!redo()) return false;
      stay();
      return true;
    };
  }

  #forget(txid: string): void {
    if (this.#remembered.delete(txid)) this.watcher?.(txid);
  }

  #report(departure: Departure): void {
    const { transaction } = departure.entry;
    this.remember({ transaction, reason: this.#reason(departure), at: departure.at });
    this.#modules.removed.emit(transaction);
  }

  /** The one that took its place may have been replaced itself, in the same attempt. */
  #reason({ entry, reason }: Leaving): Rejection {
    if (reason.code !== 'NONCE_CONFLICT') return reason;
    const { senderHex, nonce } = entry.transaction;
    const holder = this.#modules.entries.queueOf(senderHex)?.at(nonce);
    return holder ? { ...reason, pending: holder.txid } : reason;
  }
}
