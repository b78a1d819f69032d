import type { Block, BlockHeader } from '../../consensus/block.js';
import { checkingTransactionsRoot } from '../../consensus/blockRules.js';
import { MAX_BODIES } from '../../consensus/protocol.js';
import type { Transaction } from '../../consensus/transaction.js';
import type { Clock, PeerClientPort } from '../ports.js';
import { inTurns, type Steps } from '../../util/turns.js';
import { PeerError, type PeerMisdeed } from '../standing.js';

/** Blocks a request: half of what a node answers. */
const WINDOW_BLOCKS = MAX_BODIES / 2;
/** Transactions a request, about 0.6 MiB. With MAX_WINDOWS_AHEAD, far below what the verifier lets wait. */
const WINDOW_TRANSACTIONS = 2_400;
/** Windows in memory: asked for, or there and waiting for their turn. */
const MAX_WINDOWS_AHEAD = 8;
/** Requests under way to one peer. */
const MAX_REQUESTS_A_PEER = 3;
const PATIENCE_MS = 3_000;

/** A peer that bodies are asked of. */
export interface BodySource {
  readonly client: Pick<PeerClientPort, 'bodies'>;
  /** It failed, or served what it should not: it is asked no more. */
  blame(misdeed: PeerMisdeed, reason: string): void;
}

export interface BodyDownloadModules {
  /** The peers that can be asked now, one object a peer: new ones come while a download is under way. */
  readonly sources: () => readonly BodySource[];
  /** Remembers what it verified, so that the block finds its signatures checked when its turn comes. */
  readonly verifier: { verify(transactions: readonly Transaction[]): Promise<unknown> };
  readonly clock: Clock;
}

/** Some blocks in a row that are asked for together. */
interface Window {
  readonly headers: readonly BlockHeader[];
  readonly bodies: (readonly Transaction[] | undefined)[];
  /** Sources that have been asked and did not answer yet. */
  readonly asked: Set<BodySource>;
  missing: number;
}

/**
 * The bodies of headers in a row, asked of several peers at once, in windows, at most MAX_WINDOWS_AHEAD of them before the one that is waited
 * for. A peer that fails, or whose window is waited for longer than PATIENCE_MS while another could be asked, loses its share to
 * the others; a slow one is asked again when no other is left. Each body is checked against its header when it comes, so the peer that
 * served it takes the blame.
 */
export class BodyDownload {
  readonly #modules: BodyDownloadModules;
  readonly #windows: Window[];
  /** Requests under way to each source that can be asked. */
  readonly #load = new Map<BodySource, number>();
  /** Those that are asked no more, as long as there is another. */
  readonly #slow = new Set<BodySource>();
  readonly #lost = new Set<BodySource>();
  #head = 0;
  /** Not a peer's doing. */
  #failure: Error | undefined;
  #wake: () => void = () => undefined;

  constructor(headers: readonly BlockHeader[], modules: BodyDownloadModules) {
    this.#modules = modules;
    this.#windows = windowsOf(headers);
  }

  /** Every block in order, a window at a time. Throws PeerError `staleView` once no peer is left to ask. */
  async *blocks(): AsyncGenerator<readonly Block[]> {
    for (; this.#head < this.#windows.length; this.#head++) {
      const window = this.#windows[this.#head]!;
      await this.#arrival(window);
      yield window.headers.map((header, index) => ({ header, transactions: window.bodies[index]! }));
      window.bodies.fill(undefined);
    }
  }

  async #arrival(window: Window): Promise<void> {
    const { clock } = this.#modules;
    let deadline = clock.elapsed() + PATIENCE_MS;
    for (;;) {
      if (this.#failure) throw this.#failure;
      this.#ask();
      if (window.missing === 0) return;
      // One that is there and not asked yet has its hands full.
      if (window.asked.size === 0 && this.#load.size === 0)
        throw new PeerError('staleView', 'no peer has the bodies of its headers');
      const timer = new AbortController();
      const answered = new Promise<void>((resolve) => (this.#wake = resolve));
      await Promise.race([answered, clock.sleep(Math.max(0, deadline - clock.elapsed()), timer.signal)]);
      timer.abort();
      if (clock.elapsed() < deadline) continue;
      this.#giveUpOn(window.asked);
      deadline = clock.elapsed() + PATIENCE_MS;
    }
  }

  /** Slow ones are asked no more, as long as there is another; what they still answer is taken if it comes first. */
  #giveUpOn(asked: ReadonlySet<BodySource>): void {
    this.#welcome();
    if (this.#quick().every(([source]) => asked.has(source))) return;
    for (const source of asked) this.#slow.add(source);
  }

  #quick(): [BodySource, number][] {
    return [...this.#load].filter(([source]) => !this.#slow.has(source));
  }

  #welcome(): void {
    for (const source of this.#modules.sources()) {
      if (!this.#load.has(source) && !this.#lost.has(source)) this.#load.set(source, 0);
    }
  }

  #lose(source: BodySource): void {
    this.#load.delete(source);
    this.#lost.add(source);
  }

  /** Gives each window without a source, or with slow ones only, to the source with the least to do. */
  #ask(): void {
    this.#welcome();
    if (this.#quick().length === 0) this.#slow.clear();
    for (const window of this.#windows.slice(this.#head, this.#head + MAX_WINDOWS_AHEAD)) {
      if (window.missing === 0 || [...window.asked].some((source) => !this.#slow.has(source))) continue;
      const [source, load] = this.#quick().sort(([, a], [, b]) => a - b)[0] ?? [];
      if (!source || load! >= MAX_REQUESTS_A_PEER) return;
      void this.#fetch(window, source);
    }
  }

  async #fetch(window: Window, source: BodySource): Promise<void> {
    window.asked.add(source);
    this.#load.set(source, (this.#load.get(source) ?? 0) + 1);
    const wanted = window.headers.filter((_, index) => !window.bodies[index]);
    try {
      const bodies = await source.client.bodies(wanted.map(({ hash }) => hash));
      const taken = await inTurns(this.#taking(window, wanted, bodies));
      // It has no body of these: it is on another branch, or has deleted them since. No fault.
      if (taken === 0 && window.missing > 0) this.#lose(source);
    } catch (error) {
      const isLost = this.#lost.has(source);
      this.#lose(source);
      // What it was asked for at the same time has gone the same way: that is one misdeed.
      if (error instanceof PeerError) {
        if (!isLost) source.blame(error.misdeed, error.message);
      } else this.#failure = error instanceof Error ? error : new Error(String(error));
    } finally {
      window.asked.delete(source);
      const load = this.#load.get(source);
      if (load !== undefined) this.#load.set(source, load - 1);
      this.#ask();
      this.#wake();
    }
  }

  /** Keeps the bodies that are still missing; returns how many. */
  *#taking(
    window: Window,
    wanted: readonly BlockHeader[],
    bodies: readonly (Transaction[] | undefined)[],
  ): Steps<number> {
    let taken = 0;
    for (const [index, header] of wanted.entries()) {
      yield;
      const transactions = bodies[index];
      const place = window.headers.indexOf(header);
      // Nothing is missing in a window whose blocks are handed out and gone.
      const isMissing = () => window.missing > 0 && !window.bodies[place];
      if (!transactions || !isMissing()) continue;
      if (yield* checkingTransactionsRoot({ header, transactions })) {
        throw new PeerError('wrongBody', `block ${header.height}: a body that is not its header's`);
      }
      // Another peer may have given it meanwhile.
      if (!isMissing()) continue;
      window.bodies[place] = transactions;
      window.missing--;
      taken++;
      this.#modules.verifier.verify(transactions).catch(() => undefined);
    }
    return taken;
  }
}

/** Windows of at most WINDOW_BLOCKS blocks and about WINDOW_TRANSACTIONS transactions. */
function windowsOf(headers: readonly BlockHeader[]): Window[] {
  const windows: Window[] = [];
  let start = 0;
  let transactions = 0;
  for (const [index, { transactionCount }] of headers.entries()) {
    transactions += transactionCount;
    const next = headers[index + 1];
    if (next && index + 1 - start < WINDOW_BLOCKS && transactions + next.transactionCount <= WINDOW_TRANSACTIONS)
      continue;
    const part = headers.slice(start, index + 1);
    windows.push({ headers: part, bodies: part.map(() => undefined), asked: new Set(), missing: part.length });
    start = index + 1;
    transactions = 0;
  }
  return windows;
}
