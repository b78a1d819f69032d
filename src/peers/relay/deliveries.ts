import { BoundedMap } from '../../util/boundedSet.js';
import type { Delivery, DeliveryOutcome, RemoteRejection } from '../peer.js';
import type { PeerState } from '../peerState.js';
import type { Clock } from '../ports.js';

/** Items whose outcomes are kept after their end. */
const MAX_ENDED = 256;

interface Sent {
  readonly state: PeerState;
  readonly started: number;
  delivery: Delivery | undefined;
  /** Clients that wait for it. */
  readonly waiting: ((delivery: Delivery) => void)[];
}

/**
 * The items under way to each peer, so that a client can wait for the answers: at most as many items as wait in the peers' outboxes or were just
 * taken from them. The last ones of which every peer's outcome is known are kept, for a client that asks after the acceptance.
 */
export class Deliveries {
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #items = new Map<string, Sent[]>();
  readonly #ended = new BoundedMap<string, readonly Delivery[]>(MAX_ENDED);

  constructor(options: { readonly timeoutMs: number }, modules: { readonly clock: Clock }) {
    this.#timeoutMs = options.timeoutMs;
    this.#clock = modules.clock;
  }

  /** The item is to be sent to these peers, or was found to be there already. Each is ended once. */
  begin(id: string, states: readonly PeerState[]): void {
    const started = this.#clock.elapsed();
    const sent = states.map((state): Sent => ({ state, started, delivery: undefined, waiting: [] }));
    if (sent.length > 0) this.#items.set(id, [...(this.#items.get(id) ?? []), ...sent]);
  }

  /** Records the answer of a peer. Ignored for an item that was not begun with it. */
  end(id: string, state: PeerState, outcome: DeliveryOutcome, rejected?: RemoteRejection): void {
    const all = this.#items.get(id);
    const sent = all?.find((candidate) => candidate.state === state && !candidate.delivery);
    if (!all || !sent) return;
    sent.delivery = {
      peer: state.toPeer(),
      outcome,
      rejected,
      latencyMs: Math.round(this.#clock.elapsed() - sent.started),
    };
    for (const resolve of sent.waiting) resolve(sent.delivery);
    if (!all.every(({ delivery }) => delivery)) return;
    this.#items.delete(id);
    const deliveries = all.map(({ delivery }) => delivery!);
    this.#ended.set(id, deliveries);
  }

  /**
   * The answers of the peers to an item that is under way, or was until just now; a peer without an answer at the deadline, counted from
   * the announcement, is TIMED_OUT. Empty for any other item.
   */
  of(id: string): Promise<readonly Delivery[]> {
    const sent = this.#items.get(id);
    if (!sent) return Promise.resolve(this.#ended.get(id) ?? []);
    return Promise.all(sent.map((one) => one.delivery ?? this.#answer(one)));
  }

  async #answer({ state, started, waiting }: Sent): Promise<Delivery> {
    const timer = new AbortController();
    const answered = new Promise<Delivery>((resolve) => waiting.push(resolve));
    const remaining = Math.max(0, started + this.#timeoutMs - this.#clock.elapsed());
    const silent = this.#clock
      .sleep(remaining, timer.signal)
      .then((): Delivery => ({ peer: state.toPeer(), outcome: 'TIMED_OUT' }));
    const delivery = await Promise.race([answered, silent]);
    timer.abort();
    return delivery;
  }
}
