import { toHex } from '../crypto/bytes.js';
import type { SignatureVerifier } from '../consensus/blockRules.js';
import type { Transaction } from '../consensus/transaction.js';
import { BoundedSet } from '../util/boundedSet.js';

/**
 * Remembers transactions whose signature was verified, so that a block costs nothing for what came through the mempool before.
 * Keyed by leaf, which covers payload and signature. At `capacity` the oldest are forgotten, and verified again if they return.
 */
export class SignatureCache implements SignatureVerifier {
  readonly #verifier: SignatureVerifier;
  readonly #verified: BoundedSet<string>;

  constructor(options: { readonly capacity: number }, modules: { readonly verifier: SignatureVerifier }) {
    this.#verifier = modules.verifier;
    this.#verified = new BoundedSet(options.capacity);
  }

  /** One verdict a transaction, in order. */
  async verify(transactions: readonly Transaction[]): Promise<boolean[]> {
    const leaves = transactions.map(({ leaf }) => toHex(leaf));
    const unknown = leaves.flatMap((leaf, index) => (this.#verified.has(leaf) ? [] : [index]));
    const verdicts = transactions.map(() => true);
    if (unknown.length === 0) return verdicts;
    const answers = await this.#verifier.verify(unknown.map((index) => transactions[index]!));
    for (const [position, index] of unknown.entries()) {
      if (answers[position] === true) this.#verified.add(leaves[index]!);
      else verdicts[index] = false;
    }
    return verdicts;
  }
}
