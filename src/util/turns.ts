/** How long one piece of work keeps everybody else waiting. */
const TURN_MS = 5;

/** Work that yields between its steps, so that others can have a turn there. */
export type Steps<Result> = Generator<void, Result, void>;

/** Runs the work, and lets others have a turn after each TURN_MS of it. What is done in fewer is done when this returns. */
export async function inTurns<Result>(work: Steps<Result>): Promise<Result> {
  let since = performance.now();
  for (let step = work.next(); ; step = work.next()) {
    if (step.done) return step.value;
    if (performance.now() - since < TURN_MS) continue;
    await afterOthers();
    since = performance.now();
  }
}

/** Resolves once everybody else had a turn. */
export function afterOthers(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Calls for each item, and lets others have a turn after so many calls, and all that follows from them. */
export async function someATurn<Item>(
  items: readonly Item[],
  count: number,
  call: (item: Item) => void,
): Promise<void> {
  for (const [index, item] of items.entries()) {
    call(item);
    if (index % count === count - 1) await afterOthers();
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
