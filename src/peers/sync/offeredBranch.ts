import type { BlockHeader } from '../../consensus/block.js';
import { OFFER_HOLD_MS, OFFER_PATIENCE_MS } from '../../consensus/protocol.js';
import type { Transaction } from '../../consensus/transaction.js';
import { toHex } from '../../crypto/bytes.js';
import type { Clock, PeerClientPort, SentBody, Wanted } from '../ports.js';
import { PeerError } from '../standing.js';

interface Want {
  readonly locator: readonly Uint8Array[] | undefined;
  readonly first: number;
  readonly hashes: readonly Uint8Array[];
  isAsked: boolean;
  readonly give: (sent: readonly BlockHeader[] | readonly SentBody[]) => void;
  readonly fail: (error: Error) => void;
}

/**
 * A branch of a node that cannot be asked: it asks what is wanted, again and again, and sends that. To the download it is a client like that
 * of any peer; its sender has OFFER_PATIENCE_MS for each answer, from when the answer before it came.
 */
export class OfferedBranch implements Pick<PeerClientPort, 'headersAfter' | 'bodies'> {
  readonly #offer: string;
  readonly #clock: Clock;
  /** Oldest first; one at a time is asked for. */
  readonly #wants: Want[] = [];
  #failure: Error | undefined;
  #isOver = false;
  #changed: () => void = () => undefined;
  /** Ends the time that is left for the oldest want. */
  #timer = new AbortController();

  constructor(offer: string, { clock }: { readonly clock: Clock }) {
    this.#offer = offer;
    this.#clock = clock;
  }

  async headersAfter(locator: readonly Uint8Array[], first: number): Promise<BlockHeader[]> {
    return (await this.#want({ locator, first, hashes: [] })) as BlockHeader[];
  }

  async bodies(hashes: readonly Uint8Array[]): Promise<(Transaction[] | undefined)[]> {
    const sent = (await this.#want({ locator: undefined, first: 0, hashes })) as SentBody[];
    const bodies = new Map(sent.map(({ hash, transactions }) => [toHex(hash), transactions]));
    return hashes.map((hash) => bodies.get(toHex(hash)) as Transaction[] | undefined);
  }

  /** Headers came; ignored unless headers were asked for. */
  giveHeaders(headers: readonly BlockHeader[]): void {
    const [want] = this.#wants;
    if (want?.isAsked && want.locator && headers.length <= want.first) this.#give(headers);
  }

  /** Bodies came; ignored unless bodies were asked for. */
  giveBodies(bodies: readonly SentBody[]): void {
    const [want] = this.#wants;
    if (want?.isAsked && !want.locator) this.#give(bodies);
  }

  /** The next want, as soon as it is known, and after OFFER_HOLD_MS at the latest. */
  async next(): Promise<Wanted> {
    if (this.#wants.length === 0 && !this.#isOver) {
      const timer = new AbortController();
      const changed = new Promise<void>((resolve) => (this.#changed = resolve));
      await Promise.race([changed, this.#clock.sleep(OFFER_HOLD_MS, timer.signal)]);
      timer.abort();
    }
    const [want] = this.#isOver ? [] : this.#wants;
    if (want) want.isAsked = true;
    return {
      offer: this.#offer,
      headersAfter: want?.locator,
      first: want?.first ?? 0,
      bodies: want?.hashes ?? [],
      isOver: this.#isOver,
    };
  }

  /** Nothing more is wanted; what still is fails. */
  end(reason: string): void {
    this.#isOver = true;
    this.#failure = new PeerError('timedOut', reason);
    this.#timer.abort();
    for (const { fail } of this.#wants.splice(0)) fail(this.#failure);
    this.#changed();
  }

  async #want(wanted: Pick<Want, 'locator' | 'first' | 'hashes'>): Promise<readonly unknown[]> {
    if (this.#failure) throw this.#failure;
    return new Promise((give, fail) => {
      this.#wants.push({ ...wanted, isAsked: false, give, fail });
      if (this.#wants.length === 1) void this.#limitOldest();
      this.#changed();
    });
  }

  #give(sent: readonly BlockHeader[] | readonly SentBody[]): void {
    this.#wants.shift()!.give(sent);
    void this.#limitOldest();
  }

  /** Gives the oldest want its time: those behind it are not asked for yet, and theirs does not run. */
  async #limitOldest(): Promise<void> {
    this.#timer.abort();
    if (this.#wants.length === 0) return;
    const { signal } = (this.#timer = new AbortController());
    await this.#clock.sleep(OFFER_PATIENCE_MS, signal);
    if (!signal.aborted) this.end('expected what was wanted of an offered branch, got none');
  }
}
