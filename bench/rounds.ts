/** Figures of one kind, of every subject in every round. Subjects take turns, so that other load on the machine meets all of them. */
export type Rounds = readonly (readonly number[])[];

/** Measures every subject `count` times, in turns, after a few uncounted times that warm up the just-in-time compiler. */
export async function inRounds<Subject>(
  count: number,
  subjects: readonly Subject[],
  measure: (subject: Subject) => number | Promise<number>,
): Promise<Rounds> {
  const rounds: number[][] = [];
  const warmUp = Math.ceil(count / 4);
  for (let round = 0; round < warmUp + count; round++) {
    const figures: number[] = [];
    for (const subject of subjects) figures.push(await measure(subject));
    rounds.push(figures);
  }
  return rounds.slice(warmUp);
}

/** Median over the rounds of the subject's figure. */
export function medianOf(rounds: Rounds, subject: number): number {
  return quantile(
    rounds.map((figures) => figures[subject]!),
    0.5,
  );
}

/** The subject's figure over that of subject 0 in the same round: the ratio in the median round. */
export function ratioOf(rounds: Rounds, subject: number): number {
  return quantile(
    rounds.map((figures) => figures[subject]! / figures[0]!),
    0.5,
  );
}

/**
 * The largest ratio of a subject's figure to that of subject 0. Each figure is the lower quartile of its rounds, so that a busy moment of
 * the machine does not look like growth.
 */
export function mostGrowth(rounds: Rounds): number {
  const quiet = rounds[0]!.map((_, subject) =>
    quantile(
      rounds.map((figures) => figures[subject]!),
      0.25,
    ),
  );
  return Math.max(...quiet) / quiet[0]!;
}

/** The value that a share `part` of the values is at or below. */
export function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * part)]!;
}
