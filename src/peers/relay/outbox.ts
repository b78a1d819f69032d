import { BoundedSet } from '../../util/boundedSet.js';

const MAX_KNOWN_IDS = 65_536;

/** One thing on its way to one peer. */
export interface Parcel<Item> {
  readonly item: Item;
  /** Hexadecimal transaction id or block hash. */
  readonly id: string;
}

export interface OutboxOptions<Item, Result> {
  /** Most items of one message. */
  readonly batch: number;
  /** Most items that wait; the oldest are given up for more. */
  readonly capacity: number;
  /** Sends one message; one result an item, or a rejection for all of them. */
  readonly send: (items: readonly Item[]) => Promise<Result[]>;
  /** Reports the end of an item. `result` is undefined when it was dropped at the bound or the peer was removed. */
  readonly settled: (parcel: Parcel<Item>, result: Result | Error | undefined) => void;
}

/**
 * The queue of one peer: each item once, one message under way at a time; items that arrive meanwhile go together in the next one. A
 * slow peer delays only itself.
 */
export class Outbox<Item, Result> {
  readonly #options: OutboxOptions<Item, Result>;
  /** Ids that the peer has or is being sent. At the bound the oldest are forgotten: sent twice at worst. */
  readonly #known = new BoundedSet<string>(MAX_KNOWN_IDS);
  /** Ids that the peer declined for a reason that may pass, since `forgetDeclined`. */
  readonly #declined = new Set<string>();
  /** Ids that the peer is only said to have: since the last `doubtClaims`, and since the one before. */
  #claimed: [recent: Set<string>, older: Set<string>] = [new Set(), new Set()];
  #waiting: Parcel<Item>[] = [];
  #sending = false;
  #dropped = 0;
  #closed = false;

  constructor(options: OutboxOptions<Item, Result>) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Items given up at the bound. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The peer says itself that it has this. */
  acknowledge(id: string): void {
    this.#known.add(id);
  }

  /** What the peer knows of this is not known any more. */
  forget(id: string): void {
    this.#known.delete(id);
  }

  /** The peer is said to have this already: nothing is sent while that is fresh. */
  markKnown(id: string): void {
    const [recent] = this.#claimed;
    if (recent.size < MAX_KNOWN_IDS && this.#known.add(id)) recent.add(id);
  }

  /**
   * Forgets what the peer is said to have and did not acknowledge itself, from the second call on: it may have
   * lost the item since it gave it.
   */
  doubtClaims(): void {
    const [recent, older] = this.#claimed;
    for (const id of older) this.#known.delete(id);
    this.#claimed = [new Set(), recent];
  }

  /**
   * The peer declined it for a reason that may pass. It may be sent once more, since what it depends on may have been on its way;
   * then not until `forgetDeclined`, and not at all beyond the bound of what is remembered.
   */
  declined(id: string): void {
    if (this.#declined.has(id) || this.#declined.size >= MAX_KNOWN_IDS) return;
    this.#declined.add(id);
    this.#known.delete(id);
  }

  /** The reason has passed: what was declined may be sent again. */
  forgetDeclined(): void {
    for (const id of this.#declined) this.#known.delete(id);
    this.#declined.clear();
  }

  /** Whether the peer has it or is being sent it. */
  knows(id: string): boolean {
    return this.#known.has(id);
  }

  /** False if the peer has it or is being sent it. */
  push(parcel: Parcel<Item>): boolean {
    if (this.#closed || !this.#known.add(parcel.id)) return false;
    this.#waiting.push(parcel);
    if (this.#waiting.length > this.#options.capacity) {
      this.#dropped++;
      this.#giveUp(this.#waiting.shift()!);
    }
    if (!this.#sending) void this.#send();
    return true;
  }

  /** Gives up what waits, for this reason; it can be sent again. */
  giveUp(reason?: Error): void {
    for (const parcel of this.#waiting.splice(0)) this.#giveUp(parcel, reason);
  }

  /** Gives up what waits, and takes nothing more. */
  close(): void {
    this.#closed = true;
    this.giveUp();
  }

  async #send(): Promise<void> {
    this.#sending = true;
    while (this.#waiting.length > 0) {
      const parcels = this.#waiting.splice(0, this.#options.batch);
      let results: (Result | Error | undefined)[];
      try {
        results = await this.#options.send(parcels.map(({ item }) => item));
      } catch (error) {
        const failure = error instanceof Error ? error : new Error(String(error));
        results = parcels.map(() => failure);
      }
      for (const [index, parcel] of parcels.entries()) {
        // An item that may not have arrived can be sent again.
        if (results[index] instanceof Error) this.#known.delete(parcel.id);
        this.#options.settled(parcel, results[index]);
      }
    }
    this.#sending = false;
  }

  #giveUp(parcel: Parcel<Item>, reason?: Error): void {
    this.#known.delete(parcel.id);
    this.#options.settled(parcel, reason);
  }
}
