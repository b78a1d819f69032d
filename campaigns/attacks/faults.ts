import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { benchKey } from '../../bench/benchKey.js';
import { createHeader, type Block } from '../../src/consensus/block.js';
import { meetsTarget } from '../../src/consensus/pow.js';
import { Wire } from '../../src/peers/client/wire.js';
import type { NodeRun } from '../nodeRun.js';
import type { Attack, Outcome, Shared } from './attack.js';
import { mined } from './blocks.js';
import { count, forged, told } from './connections.js';
import { operation, send } from './http.js';
import { at, HONEST_ADDRESS, type Stage } from './stage.js';
import { tooLong } from './machine.js';

/** What its own bytes prove bad, a thousand times a second, of one sender who reads every answer. */
export const faultAttacks: readonly Attack[] = [
  {
    row: 'B19',
    name: '1,000 forged signatures a second, one a request',
    isLong: true,
    run: (...given) => flood(given, signatures),
  },
  {
    row: 'B19',
    name: '1,000 blocks a second without proof of work',
    isLong: true,
    run: (...given) => flood(given, blocks),
  },
];

const PER_SECOND = 1_000;
const MAX_LOOP_P99_MS = 50;
/** Connections of the sender: what was begun on each before a verdict is looked into, too. */
const LANES = 16;

/** What is sent, and the code that says it was looked into. */
interface Bad {
  readonly code: string;
  body(index: number): string;
  /** How many may be looked into: what the budget holds, what comes back of it, and what is under way at either moment. */
  most(seconds: number): number;
}

function signatures(): Bad {
  const query =
    'mutation ($t: SignedTransactionInput!) { receiveBroadcastTransaction(transaction: $t) { __typename ... on Rejected { code } } }';
  const body = (index: number) => operation(query, { t: forged(index) });
  return {
    code: 'INVALID_SIGNATURE',
    body,
    most: (seconds) => 10 + Math.ceil(2 * seconds) + LANES * (1 + Math.ceil(seconds / 5)),
  };
}

function blocks(stage: Stage): Bad {
  const { genesis } = stage.network;
  const wire = new Wire(stage.network);
  const good = mined(stage, genesis.header, [], benchKey(3_000_000).publicKey);
  const query =
    'mutation ($block: BlockInput!) { receiveBroadcastBlock(block: $block) { __typename ... on Rejected { code } } }';
  let nonce = 0n;
  const next = (): Block => {
    for (;;) {
      const header = createHeader(good.header, nonce++);
      if (!meetsTarget(header.hash, header.target)) return { header, transactions: [] };
    }
  };
  const body = () => operation(query, { block: wire.blockInput(next()) });
  return { code: 'INVALID_PROOF_OF_WORK', body, most: (seconds) => 5 + Math.ceil(seconds) + LANES };
}

async function flood([stage, shared]: [Stage, Shared], make: (stage: Stage) => Bad): Promise<Outcome> {
  const bad = make(stage);
  const node = await stage.start(shared.data);
  const seconds = stage.short ? 5 : 15;
  const seen = new Map<string, number>();
  await loopP99Ms(node);
  await delay(2_000);
  const atRest = await loopP99Ms(node);
  const started = performance.now();
  const harm = await stage.beside(node, async () => {
    await openLoop(seconds, async (index, agent) => {
      const { status, code } = await send(at(node), { body: bad.body(index), agent });
      count(seen, `${status} ${code}`);
    });
    return undefined;
  });
  const p99 = await loopP99Ms(node);
  await stage.end(node);
  const lookedInto = seen.get(`200 ${bad.code}`) ?? 0;
  // A busy machine takes longer to send them all, and the budget comes back meanwhile.
  const most = bad.most((performance.now() - started) / 1_000);
  // What others on the machine do holds it as well.
  const mostMs = Math.max(MAX_LOOP_P99_MS, 2 * atRest);
  return {
    harm,
    answer: `${told(seen)}; event loop held ${p99.toFixed(0)} ms at the 99th percentile, ${atRest.toFixed(0)} ms at rest`,
    shortfalls: [
      ...tooLong('99 % of what holds the event loop', p99, mostMs),
      ...(lookedInto > most ? [`expected ${most} looked into at most, got ${lookedInto}`] : []),
    ],
  };
}

/** Sends at the rate whatever the answers do, on few connections; what waits for one is bounded. */
async function openLoop(seconds: number, once: (index: number, agent: Agent) => Promise<void>): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: LANES });
  const started = performance.now();
  let sent = 0;
  let open = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const passed = (performance.now() - started) / 1_000;
      for (; sent < Math.min(passed, seconds) * PER_SECOND && open < PER_SECOND; sent++) {
        open++;
        void once(sent, agent).finally(() => open--);
      }
      if (passed < seconds || open > 0) return;
      clearInterval(timer);
      resolve();
    }, 5);
  });
  agent.destroy();
}

/** What held the node's event loop since this was asked for last. */
async function loopP99Ms(node: NodeRun): Promise<number> {
  const { text } = await send(at(node, '/metrics'), { method: 'GET', from: HONEST_ADDRESS });
  return 1_000 * Number(/^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(text)?.[1]);
}
