/** A length of time for people, in the largest unit that it has two of: `90 s`, `30 min`, `36 h`, `3 days`. */
export function inWords(milliseconds: number): string {
  const [, unitMs, unit] = UNITS.find(([from]) => milliseconds >= from) ?? UNITS.at(-1)!;
  return `${Math.round(milliseconds / unitMs)} ${unit}`;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNITS = [
  [2 * DAY, DAY, 'days'],
  [2 * HOUR, HOUR, 'h'],
  [2 * MINUTE, MINUTE, 'min'],
  [0, SECOND, 's'],
] as const;
