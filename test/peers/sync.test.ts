import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Block } from '../../src/consensus/block.js';
import type { Transaction } from '../../src/consensus/transaction.js';
import { equalBytes, toHex } from '../../src/crypto/bytes.js';
import { Downloads } from '../../src/peers/downloads.js';
import { Sync } from '../../src/peers/sync.js';
import { mineBlocks, testAccount } from '../support/blocks.js';
import { testChain } from '../support/chain.js';
import { silentLogger, type LogLine } from '../support/logger.js';
import { ManualClock } from '../support/manualClock.js';
import { dummyTransactions, FakeClient, network, settled, silent, testPeers } from './fakeClient.js';

const genesis = network.genesis.header;
const light = mineBlocks(2, { network, parent: genesis });
const heavy = mineBlocks(130, { network, parent: genesis, miner: testAccount(7) });

/** A peer that serves `blocks` and shows their work. */
function serve(client: FakeClient, blocks: readonly Block[]): void {
  const headers = blocks.map(({ header }) => header);
  const bodies = new Map(blocks.map(({ header, transactions }) => [toHex(header.hash), transactions as Transaction[]]));
  client.answer = { height: blocks.length, work: BigInt(2 * (blocks.length + 1)) };
  client.headersAfter = (locator, first) => {
    const fork = locator
      .map((hash) => headers.findIndex((header) => equalBytes(header.hash, hash)))
      .find((i) => i >= 0);
    return Promise.resolve(headers.slice((fork ?? -1) + 1).slice(0, first));
  };
  client.bodies = (hashes) => Promise.resolve(hashes.map((hash) => bodies.get(toHex(hash))));
}

/** A node's sync with fake peers a, b, … that have been greeted once `greet` is called. */
function testSync(count: number) {
  const clients = [...'abcd'].slice(0, count).map((name) => new FakeClient(name));
  const { peers } = testPeers(clients);
  const ours = testChain(network);
  const clock = new ManualClock(heavy.at(-1)!.header.timestamp);
  const lines: LogLine[] = [];
  const log = silentLogger(lines);
  const chain = {
    view: () => ours.chain.view(),
    addBlock: (block: Block) => ours.add(block),
    extend: (blocks: readonly Block[]) => ours.extend(blocks),
  };
  const verifier = { verify: () => Promise.resolve() };
  const downloads = new Downloads({ network }, { chain, verifier, clock, now: () => clock.now(), log });
  const sync = new Sync({ chain, downloads, peers, clock, log });
  const greet = async () => {
    for (const { url } of clients) await peers.add(url);
  };
  const standing = (client: FakeClient) => peers.list().find(({ url }) => url === client.url)!;
  return { clients: clients as [FakeClient, FakeClient, FakeClient], peers, ours, clock, lines, sync, greet, standing };
}

describe('sync', () => {
  it('takes the heaviest branch of all peers, and says what it replaced', async () => {
    const {
      clients: [a, b],
      ours,
      sync,
      greet,
    } = testSync(2);
    for (const block of light) await ours.add(block);
    serve(a, light);
    serve(b, heavy);
    await greet();
    const resolution = await sync.resolve();
    assert.equal(resolution.replaced, true);
    assert.equal(resolution.tip.height, 130);
    assert.deepEqual([resolution.reorganization?.disconnected, resolution.reorganization?.connected], [2, 130]);
    assert.equal(resolution.asked.length, 2);
    assert.deepEqual(sync.progress(), { status: 'SYNCED', height: 130, targetHeight: 130, reason: undefined });
  });

  it('asks a peer that shows no more work for nothing', async () => {
    const {
      clients: [a],
      ours,
      peers,
      sync,
      greet,
    } = testSync(1);
    for (const block of light) await ours.add(block);
    serve(a, light);
    a.headersAfter = () => assert.fail('asked for headers');
    await greet();
    sync.consider(peers.byId(a.id)!);
    await sync.close();
    assert.equal((await sync.resolve()).replaced, false);
  });

  it('a peer whose headers hold less work than it claims loses standing, and gives no body', async () => {
    const {
      clients: [a],
      ours,
      sync,
      greet,
      standing,
    } = testSync(1);
    for (const block of light) await ours.add(block);
    serve(a, light.slice(0, 1));
    a.answer = { height: 900, work: 10n ** 9n };
    a.bodies = () => assert.fail('asked for bodies');
    await greet();
    assert.equal((await sync.resolve()).replaced, false);
    assert.equal(standing(a).standing, -20);
    assert.equal(sync.resolutionNeeded(), true);
  });

  it('bodies are taken from every peer, and who serves junk is blamed for it', async () => {
    const {
      clients: [a, b, c],
      ours,
      sync,
      greet,
      standing,
    } = testSync(3);
    serve(a, heavy);
    serve(b, heavy);
    serve(c, heavy);
    const asked: string[] = [];
    for (const client of [a, b]) {
      const { bodies } = client;
      client.bodies = (hashes) => bodies(hashes).finally(() => asked.push(client.id));
    }
    c.bodies = (hashes) => Promise.resolve(hashes.map(() => dummyTransactions(1)));
    await greet();
    await sync.resolve();
    assert.equal(ours.chain.view().tip().height, 130);
    assert.deepEqual(new Set(asked), new Set([a.id, b.id]));
    assert.equal(standing(c).standing, -50);
    assert.ok(standing(a).standing >= 0 && standing(b).standing >= 0);
  });

  it('is SYNCING while a download is under way, tells its pace, and goes on when a silent peer is given up', async () => {
    const {
      clients: [a, b],
      ours,
      clock,
      lines,
      sync,
      greet,
    } = testSync(2);
    serve(a, heavy);
    serve(b, heavy);
    a.bodies = silent;
    await greet();
    const resolved = sync.resolve();
    await settled();
    assert.deepEqual(sync.progress(), { status: 'SYNCING', height: 0, targetHeight: 130, reason: undefined });
    clock.advance(5_000);
    await resolved;
    assert.equal(ours.chain.view().tip().height, 130);
    const pace = lines.find(({ msg }) => msg === 'syncing');
    assert.equal(pace?.['height'], 64);
    assert.equal(pace['targetHeight'], 130);
    assert.ok('blocksPerSecond' in pace && 'secondsLeft' in pace);
    assert.equal(lines.find(({ msg }) => msg === 'synced')?.['blocks'], 130);
  });

  it('a peer that claims most and never shows its headers gives way to one that waits, and rests ever longer', async () => {
    const {
      clients: [liar, honest],
      ours,
      clock,
      peers,
      sync,
      greet,
    } = testSync(2);
    serve(liar, heavy);
    liar.answer = { height: 900, work: 10n ** 9n };
    let turns = 0;
    liar.headersAfter = () => {
      turns++;
      return silent();
    };
    serve(honest, heavy);
    await greet();
    const [first, second] = [peers.byId(liar.id)!, peers.byId(honest.id)!];
    sync.consider(first);
    sync.consider(second);
    await settled();
    assert.equal(ours.chain.view().tip().height, 0);
    clock.advance(3_000);
    await sync.close();
    assert.equal(ours.chain.view().tip().height, 130);
    await peers.greet(first);
    sync.consider(first);
    await settled();
    assert.equal(turns, 1, 'a handshake gives it no new turn');
    clock.advance(4_000);
    sync.consider(first);
    await settled();
    assert.equal(turns, 2);
  });
});
