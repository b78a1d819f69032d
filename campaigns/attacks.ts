import { requestAttacks } from './attackRequests.js';
import { connectionAttacks } from './attackConnections.js';
import { AttackTarget, type Harm } from './attackTarget.js';
import { runCampaign } from './campaign.js';

/** Something that a stranger does to a node. */
export interface Attack {
  /** Its row in docs/threats.md. */
  readonly row: string;
  readonly name: string;
  /** Processor time that it may take; 50 ms by default, for one request. */
  readonly cpuMs?: number;
  /** Does it; resolves to what came of it. */
  readonly run: (target: AttackTarget) => Promise<string>;
}

/** Of an honest client's /healthz beside an attack. */
const MAX_HEALTH_P99_MS = 100;
const MAX_MEMORY_MIB = 128;
const MAX_CPU_MS = 50;
const MAX_START_MS = 2_000;

await runCampaign('attacks', async ({ short }, report) => {
  const target = await AttackTarget.prepare(short ? 300 : 2_000);
  console.log(`started after ${Math.round(await target.start())} ms`);
  // The first request compiles code, which the others find compiled.
  for (const attack of requestAttacks.slice(0, 3)) await attack.run(target);
  await target.ask('{ block(height: 1) { transactions(first: 3) { nodes { id proof { path } } } reward } }');
  console.log(
    '| Row | Attack | Processor time | `/healthz` p99 | Memory | Answer |\n| --- | --- | ---: | ---: | ---: | --- |',
  );
  for (const attack of [...requestAttacks, ...connectionAttacks]) {
    let answer = '';
    const harm = await target.harm(async () => {
      answer = await attack.run(target).catch((error: unknown) => `failed: ${String(error)}`);
    });
    report.faults++;
    console.log(
      `| ${attack.row} | ${attack.name} | ${harm.cpuMs} ms | ${harm.healthP99Ms} ms | ${harm.memoryMiB} MiB | ${answer} |`,
    );
    for (const fault of faultsOf(attack, harm)) report.fellShort(`${attack.row} ${attack.name}: ${fault}`);
    if (target.node.hasEnded) {
      report.fellShort(`${attack.row} ${attack.name}: the node ended`);
      await target.start();
    }
  }
  await target.stop();
  const startMs = Math.round(await target.start());
  console.log(`started after ${startMs} ms`);
  if (startMs > MAX_START_MS) report.fellShort(`expected a start within ${MAX_START_MS} ms, got ${startMs} ms`);
  await target.stop();
});

function faultsOf({ cpuMs: mostCpu = MAX_CPU_MS }: Attack, { cpuMs, healthP99Ms, memoryMiB }: Harm): string[] {
  return [
    ...(cpuMs > mostCpu ? [`expected at most ${mostCpu} ms of processor time, got ${cpuMs} ms`] : []),
    ...(healthP99Ms > MAX_HEALTH_P99_MS
      ? [`expected /healthz within ${MAX_HEALTH_P99_MS} ms, got ${healthP99Ms} ms`]
      : []),
    ...(memoryMiB > MAX_MEMORY_MIB ? [`expected at most ${MAX_MEMORY_MIB} MiB more, got ${memoryMiB} MiB`] : []),
  ];
}
