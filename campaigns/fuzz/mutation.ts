import type { Random } from '../random.js';

/** Texts that have surprised some parser. */
const STRANGE = [
  '',
  ' ',
  '\0',
  '\n',
  '\r\n',
  '"',
  '\\',
  '\\u0000',
  '\ud800',
  '\u202e',
  '\ufeff',
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  ':',
  ',',
  '...',
  '$',
  '@',
  '#',
  '-1',
  '0',
  '1e999',
  '1.5',
  'NaN',
  '9007199254740993',
  '18446744073709551616',
  '-2147483649',
  'null',
  'true',
  '"__proto__"',
  '"constructor"',
  '/*',
  '<!--',
  '%00',
  '%',
  '../',
  'fragment',
  'on',
  'subscription',
  '"""',
  '🪙',
  'x'.repeat(5_000),
];

/** A text that is near this one, and mostly wrong: a few places are cut, doubled, exchanged or replaced. */
export function mutated(text: string, random: Random): string {
  let result = text;
  for (let change = 0; change <= random.below(3); change++) {
    const from = random.below(result.length + 1);
    const to = Math.min(result.length, from + random.below(random.pick([2, 8, 60])));
    const piece = result.slice(from, to);
    const put = random.pick([
      () => '',
      () => piece + piece,
      () => random.pick(STRANGE),
      () => [...piece].reverse().join(''),
      () => String.fromCodePoint(random.below(0x2_00)),
      () => piece.repeat(1 + random.below(200)),
    ])();
    result = result.slice(0, from) + put + result.slice(to);
  }
  return result;
}

/** A value of JSON, of no type in particular. */
export function strangeValue(random: Random, depth = 0): unknown {
  const leaf = random.pick<() => unknown>([
    () => null,
    () => random.below(2) === 0,
    () => random.below(2 ** 31) - 2 ** 30,
    () => random.below(1_000) / 7,
    () => 2 ** 53 + random.below(1_000),
    () => random.pick(STRANGE),
    () => `${random.below(2 ** 31)}`,
    () => 'ab'.repeat(random.below(70)),
  ]);
  if (depth > 4 || random.below(3) > 0) return leaf();
  const count = random.below(random.pick([3, 3, 40]));
  const items = Array.from({ length: count }, () => strangeValue(random, depth + 1));
  if (random.below(2) === 0) return items;
  return Object.fromEntries(items.map((item) => [random.pick(NAMES), item]));
}

/** Names of fields that inputs have, and others. */
const NAMES = [
  'sender',
  'recipient',
  'amount',
  'fee',
  'nonce',
  'memo',
  'signature',
  'replaces',
  'height',
  'hash',
  'previousHash',
  'transactions',
  'transactionsRoot',
  'timestamp',
  'target',
  'miner',
  'transactionCount',
  '__proto__',
  'constructor',
  'toString',
  '',
  'x',
];
