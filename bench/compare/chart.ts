import { medianOf } from '../rounds.js';
import { roundsOf, type Round } from './results.js';
import { operations, OPERATIONS, type Operation } from './subject.js';

/** bench/results.svg: bars of the processor time that each subject takes, a group for each operation, with a scale of its own. */
export function chart(names: readonly string[], rounds: readonly Round[]): string {
  const groupHeight = TITLE + names.length * LINE + GAP;
  const groups = operations().map((operation, index) => group(operation, names, rounds, MARGIN + index * groupHeight));
  const height = MARGIN + groups.length * groupHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${LABEL}">`,
    `<style>${STYLE}</style>`,
    ...groups.flat(),
    '</svg>\n',
  ].join('\n');
}

function group(operation: Operation, names: readonly string[], rounds: readonly Round[], top: number): string[] {
  const figures = roundsOf(rounds, ({ measures }) => measures[operation].cpuMicros);
  const micros = names.map((_, subject) => medianOf(figures, subject));
  const scale = BARS / Math.max(...micros);
  const title = `<text class="title" x="0" y="${top + 14}">${OPERATIONS[operation]}, µs of processor time</text>`;
  const bars = names.flatMap((name, subject) => {
    const y = top + TITLE + subject * LINE;
    const width = Math.max(1, micros[subject]! * scale).toFixed(1);
    const kind = name.startsWith('corrente') ? 'ours' : 'theirs';
    return [
      `<text class="name" x="${NAMES - 8}" y="${y + 12}">${name}</text>`,
      `<rect class="${kind}" x="${NAMES}" y="${y}" width="${width}" height="${LINE - 4}" rx="2"/>`,
      `<text x="${(NAMES + Number(width) + 6).toFixed(1)}" y="${y + 12}">${micros[subject]!.toFixed(1)}</text>`,
    ];
  });
  return [title, ...bars];
}

const LABEL = 'Processor time of a question or transaction, by program';
/** Colours that can be read on white; on dark, where the reader prefers it. */
const STYLE = [
  'text { font: 12px system-ui, sans-serif; fill: #1f2328 }',
  '.title { font-weight: 600 } .name { text-anchor: end }',
  '.ours { fill: #0969da } .theirs { fill: #8c959f }',
  '@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .ours { fill: #4493f8 } .theirs { fill: #6e7681 } }',
].join(' ');
const WIDTH = 760;
const NAMES = 160;
/** Room of the longest bar; its figure stands behind it. */
const BARS = WIDTH - NAMES - 70;
const MARGIN = 8;
const TITLE = 22;
const LINE = 19;
const GAP = 12;
