import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installedGenerator } from '../load/load.js';
import { processUse } from '../processUse.js';
import { signatureLimit } from '../signatures.js';
import { chart } from './chart.js';
import { corrente, correnteWorks } from './corrente.js';
import { ethereumDialect, ethereumNodes } from './ethereum.js';
import { reference } from './reference.js';
import { page, type Figures, type Round } from './results.js';
import { measure, operations, warmUp, type Measure, type Operation, type Subject, type Terms } from './subject.js';
import { writeWorks, type Amounts } from './works.js';

/**
 * `npm run bench -- compare [--quick]`: this node beside others, and a bare server of Node, under the same load generator, in turns. Writes
 * bench/results.md and bench/results.svg; with `quick` it measures one short round and only prints.
 */
export async function benchCompare(quick: boolean): Promise<void> {
  await install();
  const folder = await mkdtemp(join(tmpdir(), 'corrente-bench-'));
  try {
    const subjects = await subjectsIn(folder, quick ? QUICK : FULL);
    const terms: Terms = { mostSeconds: MOST_SECONDS, generator: installedGenerator() };
    const rounds: Round[] = [];
    for (let round = 1; round <= (quick ? 1 : ROUNDS); round++) {
      rounds.push(await measureRound(subjects, terms));
      console.log(`round ${round} is measured`);
    }
    const names = subjects.map(({ name }) => name);
    const text = await page(names, rounds, terms.generator);
    console.log(`\n${text}`);
    if (quick) return;
    await writeFile(`${BENCH}results.md`, text);
    await writeFile(`${BENCH}results.svg`, chart(names, rounds));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** This node first: ratios are to it. */
async function subjectsIn(folder: string, amounts: Amounts): Promise<Subject[]> {
  const ours = await correnteWorks(folder, amounts);
  const { dialect, addresses } = await ethereumDialect();
  // Signing takes longest, and is kept for as long as it would come out the same.
  const kept = createHash('sha256').update(JSON.stringify([amounts, addresses, await dialect.sign(0, 0)]));
  const theirs = await writeWorks(`${DIST}bench-bodies/${kept.digest('hex').slice(0, 16)}`, dialect, amounts);
  const withWorkers = corrente(`corrente, ${WORKERS} API workers`, folder, ours, WORKERS);
  return [corrente('corrente', folder, ours), withWorkers, ...ethereumNodes(theirs, addresses), reference(ours.works)];
}

async function measureRound(subjects: readonly Subject[], terms: Terms): Promise<Round> {
  const figures: Figures[] = [];
  for (const subject of subjects) figures.push(await measureSubject(subject, terms));
  const [oneCore, allCores] = [await signatureLimit(1_000), await signatureLimit(1_000, availableParallelism())];
  return { figures, signatures: { oneCore, allCores } };
}

async function measureSubject(subject: Subject, terms: Terms): Promise<Figures> {
  const running = await subject.start();
  try {
    const atRest = await processUse(running.pid);
    const measures: Partial<Record<Operation, Measure>> = {};
    for (const operation of operations()) {
      const work = subject.works[operation];
      await warmUp(running, work, terms);
      measures[operation] = await measure(running, work.measured[0]!, terms);
    }
    const afterLoad = await processUse(running.pid);
    return {
      startMs: running.startMs,
      restBytes: atRest.ownBytes,
      loadedBytes: afterLoad.ownBytes,
      measures: measures as Record<Operation, Measure>,
    };
  } finally {
    await running.stop();
  }
}

/** Installs the other nodes, if those of the lock file are not there yet. Their scripts do not run: all that they need is in the packages. */
async function install(): Promise<void> {
  const modified = (path: string) =>
    stat(`${BENCH}${path}`).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
  if ((await modified('node_modules/.package-lock.json')) >= (await modified('package-lock.json'))) return;
  console.log('installs the nodes to compare with, once');
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', ['--prefix', BENCH, 'ci', ...options], { stdio: 'inherit' });
}

/** 16,000 pending transactions one by one, and as many in hundreds. */
const FULL: Amounts = {
  questions: { warmUp: 3_000, measured: 20_000 },
  transactions: { warmUp: 4, measured: 28 },
  measurements: 1,
};
const QUICK: Amounts = {
  questions: { warmUp: 1_000, measured: 4_000 },
  transactions: { warmUp: 4, measured: 8 },
  measurements: 1,
};
/** One for each core, since the ledger process has little to do while questions are asked. */
const WORKERS = Math.max(availableParallelism(), 2);
const ROUNDS = 3;
const MOST_SECONDS = 8;
// This file is compiled to three folders below the checkout.
const BENCH = fileURLToPath(new URL('../../../bench/', import.meta.url));
const DIST = fileURLToPath(new URL('../../', import.meta.url));
