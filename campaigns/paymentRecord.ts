/** Place of a payment: the chain holds at most one version of it. */
export interface Slot {
  readonly sender: number;
  readonly nonce: number;
}

/** One version of a payment: each replaces the one before. */
export interface Version extends Slot {
  readonly version: number;
}

/** Possible content of one slot at a node. */
interface Claim {
  /** Acknowledged versions. The last one stands; an earlier one is here only while a block may hold it instead. */
  acknowledged: number[];
  /** Versions that were offered and got no answer. */
  readonly inDoubt: Set<number>;
}

/** Everything that one node was offered, acknowledged and refused: from it follows what the node must and may hold after any fault. */
export class PaymentRecord {
  /** By sender and nonce. */
  readonly #claims = new Map<number, Claim[]>();
  /** Slots whose last version replaced an earlier one since the last takeContested. */
  #contested = new Map<Claim, Version>();
  readonly #outrun = new Map<Claim, Version>();

  /** Call it before a version is sent: until it has an answer, it may be there or not. */
  offer({ version, ...slot }: Version): void {
    this.#claim(slot).inDoubt.add(version);
  }

  acknowledge(payment: Version): void {
    const claim = this.#claim(payment);
    claim.inDoubt.delete(payment.version);
    if (claim.acknowledged.includes(payment.version)) return;
    claim.acknowledged.push(payment.version);
    if (claim.acknowledged.length > 1) this.#contested.set(claim, payment);
  }

  /** It must not be there. */
  refuse({ version, ...slot }: Version): void {
    this.#claim(slot).inDoubt.delete(version);
  }

  /** The version that stands; undefined if none was acknowledged. */
  current(slot: Slot): number | undefined {
    return this.#claim(slot).acknowledged.at(-1);
  }

  /** The next version to offer. */
  next(slot: Slot): number {
    return Math.max(-1, ...this.#claim(slot).acknowledged) + 1;
  }

  /** The versions of which one may be there. */
  possible(slot: Slot): number[] {
    const { acknowledged, inDoubt } = this.#claim(slot);
    return [...acknowledged, ...inDoubt];
  }

  isAcknowledged(slot: Slot): boolean {
    return this.#claim(slot).acknowledged.length > 0;
  }

  /** One above the highest nonce that the sender ever offered. */
  end(sender: number): number {
    return this.#claims.get(sender)?.length ?? 0;
  }

  /** Sets the version that a restarted node holds there; undefined if it holds no version. */
  settle(slot: Slot, version: number | undefined): void {
    const claim = this.#claim(slot);
    claim.acknowledged = version === undefined ? [] : [version];
    claim.inDoubt.clear();
    this.#contested.delete(claim);
    this.#outrun.delete(claim);
  }

  /** The last versions that replaced one, each returned once: a block under way may hold the replaced version. */
  takeContested(): Version[] {
    const contested = [...this.#contested.values()];
    this.#contested = new Map();
    return contested;
  }

  /** No block will hold the version that this one replaced. */
  supersede({ version, ...slot }: Version): void {
    const claim = this.#claim(slot);
    claim.acknowledged = claim.acknowledged.slice(claim.acknowledged.indexOf(version));
    this.#outrun.delete(claim);
  }

  /** A block holds this version and not its replacement, which a restart between block and journal may bring back. */
  outrun(payment: Version): void {
    const claim = this.#claim(payment);
    claim.acknowledged = [...claim.acknowledged.filter((other) => other !== payment.version), payment.version];
    this.#outrun.set(claim, payment);
  }

  /** Every acknowledged version of the outrun payments: after a restart another version may stand than before. */
  get interchangeable(): Version[] {
    return [...this.#outrun].flatMap(([{ acknowledged }, slot]) =>
      acknowledged.map((version) => ({ ...slot, version })),
    );
  }

  #claim({ sender, nonce }: Slot): Claim {
    let claims = this.#claims.get(sender);
    if (!claims) this.#claims.set(sender, (claims = []));
    while (claims.length <= nonce) claims.push({ acknowledged: [], inDoubt: new Set() });
    return claims[nonce]!;
  }
}
