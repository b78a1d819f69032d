import { toHex } from '../crypto/bytes.js';
import type { Account } from '../ledger/accounts.js';
import { BoundedMap } from '../util/boundedSet.js';
import { Entries, type EntriesWatcher, type SenderQueue } from './entries.js';
import type { Entry } from './entry.js';
import { PendingView } from './pendingView.js';
import type { MempoolPolicy } from './policy.js';
import type { DroppedTransaction } from './ports.js';

/** What is another in a mempool since it was last told; to be applied one after another. */
export interface MempoolChanges {
  /** Hexadecimal ids of transactions that are not pending. */
  readonly left: readonly string[];
  /** Entries that are, in no order. */
  readonly entered: readonly Entry[];
  /** State on the chain of senders with pending transactions, of those that `entered` names, too. */
  readonly senders: readonly { readonly publicKey: Uint8Array; readonly account: Account }[];
  /** What left unmined, and the hexadecimal ids of those of them that came back, in the order in which it happened. */
  readonly dropped: readonly (DroppedTransaction | string)[];
}

/** The parts of a mempool that are followed. */
export interface FollowedMempool {
  readonly entries: Entries;
  readonly departures: {
    watcher: ((memory: DroppedTransaction | string) => void) | undefined;
    values(): Iterable<DroppedTransaction>;
  };
}

/** Collects what changes in a mempool, for those that mirror it. It costs as much as what changes, however long nobody takes it. */
export class ChangeLog implements EntriesWatcher {
  readonly #followed: FollowedMempool;
  readonly #touched = new Set<string>();
  readonly #moved = new Set<SenderQueue>();
  #dropped: (DroppedTransaction | string)[] = [];

  constructor(followed: FollowedMempool) {
    this.#followed = followed;
    followed.entries.watcher = this;
    followed.departures.watcher = (memory) => void this.#dropped.push(memory);
  }

  touched({ txid }: Entry): void {
    this.#touched.add(txid);
  }

  moved(queue: SenderQueue): void {
    this.#moved.add(queue);
  }

  /** What changed since the last call; undefined if nothing did. */
  take(): MempoolChanges | undefined {
    if (this.#touched.size === 0 && this.#moved.size === 0 && this.#dropped.length === 0) return undefined;
    const { byId } = this.#followed.entries;
    const left: string[] = [];
    const entered: Entry[] = [];
    for (const txid of this.#touched) {
      const entry = byId.get(txid);
      if (entry) entered.push(entry);
      else left.push(txid);
    }
    const changes = { left, entered, senders: sendersOf(this.#moved), dropped: this.#dropped };
    this.#touched.clear();
    this.#moved.clear();
    this.#dropped = [];
    return changes;
  }

  /** Everything, for a mirror that is empty. */
  whole(): MempoolChanges {
    const { entries, departures } = this.#followed;
    return {
      left: [],
      entered: [...entries.byId.values()],
      senders: sendersOf(entries.bySender.values()),
      dropped: [...departures.values()],
    };
  }
}

function sendersOf(queues: Iterable<SenderQueue>): { publicKey: Uint8Array; account: Account }[] {
  const senders: { publicKey: Uint8Array; account: Account }[] = [];
  for (const { entries, account } of queues) {
    const [first] = entries;
    if (first) senders.push({ publicKey: first.transaction.sender, account });
  }
  return senders;
}

/** A mempool elsewhere, as its changes tell it: the same in every order and figure, and read only. */
export class MempoolMirror extends PendingView {
  readonly #dropped: BoundedMap<string, DroppedTransaction>;

  constructor(policy: MempoolPolicy) {
    const dropped = new BoundedMap<string, DroppedTransaction>(policy.maxRemembered);
    super(policy, { entries: new Entries(), dropped });
    this.#dropped = dropped;
  }

  /** Becomes what the other is. */
  apply({ left, entered, senders, dropped }: MempoolChanges): void {
    const { entries } = this;
    // First what makes room under a nonce.
    for (const txid of left) this.#remove(txid);
    for (const { txid } of entered) this.#remove(txid);
    const accounts = new Map(senders.map(({ publicKey, account }) => [toHex(publicKey), account]));
    for (const entry of entered) entries.putBack(entry, accounts.get(entry.transaction.senderHex)!);
    for (const memory of dropped) {
      if (typeof memory === 'string') this.#dropped.delete(memory);
      else this.#dropped.set(memory.transaction.txid, memory);
    }
    for (const { publicKey, account } of senders) {
      const queue = entries.queueOf(toHex(publicKey));
      if (queue) entries.move(queue, account);
    }
  }

  #remove(txid: string): void {
    const entry = this.entries.byId.get(txid);
    if (entry) this.entries.remove(entry);
  }
}
