/** How long ago, in the largest unit that fits: "12 s ago", "in 3 s", "now". Both are milliseconds since 1970. */
export function formatAge(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1000);
  const [size, unit] = UNITS.find(([length]) => Math.abs(seconds) >= length) ?? [1, 's'];
  const count = Math.floor(Math.abs(seconds) / size);
  if (count === 0) return 'now';
  return seconds < 0 ? `in ${count} ${unit}` : `${count} ${unit} ago`;
}

/** Local date and time to the second, with the offset from UTC. */
export function formatTime(at: number): string {
  return FORMAT.format(at);
}

/** Local date and time to the second, for a column of them. */
export function formatMoment(at: number): string {
  return MOMENT.format(at);
}

const UNITS: readonly (readonly [number, string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
];
const FORMAT = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'long',
});
const MOMENT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
