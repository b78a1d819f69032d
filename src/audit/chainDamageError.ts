/** The stored chain is not what its blocks say: where, expected and got. */
export class ChainDamageError extends Error {
  override readonly name = 'ChainDamageError';
}
