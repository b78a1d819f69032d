/** Each value of an asynchronous iterable as `change` makes it. */
export async function* mapAsync<From, To>(
  source: AsyncIterable<From>,
  change: (value: From) => To,
): AsyncGenerator<To, void> {
  for await (const value of source) yield change(value);
}
