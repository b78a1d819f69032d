/** What may outlive the loan: a promise would use the reader after it was taken back. */
export type Settled<Result> = Result extends PromiseLike<unknown> ? never : Result;

/** Lends a reader that is good until the next await. */
export interface Lender<Reader> {
  /** Calls `use` at once. Throws TypeError if it returns a promise or the reader itself. */
  read<Result>(use: (reader: Reader) => Settled<Result>): Result;
}

/** Lends this reader, as `Lender.read` promises. */
export function lend<Reader, Result>(reader: Reader, use: (reader: Reader) => Settled<Result>): Result {
  const result: Result = use(reader);
  const isPromise = typeof result === 'object' && result !== null && 'then' in result;
  if (isPromise || (result as unknown) === reader) {
    throw new TypeError(
      `expected a value read at once, got ${isPromise ? 'a promise' : 'the reader'}: take a snapshot`,
    );
  }
  return result;
}
