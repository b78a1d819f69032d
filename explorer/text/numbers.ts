/** Whole numbers in groups of three. */
export function formatCount(value: number | bigint): string {
  return value.toLocaleString('en');
}

/** A large number in three digits or so, such as 1.31 M. */
export function formatCompact(value: number | bigint): string {
  return COMPACT.format(value);
}

/** A size, such as 1.4 KiB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length);
  return `${PLACES.format(bytes / 1024 ** power)} ${UNITS[power - 1]!}`;
}

/** A span of time, such as 2.1 s or 3 min 5 s. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 59.95) return `${PLACES.format(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3_600)} h`;
}

/** A rate, such as 12.4: one place below a hundred, two below one. */
export function formatRate(perSecond: number): string {
  if (perSecond === 0) return '0';
  if (perSecond < 1) return perSecond.toFixed(2);
  return perSecond < 100 ? perSecond.toFixed(1) : formatCount(Math.round(perSecond));
}

const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
const PLACES = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'];
