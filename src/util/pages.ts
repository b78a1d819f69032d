/** A page of an ordered list: items strictly between `after` and `before`, at most `limit`, taken from the end asked for. */
export interface PageRequest<Position> {
  readonly after?: Position | undefined;
  readonly before?: Position | undefined;
  readonly limit: number;
  /** True: the last `limit` of the range instead of the first. The page itself is always in list order. */
  readonly fromEnd: boolean;
}

/** Range of indexes [start, end) that a page of a numbered list of `length` items covers. */
export function indexRange(request: PageRequest<number>, length: number): { start: number; end: number } {
  const { after = -1, before = length, limit, fromEnd } = request;
  const start = Math.min(after + 1, length);
  const end = Math.max(Math.min(before, length), start);
  return fromEnd ? { start: Math.max(start, end - limit), end } : { start, end: Math.min(end, start + limit) };
}
