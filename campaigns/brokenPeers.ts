import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { watchPeak } from './attacks/processUse.js';
import { campaignFolder } from './atExit.js';
import { BrokenPeerNodes, type Fault } from './brokenPeerNodes.js';
import { runCampaign, type CampaignReport } from './campaign.js';
import type { NodeRun } from './nodeRun.js';
import { offer, type Served } from './overload/offer.js';
import { Payers } from './overload/payers.js';
import { PartitionNetwork } from './partitionNetwork.js';
import { addressOf, MINERS } from './paymentPlan.js';
import { inPrivateNamespace } from './privateNamespace.js';

/** What the broken peers may do to payments, against the 99th percentile with all of them well. */
const LIMITS = { times: 1.1, moreMs: 5 };
/** In the short form other work on the machine decides as much. */
const SHORT_LIMITS = { times: 2, moreMs: 100 };
const MAX_MORE_MIB = 64;
const MAX_SYNC_MS = 10_000;
/** After this it is useless to wait. */
const LOST_MS = 60_000;

/** What one stretch of payments saw. */
interface Stretch extends Served {
  /** Memory that the node took more, at most. */
  readonly peakMiB: number;
}

/**
 * Payments to a node of which half the peers are black-holed, or get and send one byte a second, against payments while all are well; then how
 * long the peers take to be in sync with the node again. 8 of 16 peers, 2 of 4 in the short form. A fault is a peer that the node found broken.
 */
class BrokenPeersCampaign {
  readonly #short: boolean;
  readonly #report: CampaignReport;
  readonly #payers: Payers;
  readonly #nodes: BrokenPeerNodes;
  readonly #seconds: number;

  constructor(short: boolean, report: CampaignReport) {
    this.#short = short;
    this.#report = report;
    const peers = short ? 4 : 16;
    this.#seconds = short ? 5 : 45;
    const folder = campaignFolder();
    const networkFile = join(folder, 'network.json');
    this.#payers = new Payers(networkFile);
    const miner = addressOf(this.#payers.network, MINERS[0]);
    this.#nodes = new BrokenPeerNodes(
      { peers, fragile: peers / 2, folder, networkFile, miner },
      new PartitionNetwork(peers + 1),
    );
  }

  async run(): Promise<void> {
    await this.#nodes.connected(LOST_MS);
    // What has just started is still at work, and slow: no limit holds yet.
    await this.#pay(2 * this.#seconds);
    console.log('| Peers | Payments p99 | Well before | Memory | Well before | In sync after |');
    console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
    const rounds = this.#short ? 1 : 3;
    for (let round = 0; round < rounds; round++) {
      await this.#round('black-holed');
      await this.#round('at 1 byte/s');
    }
    const badly = await this.#nodes.stop();
    if (badly > 0) this.#report.fellShort(`${badly} nodes did not stop in order`);
  }

  async #round(fault: Fault): Promise<void> {
    const { fragile, peers } = this.#nodes;
    const well = await this.#accepted();
    this.#nodes.break(fault);
    const broken = await this.#accepted();
    const noticed = await this.#nodes.unreachable();
    this.#report.faults += noticed;
    const others = peers.slice(fragile.length);
    await this.#inSync(others, `${fault}: the well peers`);
    this.#nodes.heal(fault);
    const syncMs = await this.#inSync(peers, `${fault}: all peers, after they returned,`);
    console.log(
      `| ${fragile.length} of ${peers.length} ${fault} | ${broken.doneP99Ms.toFixed(1)} ms | ${well.doneP99Ms.toFixed(1)} ms | ` +
        `+${broken.peakMiB.toFixed(0)} MiB | +${well.peakMiB.toFixed(0)} MiB | ${(syncMs / 1_000).toFixed(1)} s |`,
    );
    const expect = (holds: boolean, what: string): void => {
      if (!holds) this.#report.fellShort(`${fault}: ${what}`);
    };
    const { times, moreMs } = this.#short ? SHORT_LIMITS : LIMITS;
    const maxMs = well.doneP99Ms * times + moreMs;
    expect(noticed === fragile.length, `expected ${fragile.length} peers found unreachable, got ${noticed}`);
    expect(
      broken.doneP99Ms <= maxMs,
      `expected payments within ${maxMs.toFixed(1)} ms at the 99th percentile, got ${broken.doneP99Ms.toFixed(1)} ms`,
    );
    const moreMiB = broken.peakMiB - well.peakMiB;
    expect(moreMiB <= MAX_MORE_MIB, `expected ${MAX_MORE_MIB} MiB more at most, got ${moreMiB.toFixed(0)} MiB`);
  }

  /** Payments of a stretch, all of them accepted. */
  async #accepted(): Promise<Stretch> {
    const stretch = await this.#pay(this.#seconds);
    const { offered, done, firstFailure = 'a refusal' } = stretch;
    if (done < offered)
      this.#report.fellShort(`expected all of ${offered} payments accepted, got ${done}: ${firstFailure}`);
    return stretch;
  }

  /** Payments at a steady rate, and a block now and then. */
  async #pay(seconds: number): Promise<Stretch> {
    const { node } = this.#nodes;
    const peak = watchPeak(node.processId);
    const over = new AbortController();
    const mining = this.#mine(over.signal);
    const { origin } = new URL(node.url);
    const served = await offer(origin, { seconds, perSecond: PAYMENTS_PER_SECOND, crowd: MAX_CONNECTIONS }, () =>
      this.#payers.payment(),
    );
    over.abort();
    await mining;
    return { ...served, peakMiB: peak() };
  }

  async #mine(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await this.#nodes.node.ask('mutation { mineBlocks { __typename } }');
      await delay(BLOCK_MS, undefined, { signal: over }).catch(() => undefined);
    }
  }

  /** Waits until these peers are in sync, and resolves to how long that took; falls short after MAX_SYNC_MS, and ends after LOST_MS. */
  async #inSync(peers: readonly NodeRun[], who: string): Promise<number> {
    const started = performance.now();
    const elapsed = (): number => performance.now() - started;
    while (!(await this.#nodes.areInSync(peers))) {
      if (elapsed() > LOST_MS) throw new Error(`${who} were not in sync after ${LOST_MS / 1_000} s`);
      await delay(100);
    }
    const took = elapsed();
    if (took > MAX_SYNC_MS) this.#report.fellShort(`${who} were in sync after ${(took / 1_000).toFixed(1)} s only`);
    return took;
  }
}

/** Each goes to every peer: a rate that many nodes on one machine bear. */
const PAYMENTS_PER_SECOND = 4;
const BLOCK_MS = 5_000;
/** More would be connections that this machine has to make before each stretch. */
const MAX_CONNECTIONS = 64;

if (await inPrivateNamespace('peers')) {
  await runCampaign('peers', ({ short }, report) => new BrokenPeersCampaign(short, report).run());
}
