/** Place of a payment: there is one at most on the chain, whichever version of it. */
export interface Slot {
  readonly sender: number;
  readonly nonce: number;
}

/** One version of a payment: each replaces the one before. */
export interface Version extends Slot {
  readonly version: number;
}

/** What a node may hold in one slot. */
interface Claim {
  /** Versions that were acknowledged. The last one stands; an earlier one is here only while a block may hold that instead. */
  acknowledged: number[];
  /** Versions that were offered and never answered for. */
  readonly inDoubt: Set<number>;
}

/** What one node was offered, acknowledged and refused: so, what it has to hold after whatever befell it, and what it may. */
export class PaymentRecord {
  /** By sender and nonce. */
  readonly #claims = new Map<number, Claim[]>();
  /** Slots whose last version replaced one since they were last taken. */
  #contested = new Map<Claim, Version>();
  readonly #outrun = new Map<Claim, Version>();

  /** Before it is sent: until it is answered for it may be there or not. */
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

  /** The version to be offered next. */
  next(slot: Slot): number {
    return Math.max(-1, ...this.#claim(slot).acknowledged) + 1;
  }

  /** The versions one of which may be there. */
  possible(slot: Slot): number[] {
    const { acknowledged, inDoubt } = this.#claim(slot);
    return [...acknowledged, ...inDoubt];
  }

  isAcknowledged(slot: Slot): boolean {
    return this.#claim(slot).acknowledged.length > 0;
  }

  /** One above the highest nonce of the sender that was ever offered. */
  end(sender: number): number {
    return this.#claims.get(sender)?.length ?? 0;
  }

  /** What a node that started again holds there; undefined for nothing. */
  settle(slot: Slot, version: number | undefined): void {
    const claim = this.#claim(slot);
    claim.acknowledged = version === undefined ? [] : [version];
    claim.inDoubt.clear();
    this.#contested.delete(claim);
    this.#outrun.delete(claim);
  }

  /** The last versions that replaced one, each given once: a block that was being made may hold the replaced one. */
  takeContested(): Version[] {
    const contested = [...this.#contested.values()];
    this.#contested = new Map();
    return contested;
  }

  /** No block will hold what this one replaced. */
  supersede({ version, ...slot }: Version): void {
    const claim = this.#claim(slot);
    claim.acknowledged = claim.acknowledged.slice(claim.acknowledged.indexOf(version));
    this.#outrun.delete(claim);
  }

  /** A block holds this one and not what replaced it, which a restart between block and journal may bring back. */
  outrun(payment: Version): void {
    const claim = this.#claim(payment);
    claim.acknowledged = [...claim.acknowledged.filter((other) => other !== payment.version), payment.version];
    this.#outrun.set(claim, payment);
  }

  /** Every acknowledged version of the payments that were outrun: a restart may begin with another one than stood before. */
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
