/** What this program guarantees by itself does not hold: a bug, or memory that changes. No block is written after it, and the node stops. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Throws InvariantError with the sentence if `holds` is false. Never for what a peer or a client can cause. */
export function assertInvariant(holds: boolean, sentence: () => string): asserts holds {
  if (!holds) throw new InvariantError(sentence());
}
