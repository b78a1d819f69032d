/** Kinds of work, the one that matters most first. */
export const WORK_CLASSES = ['sync', 'operator', 'relay', 'submission', 'read', 'start'] as const;

/**
 * Of peers: blocks, and what a sync asks for (`sync`), and transactions that they pass on (`relay`). Of the operator: all. Of anybody else:
 * mutations (`submission`), queries (`read`), and the beginning of what stays open (`start`).
 */
export type WorkClass = (typeof WORK_CLASSES)[number];

/** Bounds of the work that waits, and of the work that was begun. */
export interface TurnLimits {
  /** How long work may wait: when it would wait longer, or some of its class does, new work is refused. */
  readonly waitMs: number;
  /** What has waited longer all the same, since something held this node, is not begun any more. */
  readonly maxWaitMs: number;
  /** So many of one class wait in any case, so that a few dear requests are no overload. */
  readonly minWaiting: number;
  /** So many of one class wait at most. */
  readonly maxWaiting: number;
  /** While work of a class is older than this, no more of it is begun, */
  readonly workMs: number;
  /** except for so much of it. */
  readonly minWorking: number;
  /** A turn, in which work is begun before everything else is looked at, is WORK_SHARE times as long as everything else took before, */
  readonly minTurnMs: number;
  /**
   * within these bounds; while blocks are at work, whose turns alternate with these, it is `minTurnMs`. While connections come in, it is a
   * single piece of work, and there is none until everything else took as long as the last one: Node.js accepts one connection between two
   * turns, and a thousand would wait for a second.
   */
  readonly maxTurnMs: number;
}

export const TURN_LIMITS: TurnLimits = {
  waitMs: 250,
  maxWaitMs: 1_000,
  minWaiting: 64,
  maxWaiting: 1_024,
  workMs: 250,
  minWorking: 16,
  minTurnMs: 1,
  maxTurnMs: 8,
};

/** Who asks for these waits, whatever held this node. */
const NEVER_LATE: ReadonlySet<WorkClass> = new Set(['sync', 'operator']);
/** Of `LOWER_SHARE` pieces of work that are begun, one is of the lowest class that waits: none is shut out by those above it. */
const LOWER_SHARE = 4;
/** How long a turn is, of the time that everything else took before. */
const WORK_SHARE = 2;
/** Pieces of work of one turn, at most. */
const MAX_STEPS = 64;
/** Weight of the newest measurement of the pace. */
const NEWEST = 0.05;

/** Work that asks for its turn. */
export interface Work {
  readonly kind: WorkClass;
  /** Who asks: each has as much of the turns as any other of the class. */
  readonly from: string;
  /** Nobody waits for it any more. */
  readonly isGone?: (() => boolean) | undefined;
}

/** What must be called when the work is done, at once or when its turn has come; undefined if it was refused. */
export type Turn = (() => void) | Promise<(() => void) | undefined> | undefined;

export interface TurnstileModules {
  /** Milliseconds on a clock that is never set. */
  readonly elapsed: () => number;
  /** Calls after what has come meanwhile was looked at, in the order given, each after all that the one before did without waiting. */
  readonly afterOthers: (call: () => void) => void;
  /** Blocks are at work beside this. */
  readonly hasBlocks: () => boolean;
}

interface Slice {
  since: number | undefined;
  lengthMs: number;
  /** Whether any work is begun in it. */
  isOpen: boolean;
}

interface Waiting extends Work {
  readonly since: number;
  readonly begin: (end: (() => void) | undefined) => void;
}

/**
 * Who works next. Work is begun for `turnMs`, then what has come meanwhile is looked at, so that what needs no turn is answered in between,
 * and a refusal never waits behind what was accepted. What waits is as much as can be done in `waitMs`, at the pace of just now; one more is
 * refused at once. Each sender has the same share of a class.
 */
export class Turnstile {
  readonly #limits: TurnLimits;
  readonly #modules: TurnstileModules;
  readonly #lanes: readonly Lane[];
  /** When this turn began; undefined once there was room for everybody. */
  #turnSince: number | undefined;
  #begun = 0;
  #lastBegun = -Infinity;
  #lastTurnEnded = -Infinity;
  #lastTurnMs = 0;
  #hasNewcomers = false;
  /** Milliseconds from one that is begun to the next, while some wait. */
  #paceMs = 0;

  constructor(limits: TurnLimits, modules: TurnstileModules) {
    this.#limits = limits;
    this.#modules = modules;
    this.#lanes = WORK_CLASSES.map(() => new Lane());
  }

  /** Whether work would be refused now. */
  refuses({ kind, from }: Work): boolean {
    const { waitMs, minWaiting, maxWaiting } = this.#limits;
    const lane = this.#lane(kind);
    if (lane.waiting >= maxWaiting) return true;
    if (lane.waiting < minWaiting || !lane.isOverItsShare(from, minWaiting)) return false;
    return lane.waiting * this.#paceMs > waitMs || this.#modules.elapsed() - lane.oldest > waitMs;
  }

  take(work: Work): Turn {
    const now = this.#modules.elapsed();
    const lane = this.#lane(work.kind);
    if (this.#hasRoom(now) && this.#mayBegin(lane, now)) return this.#begin(lane, now);
    if (this.refuses(work)) return undefined;
    return new Promise((begin) => {
      lane.add({ kind: work.kind, from: work.from, isGone: work.isGone, since: now, begin });
      this.#continue();
    });
  }

  /** A connection came in: there may be more that wait to be accepted. */
  hurry(): void {
    this.#hasNewcomers = true;
  }

  /** How much waits, by class. */
  get waiting(): readonly (readonly [WorkClass, number])[] {
    return WORK_CLASSES.map((kind, index) => [kind, this.#lanes[index]!.waiting]);
  }

  #lane(kind: WorkClass): Lane {
    return this.#lanes[WORK_CLASSES.indexOf(kind)]!;
  }

  /** Nobody waits, and this turn has just begun. */
  #hasRoom(now: number): boolean {
    if (this.#lanes.some(({ waiting }) => waiting > 0)) return false;
    return this.#turnSince === undefined || now - this.#turnSince < this.#limits.minTurnMs;
  }

  #mayBegin(lane: Lane, now: number): boolean {
    const { workMs, minWorking } = this.#limits;
    return lane.working.size < minWorking || now - lane.oldestAtWork < workMs;
  }

  #begin(lane: Lane, now: number): () => void {
    this.#lastBegun = now;
    this.#continue();
    const own = { since: now };
    lane.working.add(own);
    return () => {
      if (lane.working.delete(own) && lane.waiting > 0) this.#continue();
    };
  }

  /** Sees to it that there is a next turn. */
  #continue(): void {
    if (this.#turnSince !== undefined) return;
    this.#turnSince = this.#modules.elapsed();
    this.#modules.afterOthers(() => this.#turn());
  }

  /** Begins one after the other, each when the one before has done what it could, for as long as a turn lasts. */
  #turn(): void {
    this.#turnSince = undefined;
    const steps = Math.min(
      this.#lanes.reduce((sum, { waiting }) => sum + waiting, 0),
      MAX_STEPS,
    );
    if (steps === 0) return;
    const turn: Slice = { since: undefined, lengthMs: 0, isOpen: true };
    this.#turnSince = this.#modules.elapsed();
    for (let step = 1; step < steps; step++) this.#modules.afterOthers(() => this.#step(turn));
    this.#modules.afterOthers(() => {
      const isMore = this.#step(turn);
      if (turn.isOpen) {
        // Of the piece that was begun last, the end is not seen; it is one of many.
        this.#lastTurnEnded = this.#modules.elapsed();
        this.#lastTurnMs = this.#lastTurnEnded - turn.since!;
      }
      if (isMore) this.#turn();
      else this.#turnSince = undefined;
    });
  }

  /** Whether there was anything to be begun. */
  #step(turn: Slice): boolean {
    const now = this.#modules.elapsed();
    if (turn.since === undefined) {
      const { minTurnMs, maxTurnMs } = this.#limits;
      const others = now - this.#lastTurnEnded;
      const most = this.#modules.hasBlocks() ? minTurnMs : maxTurnMs;
      const share = Math.min(most, Math.max(minTurnMs, WORK_SHARE * others));
      turn.lengthMs = this.#hasNewcomers ? 0 : share;
      turn.isOpen = !this.#hasNewcomers || others >= this.#lastTurnMs;
      this.#hasNewcomers = false;
      turn.since = this.#turnSince = now;
    }
    const isOver = turn.since !== now && now - turn.since >= turn.lengthMs;
    const lane = this.#next(now);
    if (!lane || isOver || !turn.isOpen) return lane !== undefined;
    const work = lane.shift();
    const isLate = now - work.since > this.#limits.maxWaitMs && !NEVER_LATE.has(work.kind);
    if (work.isGone?.() || isLate) {
      work.begin(undefined);
    } else {
      this.#paceMs += NEWEST * (now - Math.max(this.#lastBegun, work.since) - this.#paceMs);
      work.begin(this.#begin(lane, now));
    }
    return true;
  }

  /** The lane whose turn it is; undefined if nobody waits, or only for what is at work. */
  #next(now: number): Lane | undefined {
    const ready = this.#lanes.filter((lane) => lane.waiting > 0 && this.#mayBegin(lane, now));
    return ++this.#begun % LOWER_SHARE === 0 ? ready.at(-1) : ready[0];
  }
}

/** The work of one class. */
class Lane {
  /** What was begun and is not done, the oldest first. */
  readonly working = new Set<{ readonly since: number }>();
  /** By sender; the one whose turn is next is the first. */
  readonly #bySender = new Map<string, Waiting[]>();
  #waiting = 0;

  get waiting(): number {
    return this.#waiting;
  }

  /** When the one began to wait whose sender waits longest; Infinity if nobody waits. */
  get oldest(): number {
    let oldest = Infinity;
    for (const [first] of this.#bySender.values()) oldest = Math.min(oldest, first!.since);
    return oldest;
  }

  get oldestAtWork(): number {
    for (const { since } of this.working) return since;
    return Infinity;
  }

  /** Whether as much waits of this sender as its share would be of all, or of `least`. */
  isOverItsShare(from: string, least: number): boolean {
    const own = this.#bySender.get(from)?.length ?? 0;
    const senders = this.#bySender.size + (own > 0 ? 0 : 1);
    return own * senders >= Math.max(least, this.#waiting);
  }

  add(work: Waiting): void {
    const own = this.#bySender.get(work.from);
    if (own) own.push(work);
    else this.#bySender.set(work.from, [work]);
    this.#waiting++;
  }

  /** The next one. Its sender is the last of all then. */
  shift(): Waiting {
    const [from, own] = this.#bySender.entries().next().value!;
    this.#bySender.delete(from);
    const work = own.shift()!;
    if (own.length > 0) this.#bySender.set(from, own);
    this.#waiting--;
    return work;
  }
}
