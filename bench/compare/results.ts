import { availableParallelism } from 'node:os';
import { format } from 'prettier';
import type { Generator } from '../load/load.js';
import { medianOf, ratioOf, type Rounds } from '../rounds.js';
import { CONNECTIONS, CONNECTIONS_OF_MANY } from './works.js';
import { operations, OPERATIONS, type Measure, type Operation } from './subject.js';

/** What was measured of one subject in one round. */
export interface Figures {
  readonly startMs: number;
  /** Memory of its own after the start, and after the load. */
  readonly restBytes: number;
  readonly loadedBytes: number;
  readonly measures: Readonly<Record<Operation, Measure>>;
}

/** One round: all subjects, this node first, and how many signatures the machine verifies a second. */
export interface Round {
  readonly figures: readonly Figures[];
  readonly signatures: { readonly oneCore: number; readonly allCores: number };
}

/** The figure of every subject in every round. */
export function roundsOf(rounds: readonly Round[], figure: (figures: Figures) => number): Rounds {
  return rounds.map(({ figures }) => figures.map(figure));
}

/** bench/results.md: every figure, as medians over the rounds. */
export async function page(names: readonly string[], rounds: readonly Round[], generator: Generator): Promise<string> {
  const table = (unit: string, rows: readonly string[][]) => markdown([unit, ...names], rows);
  const each = (cells: (operation: Operation) => string[]) =>
    operations().map((operation) => [OPERATIONS[operation], ...cells(operation)]);
  const median = (of: (figures: Figures) => number, digits = 0) =>
    names.map((_, subject) => decimal(medianOf(roundsOf(rounds, of), subject), digits));
  const beside = (of: (figures: Figures) => number, digits = 0) =>
    median(of, digits).map((text, subject) => withRatio(text, subject, roundsOf(rounds, of)));
  const limit = (kind: keyof Round['signatures']) =>
    decimal(
      medianOf(
        rounds.map(({ signatures }) => [signatures[kind]]),
        0,
      ),
      0,
    );
  const text = [
    '# This node beside others',
    `\`npm run bench -- compare\` writes this page. The programs take turns, each with a fresh chain; figures are medians of the rounds, of which there were ${rounds.length}. × is the ratio to the first column in the same round. Load: ${generator}, ${CONNECTIONS} requests under way, ${CONNECTIONS_OF_MANY} of those with 100 items. Machine: ${availableParallelism()} cores, which the load shares, Node ${process.version}.`,
    '![Processor time of each program](results.svg)',
    '## Processor time of the server',
    'Of its process and all that it started, a question or transaction.',
    table(
      'µs',
      each((operation) => beside(({ measures }) => measures[operation].cpuMicros, 1)),
    ),
    '## Rate',
    table(
      'a second',
      each((operation) => beside(({ measures }) => measures[operation].perSecond)),
    ),
    '## Latency of a request under this load',
    table(
      'p50 / p99, ms',
      each((operation) => {
        const p50 = median(({ measures }) => measures[operation].p50, 1);
        const p99 = median(({ measures }) => measures[operation].p99, 1);
        return p50.map((text, subject) => `${text} / ${p99[subject]}`);
      }),
    ),
    refused(names, rounds),
    '## Start and memory',
    table('', [
      ['start to first answer, ms', ...beside(({ startMs }) => startMs)],
      ['own memory at rest, MiB', ...beside(({ restBytes }) => restBytes / 2 ** 20)],
      ['own memory after the load, MiB', ...beside(({ loadedBytes }) => loadedBytes / 2 ** 20)],
    ]),
    '## Limit of signatures',
    `The verifier of this node checks ${limit('oneCore')} signatures a second on one core, and ${limit('allCores')} on all.`,
    '## What is compared',
    COMPARED.join('\n'),
  ].join('\n\n');
  return format(text, { parser: 'markdown' });
}

/** The most of any round that does not count in the rates, by program and operation. */
function refused(names: readonly string[], rounds: readonly Round[]): string {
  const shares = names.flatMap((name, subject) =>
    operations().map((operation) => {
      const share = Math.max(...rounds.map(({ figures }) => figures[subject]!.measures[operation].refusedShare));
      return { share, text: `${name}, ${OPERATIONS[operation]}: ${decimal(100 * share, 1)} %` };
    }),
  );
  const some = shares.filter(({ share }) => share > 0).map(({ text }) => text);
  return some.length === 0 ? 'No request was refused.' : `Refused, and not counted: ${some.join('; ')}.`;
}

function withRatio(text: string, subject: number, rounds: Rounds): string {
  return subject === 0 ? text : `${text} ×${decimal(ratioOf(rounds, subject), 2)}`;
}

function decimal(value: number, digits: number): string {
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function markdown(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

const COMPARED = [
  '- corrente answers after a transaction is on disk. The others keep everything in memory.',
  '- anvil, ganache and hardhat are development nodes of Ethereum, with mining off: they admit transactions, which wait.',
  '- The questions are `{ __typename }` and `eth_chainId`, `balance` and `eth_getBalance`, `balances` of 100 addresses and 100 calls of `eth_getBalance` in a batch; the transactions are `addTransaction` and `eth_sendRawTransaction`, `addTransactions` of 100 and 100 calls in a batch.',
  '- node:http is a bare server of Node that gets the requests of corrente, parses their JSON and does nothing else.',
];
