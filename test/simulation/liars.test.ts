import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { createHeader } from '../../src/consensus/block.js';
import type { Network } from '../../src/consensus/network.js';
import { meetsTarget } from '../../src/consensus/pow.js';
import { toHex } from '../../src/crypto/bytes.js';
import { Wire } from '../../src/peers/client/wire.js';
import { testAccount, transfer } from '../support/blocks.js';
import { simulated, type Simulation } from '../support/simulation.js';
import { GOOD, agree, assertAgreement, assertPeer } from '../support/simulationAgreement.js';
import { altered, only, silentHalfway } from '../support/simulationFaults.js';
import type { Fault } from '../support/simulationTransport.js';

interface Shown {
  chain: { height: number; work: string };
}

/** Shows a thousand times the work that it has. */
const claimsWork: Fault = only(
  ['Handshake'],
  altered(({ chain, ...rest }: Shown) => ({ ...rest, chain: { ...chain, work: `${BigInt(chain.work) * 1_000n}` } })),
);

interface Bodies {
  blocks: { hash: string; body: string }[];
}

/** Serves the body of the first block for each. */
const swapsBodies: Fault = only(
  ['BlocksByHash'],
  altered(({ blocks }: Bodies) => ({ blocks: blocks.map(({ hash }) => ({ hash, body: blocks[0]!.body })) })),
);

interface Headers {
  chain: { headersAfter: object[] };
}

/** The last header holds every rule but that of its work. */
function lastWithoutWork(network: Network): Fault {
  const wire = new Wire(network);
  const forge = (answer: object) => {
    const { nonce, ...header } = wire.header(answer);
    let forged = createHeader(header, nonce);
    while (meetsTarget(forged.hash, forged.target)) forged = createHeader(header, forged.nonce + 1n);
    return { ...answer, nonce: `${forged.nonce}`, hash: toHex(forged.hash) };
  };
  const alter = ({ chain }: Headers) => ({
    chain: { headersAfter: chain.headersAfter.with(-1, forge(chain.headersAfter.at(-1)!)) },
  });
  return only(['HeadersAfter'], altered(alter));
}

describe('a peer that lies about its work', () => {
  simulated('is banned after a handful of handshakes, and changes nothing', async (world) => {
    const [victim, honest, liar] = await world.startAll('victim', 'honest', 'liar');
    await honest.mine(5);
    await assertAgreement([victim, honest, liar], 5);
    world.transport.link('victim', 'liar').fault = claimsWork;
    await world.advance(7_000);
    const once = await victim.peer(liar);
    assert.equal(once.status, 'CONNECTED');
    assert.ok(once.standing <= -19 && once.standing >= -20, `${once.standing}`);

    await world.advance(40_000);
    assert.equal((await victim.peer(liar)).status, 'BANNED');
    await honest.mine();
    await assertAgreement([victim, honest, liar], 6);
    await assertPeer(victim, honest, GOOD);
  });

  simulated('does not keep a joiner from the chain that there is', async (world) => {
    const [honest, liar] = await world.startAll('honest', 'liar');
    await honest.mine(5);
    const late = await world.start('late');
    world.transport.link('late', 'liar').fault = claimsWork;
    await late.addPeers([liar, honest]);
    await assertAgreement([late, honest], 5);
    await world.advance(60_000);
    assert.equal((await late.peer(liar)).status, 'BANNED');
    await assertPeer(late, honest, GOOD);
  });

  simulated('and keeps silent does not keep what this node mines from the others', async (world) => {
    const [miner, honest, liar] = await world.startAll('miner', 'honest', 'liar');
    // It depends on its input.
    await honest.ask('mutation ($url: PeerUrl!) { removePeer(url: $url) }', { url: miner.url });
    const silent = only(['HeadersAfter'], silentHalfway);
    world.transport.link('miner', 'liar').fault = (answer) =>
      answer.operation === 'Handshake' ? claimsWork(answer) : silent(answer);
    for (let height = 1; height <= 30; height++) {
      await world.advance(2_000);
      await miner.mine();
      assert.equal((await honest.tip()).height, height);
      const { nodeInfo } = await miner.ask<{ nodeInfo: { sync: { status: string } } }>(
        '{ nodeInfo { sync { status } } }',
      );
      assert.notEqual(nodeInfo.sync.status, 'SYNCING');
    }
    // Two deadlines, and the pauses between.
    await world.advance(90_000);
    const { standing } = await miner.peer(liar);
    assert.ok(standing <= -18, `${standing}`);
  });

  simulated(
    'with a header that lacks its proof of work is banned at once, and the chain comes from another',
    async (world) => {
      const [honest, liar] = await world.startAll('honest', 'liar');
      await honest.mine(20);
      const late = await world.start('late');
      world.transport.link('late', 'liar').fault = lastWithoutWork(world.network);
      await late.addPeers([liar]);
      await assertPeer(late, liar, { status: 'BANNED', standing: -100 });
      assert.equal((await late.tip()).height, 0);
      await late.addPeers([honest]);
      await assertAgreement([late, honest], 20);
      await assertPeer(late, honest, GOOD);
    },
  );
});

/** Two nodes with a chain whose second and last bodies are not empty, and one that is to join them. */
async function withHistory(world: Simulation, height: number) {
  const [honest, liar] = await world.startAll('honest', 'liar');
  const pay = (nonce: number) =>
    honest.add(transfer({ network: world.network, from: testAccount(0), to: testAccount(1), amount: 1n, nonce }));
  await honest.mine();
  await pay(0);
  await honest.mine(height - 2);
  await pay(1);
  await honest.mine();
  await assertAgreement([honest, liar], height);
  return { honest, liar, late: await world.start('late') };
}

describe('a peer that serves bad bodies under good headers', () => {
  simulated('loses half of its standing each time, and the joiner takes the bodies of another', async (world) => {
    const { honest, liar, late } = await withHistory(world, 70);
    world.transport.link('late', 'liar').fault = swapsBodies;
    await late.addPeers([liar, honest]);
    await world.until(20_000, () => agree([late, honest], 70));
    await assertAgreement([late, honest], 70);
    // An answer to a handshake gives a point back.
    const { standing } = await late.peer(liar);
    assert.ok(standing >= -50 && standing <= -48, `${standing}`);
    await assertPeer(late, honest, GOOD);
  });

  simulated(
    'and is the only one is banned the second time; its blocks are not held against the next peer',
    async (world) => {
      const { honest, liar, late } = await withHistory(world, 5);
      world.transport.link('late', 'liar').fault = swapsBodies;
      await late.addPeers([liar]);
      await world.advance(15_000);
      assert.equal((await late.peer(liar)).status, 'BANNED');
      await late.addPeers([honest]);
      await assertAgreement([late, honest], 5);
      await assertPeer(late, honest, GOOD);
    },
  );
});
