import { TRANSACTION_PATIENCE_MS } from '../../consensus/protocol.js';
import { toHex } from '../../crypto/bytes.js';
import type { Transaction } from '../../consensus/transaction.js';
import { BoundedMap, BoundedSet } from '../../util/boundedSet.js';
import { each, type Steps } from '../../util/turns.js';
import type { Interest } from '../client/wire.js';
import type { PeerSet } from '../peerSet.js';
import type { Clock } from '../ports.js';

/** Transactions that peers are to bring. */
const MAX_REQUESTED = 65_536;
/** Peers that did not bring one. */
const MAX_LATE = 1_024;

export interface TransactionRequestsModules {
  /** Whether this node has the transaction, pending or confirmed. */
  readonly has: (id: Uint8Array) => boolean;
  readonly peers: Pick<PeerSet, 'byId'>;
  readonly clock: Pick<Clock, 'elapsed'>;
}

interface Requested {
  readonly giver: string;
  readonly since: number;
}

/**
 * Which announced transactions this node wants, and of whom: of the first peer that announces one, and of the next one only if that did not bring it in
 * time. A peer that did not is late: until it brings something, nobody waits for it, so it can hold up no more than what it announced at once.
 */
export class TransactionRequests {
  readonly #modules: TransactionRequestsModules;
  /** By hexadecimal id. At the bound the oldest are forgotten: they come twice at worst. */
  readonly #requested = new BoundedMap<string, Requested>(MAX_REQUESTED);
  readonly #late = new BoundedSet<string>(MAX_LATE);

  constructor(modules: TransactionRequestsModules) {
    this.#modules = modules;
  }

  /** What is to become of each announced transaction, in order; `giver` is the id of the node that announces them, if it has proven one. */
  answering(ids: readonly Uint8Array[], giver: string | undefined): Steps<Interest[]> {
    return each(ids, (id) => this.#interest(id, giver));
  }

  /** They came as a whole, and are looked at: until `settled` nobody else is to send them. */
  arrived(transactions: readonly Transaction[], giver: string | undefined): void {
    if (giver === undefined) return;
    this.#late.delete(giver);
    for (const { id } of transactions) this.#expect(toHex(id), giver);
  }

  /** The node has them now, or refused this copy of them. */
  settled(transactions: readonly Transaction[]): void {
    for (const { id } of transactions) this.#requested.delete(toHex(id));
  }

  #interest(id: Uint8Array, giver: string | undefined): Interest {
    if (this.#modules.has(id)) return 'known';
    const key = toHex(id);
    const requested = this.#requested.get(key);
    if (requested && requested.giver !== giver && !this.#late.has(requested.giver)) {
      if (this.#modules.clock.elapsed() - requested.since < TRANSACTION_PATIENCE_MS) return 'later';
      this.#late.add(requested.giver);
    }
    if (giver !== undefined) this.#expect(key, giver);
    return 'wanted';
  }

  /** A key costs nothing: only peers are waited for. */
  #expect(key: string, giver: string): void {
    const { peers, clock } = this.#modules;
    if (!peers.byId(giver) || this.#late.has(giver)) return;
    const requested = this.#requested.get(key);
    const since = clock.elapsed();
    const isOver = !requested || since - requested.since >= TRANSACTION_PATIENCE_MS || this.#late.has(requested.giver);
    if (isOver) this.#requested.set(key, { giver, since });
  }
}
