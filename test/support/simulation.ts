import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { startNode } from '../../src/node.js';
import { FUNDED_ACCOUNTS, testAccount, testNetwork } from './blocks.js';
import { silentLogger, type LogLine } from './logger.js';
import { ManualClock } from './manualClock.js';
import { randomNumbers } from './randomNumbers.js';
import { idle } from './simulationIdle.js';
import { SimulatedNode } from './simulationNode.js';
import { SimulationTransport } from './simulationTransport.js';
import { temporaryFolder } from './temporaryFolder.js';

/** Whole nodes of one network in this process, on one clock that the test moves, joined by a network in memory. */
export class Simulation {
  readonly network = testNetwork();
  readonly clock = new ManualClock(this.network.timestamp + 60_000);
  readonly transport = new SimulationTransport(this.clock);
  /** From 0 up to 1; the same numbers for the same seed. */
  readonly random: () => number;
  readonly #nodes: SimulatedNode[] = [];

  constructor(seed: number) {
    this.random = randomNumbers(seed);
  }

  /**
   * Starts a node of this name that mines by itself every so many seconds, or on demand only. It learns no peers, and its date is
   * this much later than the simulation's.
   */
  async start(name: string, mine: number | 'off' = 'off', aheadMs = 0): Promise<SimulatedNode> {
    const { network, transport, random } = this;
    const clock = this.clock.ofMachine();
    clock.step(aheadMs);
    const data = temporaryFolder(PARENT);
    const miner = FUNDED_ACCOUNTS + this.#nodes.length;
    const lines: LogLine[] = [];
    const node = await startNode(
      {
        data,
        host: name,
        port: 0,
        peers: [],
        network,
        mine,
        miner: testAccount(miner).publicKey,
        publicUrl: undefined,
        broadcastTimeoutMs: 3_000,
        outbound: 0,
      },
      { logger: silentLogger(lines), clock, transport: transport.of(name), random },
    );
    const adminToken = readFileSync(join(data, 'admin.token'), 'utf8').trim();
    const simulated = new SimulatedNode({ name, miner, adminToken }, { node, clock, transport, lines });
    this.#nodes.push(simulated);
    return simulated;
  }

  /** Starts nodes and makes each a peer of every other. */
  async startAll<const Names extends readonly string[]>(
    ...names: Names
  ): Promise<{ readonly [Index in keyof Names]: SimulatedNode }> {
    const nodes: SimulatedNode[] = [];
    for (const name of names) nodes.push(await this.start(name));
    for (const node of nodes) await node.addPeers(nodes.filter((other) => other !== node));
    return nodes as { readonly [Index in keyof Names]: SimulatedNode };
  }

  /** Cuts, or mends, every link between the two groups, both ways. */
  partition(left: readonly SimulatedNode[], right: readonly SimulatedNode[], cut = true): void {
    for (const { name: a } of left) {
      for (const { name: b } of right) {
        this.transport.link(a, b).cut = cut;
        this.transport.link(b, a).cut = cut;
      }
    }
  }

  /** Lets time go on: whatever is due runs in the order of its times, each to its end before the next. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.clock.elapsed() + milliseconds;
    await idle();
    while (this.clock.next <= end) {
      this.clock.advance(Math.max(0, this.clock.next - this.clock.elapsed()));
      await idle();
    }
    this.clock.advance(end - this.clock.elapsed());
  }

  /** Lets time go on, second by second, until it holds. Throws when it does not within the limit. */
  async until(limitMs: number, holds: () => Promise<boolean>): Promise<void> {
    const limit = this.clock.elapsed() + limitMs;
    await idle();
    while (!(await holds())) {
      if (this.clock.elapsed() >= limit) throw new Error(`still not after ${limitMs} ms`);
      await this.advance(1_000);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.close()));
  }
}

/**
 * A test with a simulation of its own. Its seed is another in every run, and printed when it fails: SIMULATION_SEED repeats it, as
 * far as threads and proofs of work allow.
 */
export function simulated(title: string, run: (simulation: Simulation) => Promise<void>): void {
  it(title, async (test) => {
    const seed = Number(process.env['SIMULATION_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
    const simulation = new Simulation(seed);
    let passed = false;
    try {
      await run(simulation);
      passed = true;
    } finally {
      if (!passed) test.diagnostic(`repeat with SIMULATION_SEED=${seed}`);
      await simulation.close();
    }
  });
}

/** Memory where the system offers enough of it as a file system: durability is not at stake, and no commit waits for a disk. */
const PARENT = hasRoom('/dev/shm') ? '/dev/shm' : tmpdir();

function hasRoom(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize > 256 * 1024 * 1024;
}
