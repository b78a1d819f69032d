import type { Delivery, DeliveryOutcome, RemoteRejection } from './peer.js';
import type { PeerState } from './peerState.js';

interface Pending {
  readonly state: PeerState;
  readonly started: number;
  readonly promise: Promise<Delivery>;
  readonly settle: (delivery: Delivery) => void;
}

/** What is under way to which peers, so that a client can wait for it. Entries go when every peer's outcome is known. */
export class Deliveries {
  readonly #timeoutMs: number;
  readonly #now: () => number;
  readonly #pending = new Map<string, Pending[]>();

  constructor(options: { readonly timeoutMs: number }, modules: { readonly now: () => number }) {
    this.#timeoutMs = options.timeoutMs;
    this.#now = modules.now;
  }

  /** A message with this item is to be sent to the peer. */
  begin(id: string, state: PeerState): void {
    const { promise, resolve } = withResolvers<Delivery>();
    const pending: Pending = { state, started: this.#now(), promise, settle: resolve };
    const others = this.#pending.get(id);
    if (others) others.push(pending);
    else this.#pending.set(id, [pending]);
  }

  end(id: string, state: PeerState, outcome: DeliveryOutcome, rejected?: RemoteRejection): void {
    const all = this.#pending.get(id) ?? [];
    const index = all.findIndex((pending) => pending.state === state);
    const [pending] = index < 0 ? [] : all.splice(index, 1);
    if (all.length === 0) this.#pending.delete(id);
    pending?.settle({ peer: state.toPeer(), outcome, rejected, latencyMs: Math.round(this.#now() - pending.started) });
  }

  /**
   * What each peer answered to an item that is under way; a peer without an answer at the deadline, counted from the
   * announcement, is TIMED_OUT. Empty if nothing is under way.
   */
  of(id: string): Promise<readonly Delivery[]> {
    const all = this.#pending.get(id) ?? [];
    return Promise.all(
      all.map(async ({ state, started, promise }) => {
        const remaining = Math.max(0, started + this.#timeoutMs - this.#now());
        const { promise: deadline, resolve } = withResolvers<Delivery>();
        const timer = setTimeout(() => resolve({ peer: state.toPeer(), outcome: 'TIMED_OUT' }), remaining);
        try {
          return await Promise.race([promise, deadline]);
        } finally {
          clearTimeout(timer);
        }
      }),
    );
  }
}

function withResolvers<Value>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve!: (value: Value) => void;
  const promise = new Promise<Value>((settle) => (resolve = settle));
  return { promise, resolve };
}
