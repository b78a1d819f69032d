/** How long one piece of work keeps everybody else waiting. */
const TURN_MS = 10;

/** Work that yields between its steps, so that others can have a turn there. */
export type Steps<Result> = Generator<void, Result, void>;

/** Runs the work, and lets others have a turn after each TURN_MS of it. What is done in fewer is done when this returns. */
export async function inTurns<Result>(work: Steps<Result>): Promise<Result> {
  let since = performance.now();
  for (let step = work.next(); ; step = work.next()) {
    if (step.done) return step.value;
    if (performance.now() - since < TURN_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    since = performance.now();
  }
}

/** The items as `map` makes them, one a step. */
export function* each<Item, Result>(items: Iterable<Item>, map: (item: Item) => Result): Steps<Result[]> {
  const results: Result[] = [];
  for (const item of items) {
    results.push(map(item));
    yield;
  }
  return results;
}

/** Runs the work in one go. */
export function atOnce<Result>(work: Steps<Result>): Result {
  for (let step = work.next(); ; step = work.next()) if (step.done) return step.value;
}
