import fc from 'fast-check';
import { runCampaign } from './campaign.js';
import { forkChoiceProperty, newCounts } from '../test/support/forkDelivery.js';

/** Fork choice over 10,000 random trees (1,500 in the short form), each delivered in three orders. A fault is a reorganization. */
await runCampaign('forks', async ({ seed, short }, report) => {
  const counts = newCounts();
  const rounds = short ? 3 : 20;
  for (let round = 1; round <= rounds; round++) {
    // Each round has a seed of its own, which fast-check prints with the tree that failed.
    const result = await fc.check(forkChoiceProperty(counts), { numRuns: 500, seed: seed + round });
    if (result.failed) report.fellShort((await fc.asyncDefaultReportMessage(result)) ?? 'a tree failed');
    report.faults = counts.reorganizations;
    const { trees, deepest, orphans, reorganizations, mostDisconnected, invalid } = counts;
    console.log(
      `${trees} trees, the deepest ${deepest}: ${reorganizations} reorganizations of up to ${mostDisconnected} blocks, ` +
        `${orphans} blocks before their parent, ${invalid} refused`,
    );
  }
});
