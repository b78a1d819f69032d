import assert from 'node:assert/strict';
import { describe } from 'node:test';
import {
  ReceiveBroadcastBlockDocument,
  ReceiveBroadcastPackedTransactionsDocument,
} from '../../src/client/operations/peer.js';
import { createTransaction, type Transaction } from '../../src/consensus/transaction.js';
import { Wire } from '../../src/peers/client/wire.js';
import { mineBlock, testAccount, transfer } from '../support/blocks.js';
import { simulated, type Simulation } from '../support/simulation.js';
import { idle } from '../support/simulationIdle.js';
import type { SimulatedNode } from '../support/simulationNode.js';

/** A node, and one of its peers that gets data only by announcements: it has no peers itself. */
async function pair(world: Simulation) {
  const [node, peer] = [await world.start('node'), await world.start('peer')];
  await node.addPeers([peer]);
  const { nodeInfo } = await peer.ask<{ nodeInfo: { id: string } }>('{ nodeInfo { id } }');
  /** A stranger hands this to the node, and says that it comes from the peer. */
  const hand = async (document: { toString(): string }, variables: object): Promise<string> => {
    const body = { query: document.toString(), variables };
    const answer = await world.transport.ask(node.name, body, { 'corrente-node': nodeInfo.id });
    await idle();
    return answer;
  };
  return { node, peer, hand, wire: new Wire(world.network) };
}

const pays = ({ network }: Simulation, nonce = 0) =>
  transfer({ network, from: testAccount(0), to: testAccount(1), amount: 1n, nonce });

const packed = ({ encoded }: Transaction) => ({ transactions: Buffer.from(encoded).toString('base64') });

const heights = async (...nodes: SimulatedNode[]) => Promise.all(nodes.map(async (node) => (await node.tip()).height));

describe('a stranger that names a peer as the sender', () => {
  for (const first of ['before', 'after'] as const) {
    simulated(
      `of a forged copy ${first} the transaction does not keep the transaction from that peer`,
      async (world) => {
        const { node, peer, hand } = await pair(world);
        const good = pays(world);
        const forged = createTransaction(world.network.chainId, good, pays(world, 1).signature);
        world.partition([node], [peer], first === 'after');
        if (first === 'after') await node.add(good);
        const answer = await hand(ReceiveBroadcastPackedTransactionsDocument, packed(forged));
        assert.match(answer, /INVALID_SIGNATURE/);
        if (first === 'before') await node.add(good);
        world.partition([node], [peer], false);
        await world.advance(first === 'before' ? 0 : 7_000);
        assert.equal(await peer.pending(), 1);
      },
    );
  }

  simulated('of a transaction that is good does not delay it', async (world) => {
    const { node, peer, hand } = await pair(world);
    const answer = await hand(ReceiveBroadcastPackedTransactionsDocument, packed(pays(world)));
    assert.match(answer, /"alreadyKnown":\[\],"refused":\[\]/);
    assert.deepEqual([await node.pending(), await peer.pending()], [1, 1]);
  });

  simulated('of a foreign body under the header of a block does not keep the block from that peer', async (world) => {
    const { node, peer, hand, wire } = await pair(world);
    const { network } = world;
    const good = mineBlock({ network, parent: network.genesis.header, transactions: [pays(world)] });
    const forged = {
      header: good.header,
      transactions: [createTransaction(network.chainId, pays(world, 1), new Uint8Array(64))],
    };
    const answer = await hand(ReceiveBroadcastBlockDocument, { block: wire.blockInput(forged) });
    assert.match(answer, /INVALID_TRANSACTIONS_ROOT/);
    assert.deepEqual(await heights(node, peer), [0, 0]);
    const body = { query: ReceiveBroadcastBlockDocument.toString(), variables: { block: wire.blockInput(good) } };
    await world.transport.ask(node.name, body, {});
    await idle();
    assert.deepEqual(await heights(node, peer), [1, 1]);
  });
});
