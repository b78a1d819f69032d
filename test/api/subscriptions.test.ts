import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeAddress } from '../../src/crypto/address.js';
import { toHex } from '../../src/crypto/bytes.js';
import type { Peer } from '../../src/peers/peer.js';
import { mineBlock, mineBlocks, testAccount, transfer } from '../support/blocks.js';
import { eventClient, follow, listened, socketClient, type Follower } from './streamClients.js';
import { testServer } from './testServer.js';

const FAR_FUTURE = Date.UTC(2100, 0, 1);
const address = (account: number) => encodeAddress('cortest', testAccount(account).publicKey);

/** Each subscription behaves the same over both transports. */
for (const [transport, connect] of [
  ['a WebSocket', socketClient],
  ['an event stream', eventClient],
] as const) {
  describe(`over ${transport}`, () => {
    const start = async () => {
      const parts = await testServer();
      const { network, services, clock } = parts;
      const client = connect(parts.url);
      const pay = (nonce: number, from = 0) =>
        transfer({ network, from: testAccount(from), to: testAccount(1), amount: 5n, fee: 2n, nonce });
      const submit = (...transactions: ReturnType<typeof pay>[]) =>
        services.relay.submit(transactions.map((transaction) => ({ transaction, replaces: undefined })));
      return { ...parts, client, pay, submit, clock };
    };

    it('blockAdded gives each block missed since afterHeight, then each new block, once and in order', async () => {
      const { client, mine, snapshots } = await start();
      const blocks = [await mine(), await mine(), await mine()];
      const follower = follow(client, 'subscription { blockAdded(afterHeight: 1) { hash height confirmations } }');
      const told = (index: number, confirmations: number) => ({
        hash: toHex(blocks[index]!.header.hash),
        height: index + 1,
        confirmations,
      });
      assert.deepEqual(await follower.next('blockAdded'), told(1, 2));
      assert.deepEqual(await follower.next('blockAdded'), told(2, 1));
      blocks.push(await mine());
      assert.deepEqual(await follower.next('blockAdded'), told(3, 1));
      await follower.stop();
      assert.equal(snapshots.open, 0);
    });

    it('blockAdded without arguments gives blocks from now on', async () => {
      const { client, mine, services } = await start();
      await mine();
      const taken = listened(services.activity.tipChanged);
      const follower = follow(client, 'subscription { blockAdded { height } }');
      const first = follower.next('blockAdded');
      await taken;
      await mine();
      assert.deepEqual(await first, { height: 2 });
    });

    it('blockAdded goes on after the fork point, and chainReorganized describes the reorganization', async () => {
      // genesis ─ a1 ─ a2
      //        └─ b1 ─ b2 ─ b3
      const { client, chain, network, mine, services } = await start();
      await mine();
      const a2 = await mine();
      const blocks = follow(client, 'subscription { blockAdded(afterHeight: 1) { hash height previousHash } }');
      assert.equal(((await blocks.next('blockAdded')) as { hash: string }).hash, toHex(a2.header.hash));
      const taken = listened(services.activity.tipChanged);
      const changes = follow(
        client,
        'subscription { chainReorganized { commonAncestor { height } oldTip { hash confirmations } newTip { height } disconnected connected returned } }',
      );
      const change = changes.next('chainReorganized');
      await taken;
      const branch = mineBlocks(3, { network, parent: network.genesis.header, miner: testAccount(8) });
      for (const block of branch) await chain.addBlock(block, FAR_FUTURE);
      for (const { header } of branch) {
        assert.deepEqual(await blocks.next('blockAdded'), {
          hash: toHex(header.hash),
          height: header.height,
          previousHash: toHex(header.previousHash),
        });
      }
      assert.deepEqual(await change, {
        commonAncestor: { height: 0 },
        oldTip: { hash: toHex(a2.header.hash), confirmations: 0 },
        newTip: { height: 3 },
        disconnected: 2,
        connected: 3,
        returned: 0,
      });
    });

    it('transactionAdded gives each transaction that enters the mempool, of one account or of all', async () => {
      const { client, services, pay, submit } = await start();
      const query = (filter: string) => `subscription { transactionAdded${filter} { id status { __typename } } }`;
      const begun = listened(services.activity.added);
      const all = follow(client, query(''));
      const first = all.next('transactionAdded');
      await begun;
      const own = listened(services.activity.addedTo);
      const ofThree = follow(client, query(`(address: "${address(3)}")`));
      const firstOfThree = ofThree.next('transactionAdded');
      await own;
      const [mine, other] = [pay(0), pay(0, 3)];
      await submit(mine, other);
      const told = (transaction: typeof mine) => ({
        id: toHex(transaction.id),
        status: { __typename: 'TransactionPending' },
      });
      assert.deepEqual([await first, await all.next('transactionAdded')], [told(mine), told(other)]);
      assert.deepEqual(await firstOfThree, told(other));
    });

    it('transactionStatus gives each status from unknown to the requested confirmations, and completes', async () => {
      const { client, services, network, chain, pay, submit } = await start();
      const [zero, one] = [pay(0), pay(1)];
      const query = `subscription ($id: Hash!) { transactionStatus(id: $id, confirmations: 2) {
        __typename ... on TransactionQueued { missingNonce } ... on TransactionConfirmed { confirmations block { height } } } }`;
      const taken = listened(services.activity.tipChanged);
      const follower = follow(client, query, { id: toHex(one.id) });
      const first = follower.next('transactionStatus');
      await taken;
      await submit(one);
      assert.deepEqual(await first, { __typename: 'TransactionQueued', missingNonce: '0' });
      await submit(zero);
      assert.deepEqual(await follower.next('transactionStatus'), { __typename: 'TransactionPending' });
      const mine = async (transactions: (typeof zero)[]) =>
        chain.addBlock(mineBlock({ network, parent: chain.tip(), transactions }), FAR_FUTURE);
      await mine([zero, one]);
      const confirmed = (confirmations: number) => ({
        __typename: 'TransactionConfirmed',
        confirmations,
        block: { height: 1 },
      });
      assert.deepEqual(await follower.next('transactionStatus'), confirmed(1));
      await mine([]);
      assert.deepEqual(await follower.next('transactionStatus'), confirmed(2));
      await ends(follower);
    });

    it('transactionStatus completes when the transaction is dropped', async () => {
      const { client, mempool, pay, submit, clock } = await start();
      const transaction = pay(0);
      await submit(transaction);
      const query = `subscription ($id: Hash!) { transactionStatus(id: $id) {
        __typename ... on TransactionDropped { reason { code } } } }`;
      const follower = follow(client, query, { id: toHex(transaction.id) });
      assert.deepEqual(await follower.next('transactionStatus'), { __typename: 'TransactionPending' });
      mempool.expire(clock.now, 4 * 3_600_000);
      const dropped = { __typename: 'TransactionDropped', reason: { code: 'EXPIRED' } };
      assert.deepEqual(await follower.next('transactionStatus'), dropped);
      await ends(follower);
    });

    it('balanceChanged gives the balance now, then after each change of a figure', async () => {
      const { client, network, chain, pay, submit } = await start();
      const query = `subscription { balanceChanged(address: "${address(0)}") { confirmed available nextNonce asOf { height } } }`;
      const follower = follow(client, query);
      const figures = (confirmed: bigint, available: bigint, nextNonce: string, height: number) => ({
        confirmed: `${confirmed}`,
        available: `${available}`,
        nextNonce,
        asOf: { height },
      });
      const coins = 100_000_000_000n;
      assert.deepEqual(await follower.next('balanceChanged'), figures(coins, coins, '0', 0));
      const transaction = pay(0);
      await submit(transaction);
      assert.deepEqual(await follower.next('balanceChanged'), figures(coins, coins - 7n, '1', 0));
      // An empty block changes no figure and causes no event.
      for (const transactions of [[], [transaction]]) {
        await chain.addBlock(mineBlock({ network, parent: chain.tip(), transactions }), FAR_FUTURE);
      }
      assert.deepEqual(await follower.next('balanceChanged'), figures(coins - 7n, coins - 7n, '1', 2));
    });

    it('peerChanged gives each change of a peer, and its removal', async () => {
      const { client, services, peerEvents } = await start();
      const taken = listened(services.activity.peerChanged);
      const follower = follow(client, 'subscription { peerChanged { url status standing } }');
      const first = follower.next('peerChanged');
      await taken;
      const url = 'http://127.0.0.1:9/graphql';
      const peer = (status: Peer['status'], standing: number): { toPeer(): Peer } => ({
        toPeer: () => ({ url, status, standing, consecutiveFailures: 0, queued: 0 }),
      });
      peerEvents.changed.emit(peer('CONNECTED', 0));
      peerEvents.changed.emit(peer('UNREACHABLE', -1));
      peerEvents.removed.emit(peer('UNREACHABLE', -1));
      assert.deepEqual(await first, { url, status: 'CONNECTED', standing: 0 });
      assert.deepEqual(await follower.next('peerChanged'), { url, status: 'UNREACHABLE', standing: -1 });
      assert.deepEqual(await follower.next('peerChanged'), { url, status: 'REMOVED', standing: -1 });
    });
  });
}

async function ends(follower: Follower): Promise<void> {
  assert.equal((await follower.raw()).done, true);
}
