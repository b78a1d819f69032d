import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { medianOf, ratioOf, type Rounds } from '../rounds.js';
import { corrente, correnteWorks } from './corrente.js';
import { reference } from './reference.js';
import {
  measure,
  operations,
  OPERATIONS,
  PATIENCE_SECONDS,
  warmUp,
  type Operation,
  type RunningSubject,
  type Subject,
} from './subject.js';

/**
 * `npm run bench -- ratios [--quick] [--store]`: processor time of this node by that of a bare server of Node for the same requests, in
 * turns. Resolves to false if a ratio is more than MOST_WORSE times the one of bench/ratios.json, and so again when it is measured a second
 * time: other programs can have had a hand in it. `store` writes that file instead.
 */
export async function benchRatios(options: { readonly quick: boolean; readonly store: boolean }): Promise<boolean> {
  const measurements = options.quick ? 3 : 9;
  const stored = JSON.parse(await readFile(FILE, 'utf8')) as Ratios;
  let worse = operations();
  for (let attempt = 0; attempt < ATTEMPTS && worse.length > 0; attempt++) {
    const figures = await measureRatios(worse, measurements);
    print(figures, stored);
    if (options.store) {
      await store(figures);
      return true;
    }
    // Written so that a ratio that is no number is worse too.
    const isWorse = ({ operation, rounds }: Figures) => !(ratioOf(rounds, 1) <= MOST_WORSE * stored[operation]);
    worse = figures.filter(isWorse).map(({ operation }) => operation);
    const titles = worse.map((operation) => OPERATIONS[operation]).join(', ');
    console.log(`\nmore than ${MOST_WORSE} times the stored ratio: ${titles || 'no operation'}\n`);
  }
  return worse.length === 0;
}

async function measureRatios(asked: readonly Operation[], measurements: number): Promise<Figures[]> {
  const folder = await mkdtemp(join(tmpdir(), 'corrente-bench-'));
  const running: RunningSubject[] = [];
  try {
    const ours = await correnteWorks(folder, { ...AMOUNTS, measurements });
    const subjects = [reference(ours.works), corrente('corrente', folder, ours)];
    for (const subject of subjects) running.push(await subject.start());
    // The first operation measured pays for what all have in common: the compilers come back to it for some thousand requests.
    for (const [index, { works }] of subjects.entries()) await warmUp(running[index]!, works.trivial, TERMS);
    const figures: Figures[] = [];
    for (const operation of asked) {
      figures.push({ operation, rounds: await inTurns(operation, subjects, running, measurements) });
    }
    return figures;
  } finally {
    for (const subject of running) await subject.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function store(figures: readonly Figures[]): Promise<void> {
  const ratios = figures.map(({ operation, rounds }) => [operation, Number(ratioOf(rounds, 1).toFixed(2))]);
  await writeFile(FILE, `${JSON.stringify(Object.fromEntries(ratios), undefined, 2)}\n`);
}

type Ratios = Readonly<Record<Operation, number>>;

interface Figures {
  readonly operation: Operation;
  /** Microseconds of the bare server and of this node, in each round. */
  readonly rounds: Rounds;
}

async function inTurns(
  operation: Operation,
  subjects: readonly Subject[],
  running: readonly RunningSubject[],
  measurements: number,
): Promise<Rounds> {
  const works = subjects.map(({ works }) => works[operation]);
  for (const [index, work] of works.entries()) await warmUp(running[index]!, work, TERMS);
  const rounds: number[][] = [];
  for (let round = 0; round < measurements; round++) {
    const figures: number[] = [];
    for (const [index, { measured }] of works.entries()) {
      const { cpuMicros } = await measure(running[index]!, measured[round % measured.length]!, TERMS);
      figures.push(cpuMicros);
    }
    rounds.push(figures);
  }
  return rounds;
}

function print(figures: readonly Figures[], stored: Ratios): void {
  row('processor time, µs', ['node:http', 'corrente', 'ratio', 'stored']);
  for (const { operation, rounds } of figures) {
    const cells = [medianOf(rounds, 0), medianOf(rounds, 1)].map((micros) => micros.toFixed(1));
    const ratios = [ratioOf(rounds, 1), stored[operation]].map((ratio) => ratio.toFixed(2));
    row(OPERATIONS[operation], [...cells, ...ratios]);
  }
}

function row(label: string, cells: readonly string[]): void {
  console.log(label.padEnd(32) + cells.map((cell) => cell.padStart(12)).join(''));
}

/** undici loads wherever this runs, so that ratios of different machines compare. */
const TERMS = { mostSeconds: PATIENCE_SECONDS, generator: 'undici' } as const;
/** By number, not by time: on a busy machine too, the just-in-time compiler has to know the work. */
const AMOUNTS = { questions: { warmUp: 3_000, measured: 1_000 }, transactions: { warmUp: 4, measured: 2 } };
const MOST_WORSE = 2;
const ATTEMPTS = 2;
// In bench/ of the checkout, which is three folders above this compiled file.
const FILE = fileURLToPath(new URL('../../../bench/ratios.json', import.meta.url));
