import { Command, Option } from '@commander-js/extra-typings';

/** Options of a campaign. */
export interface CampaignOptions {
  /** Every random choice follows from it. */
  readonly seed: number;
  /** The form for CI: at most 40 s, the attacks a minute. */
  readonly short: boolean;
}

/** The machine lacks something that the campaign needs: the program says so and exits with 2. */
export class CannotRunError extends Error {
  override readonly name = 'CannotRunError';
}

/** Results of a campaign, counted as it goes. */
export class CampaignReport {
  faults = 0;
  readonly shortfalls: string[] = [];
  /** Counts of the load on the nodes, for the last line. */
  readonly counts = new Map<string, number>();

  add(counts: Readonly<Record<string, number>>): void {
    for (const [what, count] of Object.entries(counts)) this.counts.set(what, (this.counts.get(what) ?? 0) + count);
  }

  /** A condition that must hold did not; printed at once. */
  fellShort(what: string): void {
    this.shortfalls.push(what);
    console.log(`SHORT: ${what}`);
  }
}

/**
 * Runs a campaign as a program. Its last line says how many faults fired and what fell short. It exits with 0 only if faults fired and
 * nothing fell short: a campaign without a fault shows nothing.
 */
export async function runCampaign(
  name: string,
  run: (options: CampaignOptions, report: CampaignReport) => Promise<void>,
): Promise<void> {
  const command = new Command(`campaign:${name}`)
    .addOption(new Option('--seed <number>', 'repeats an earlier run').argParser(Number).default(Date.now() % 2 ** 31))
    .addOption(new Option('--short', 'the form for CI, at most a minute').default(false))
    .parse();
  const { seed, short } = command.opts();
  if (!Number.isSafeInteger(seed) || seed < 0) command.error(`--seed: expected a whole number, got ${seed}`);
  console.log(`campaign ${name}: seed ${seed}${short ? ', short' : ''}`);
  const report = new CampaignReport();
  const started = performance.now();
  try {
    await run({ seed, short }, report);
  } catch (error) {
    if (error instanceof CannotRunError) {
      console.log(`campaign ${name}: cannot run here: ${error.message}`);
      process.exit(2);
    }
    report.fellShort(
      `the campaign itself failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }
  const seconds = Math.round((performance.now() - started) / 1000);
  const { faults, shortfalls } = report;
  const shown =
    shortfalls.length === 0
      ? 'nothing fell short'
      : `${shortfalls.length} fell short: ${shortfalls[0]!.split('\n', 1)[0]}`;
  const counted = [...report.counts].map(([what, count]) => `${count} ${what}, `).join('');
  console.log(`campaign ${name}: seed ${seed}, ${faults} faults fired, ${counted}${shown}, ${seconds} s`);
  process.exit(faults > 0 && shortfalls.length === 0 ? 0 : 1);
}
