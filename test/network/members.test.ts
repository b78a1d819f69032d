import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { toHex } from '../../src/crypto/bytes.js';
import { keyPairFromSeed } from '../../src/crypto/ed25519.js';
import { localSigner } from '../../src/wallet/signer.js';
import { mineBlock, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { sealedHeaders } from '../support/envelope.js';
import { blockInput, eventually, startTestNode, transactionInput, type TestNode } from '../support/node.js';
import {
  ADD,
  ADD_PEER,
  ADD_WITH_DELIVERIES,
  CHAIN,
  MINE,
  type Outcome,
  RECEIVE,
  RECEIVE_BLOCK,
} from '../support/operations.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const PEERS = '{ peers { url status lastError } }';
interface Peers {
  readonly peers: readonly { readonly url: string; readonly status: string; readonly lastError: string | null }[];
}
const idOf = async (node: TestNode) =>
  (await node.ask<{ nodeInfo: { id: string } }>('{ nodeInfo { id } }')).nodeInfo.id;
const heightOf = async (node: TestNode) => (await node.ask<{ chain: { height: number } }>(CHAIN)).chain.height;
const statuses = async (node: TestNode) => (await node.admin<Peers>(PEERS)).peers.map(({ status }) => status);

/** Nodes that share one list of members, which names them all from the start. */
async function closedNetwork() {
  const file = join(temporaryFolder(), 'members.txt');
  writeFileSync(file, '');
  const nodes = [await startTestNode({ peersOnly: file }), await startTestNode({ peersOnly: file })] as const;
  const ids = await Promise.all(nodes.map(idOf));
  const list = async (listed: readonly string[]) => {
    writeFileSync(file, listed.map((id) => `${id}\n`).join(''));
    for (const node of nodes) await node.reload();
  };
  await list(ids);
  await nodes[0].admin(ADD_PEER, { url: nodes[1].url });
  await nodes[1].admin(ADD_PEER, { url: nodes[0].url });
  return { nodes, ids, list };
}

const network = testNetwork();
const payment = (nonce = 0) =>
  transactionInput(
    network,
    transfer({ network, from: testAccount(0), to: testAccount(1), amount: 5n, fee: 1n, nonce }),
  );

describe('a network of listed nodes', () => {
  it('threat not-a-member: passes on among its members, and takes nothing that another node sends', async () => {
    const { nodes } = await closedNetwork();
    const [anna, ben] = nodes;
    const stranger = await startTestNode();
    await stranger.admin(ADD_PEER, { url: anna.url });

    // Users are no nodes: what they sign is taken, and passed on to the members.
    const { outcome } = await anna.ask<{ outcome: Outcome }>(ADD, { t: payment() });
    assert.equal(outcome.__typename, 'TransactionAccepted');
    await anna.admin(MINE);
    await eventually(
      () => heightOf(ben),
      (height) => height === 1,
    );

    // A whole node whose chain is heavier: it is told why, and its blocks do not come.
    await stranger.admin(MINE, { count: 5 });
    const seen = await eventually(
      () => stranger.admin<Peers>(PEERS),
      ({ peers }) => peers[0]!.lastError?.includes('NOT_A_MEMBER') === true,
    );
    assert.match(seen.peers[0]!.lastError!, /expected a node that is listed here, got [0-9a-f]{64}/);
    assert.deepEqual([await heightOf(anna), await heightOf(ben)], [1, 1]);
    assert.deepEqual(await statuses(anna), ['CONNECTED']);
  });

  it('threat not-a-member: takes no message between nodes of one who does not say who it is', async () => {
    const [anna] = (await closedNetwork()).nodes;
    const block = mineBlock({ network, parent: network.genesis.header });
    const input = blockInput(network, block);
    const { transactions, ...header } = input;
    assert.deepEqual(transactions, []);
    for (const [document, variables] of [
      [RECEIVE, { t: payment() }],
      [
        'mutation ($t: [SignedTransactionInput!]!) { receiveBroadcastTransactions(transactions: $t) { __typename } }',
        { t: [payment()] },
      ],
      ['mutation { receiveBroadcastPackedTransactions(transactions: "") { __typename } }', {}],
      ['mutation { receiveBroadcastTransactionIds(ids: "") { wanted } }', {}],
      [RECEIVE_BLOCK, { b: input }],
      [
        `mutation { receiveBroadcastBlockTransactions(hash: "${'0'.repeat(64)}", transactions: "") { __typename } }`,
        {},
      ],
      [
        'mutation ($h: [BlockHeaderInput!]!) { receiveBroadcastHeaders(headers: $h) { __typename } }',
        { h: [{ ...header, transactionCount: 0 }] },
      ],
      ['mutation { receiveBroadcastBodies(offer: "x", bodies: []) { __typename } }', {}],
      [PEERS, {}],
    ] as const) {
      await assert.rejects(anna.ask(document, variables), /NOT_A_MEMBER/, document);
    }
    assert.equal(await heightOf(anna), 0);
    // The operator may, by hand; and sees the others, who are nobody else's business.
    await anna.admin(RECEIVE_BLOCK, { b: input });
    assert.equal(await heightOf(anna), 1);
    const { outcome } = await anna.ask<{ outcome: Outcome }>(ADD_WITH_DELIVERIES, { t: payment(1) });
    assert.deepEqual(outcome.deliveries, []);
  });

  it('threat not-a-member: is no peer of a node that is not listed, also where the operator names it', async () => {
    const [anna] = (await closedNetwork()).nodes;
    const stranger = await startTestNode();
    const id = await idOf(stranger);
    await assert.rejects(anna.admin(ADD_PEER, { url: stranger.url }), (error: Error) => {
      assert.match(error.message, /NOT_A_MEMBER/);
      assert.ok(error.message.includes(id));
      return true;
    });
    assert.equal((await anna.admin<Peers>(PEERS)).peers.length, 1);
  });

  it('threat not-a-member: answers a signed request of another node with 403, whatever it asks', async () => {
    const { nodes, ids } = await closedNetwork();
    const body = JSON.stringify({ query: '{ chain { height } }' });
    const key = localSigner(keyPairFromSeed(new Uint8Array(32).fill(77)));
    const headers = await sealedHeaders(body, { key, receiver: ids[0]!, chainId: network.chainId });
    const response = await fetch(nodes[0].url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    const { errors } = (await response.json()) as { errors: { message: string; extensions: { code: string } }[] };
    assert.deepEqual([response.status, errors[0]!.extensions.code], [403, 'NOT_A_MEMBER']);
    assert.match(errors[0]!.message, new RegExp(toHex(key.publicKey)));
  });

  it('threat delisted-member: ends with the list that no longer names a node, and begins with one that does', async () => {
    const { nodes, ids, list } = await closedNetwork();
    const [anna, ben] = nodes;
    await list([ids[0]!]);
    await eventually(
      () => statuses(anna),
      ([status]) => status === 'INCOMPATIBLE',
    );
    await anna.admin(MINE);
    await ben.admin(MINE, { count: 2 });
    assert.deepEqual([await heightOf(anna), await heightOf(ben)], [1, 2]);
    assert.match(
      (await anna.admin<Peers>(PEERS)).peers[0]!.lastError!,
      new RegExp(`listed in --peers-only, got ${ids[1]}`),
    );

    await list(ids);
    await eventually(
      () => heightOf(anna),
      (height) => height === 2,
    );
    await eventually(
      () => statuses(anna),
      ([status]) => status === 'CONNECTED',
    );
  });

  it('has the operator’s peers that are listed only after the start', async () => {
    const file = join(temporaryFolder(), 'members.txt');
    writeFileSync(file, '');
    const anna = await startTestNode({ peersOnly: file });
    const ben = await startTestNode({ peersOnly: file, peers: [anna.url] });
    await eventually(
      () => ben.admin<Peers>(PEERS),
      ({ peers }) => peers.length === 0,
    );
    writeFileSync(file, `${await idOf(anna)}\n${await idOf(ben)}\n`);
    for (const node of [anna, ben]) await node.reload();
    await eventually(
      () => statuses(ben),
      ([status]) => status === 'CONNECTED',
    );
  });
});
