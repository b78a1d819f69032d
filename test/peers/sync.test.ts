import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mineBlocks } from '../support/blocks.js';
import { dummyTransactions, network, settled, silent } from './fakeClient.js';
import { genesis, heavy, light, serve, testSync } from './testSync.js';

describe('sync', () => {
  it('takes the heaviest branch of all peers, and reports the replaced blocks', async () => {
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

  it('counts a reorganization that comes by itself while it resolves', async () => {
    const {
      clients: [a],
      ours,
      sync,
      greet,
    } = testSync(1);
    for (const block of light) await ours.add(block);
    serve(a, light);
    await greet();
    a.greet = async () => {
      for (const block of heavy.slice(0, 4)) await ours.add(block);
    };
    const { reorganization } = await sync.resolve();
    assert.deepEqual([reorganization?.disconnected, reorganization?.connected, reorganization?.returned], [2, 4, 2]);
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

  it('bodies come from every peer, and a peer that serves junk is blamed for it', async () => {
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
    assert.equal(ours.chain.tip().height, 130);
    assert.deepEqual(new Set(asked), new Set([a.id, b.id]));
    assert.equal(standing(c).standing, -50);
    assert.ok(standing(a).standing >= 0 && standing(b).standing >= 0);
  });

  it('is SYNCING while a download is under way, reports its pace, and goes on when a silent peer is given up', async () => {
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
    assert.equal(ours.chain.tip().height, 130);
    const pace = lines.find(({ msg }) => msg === 'syncing');
    assert.equal(pace?.['height'], 64);
    assert.equal(pace['targetHeight'], 130);
    assert.ok('blocksPerSecond' in pace && 'secondsLeft' in pace);
    assert.equal(lines.find(({ msg }) => msg === 'synced')?.['blocks'], 130);
  });

  it('is SYNCING from the first page of headers to the last', async () => {
    const {
      clients: [peer],
      ours,
      clock,
      sync,
      greet,
    } = testSync(1);
    const long = mineBlocks(2_050, { network, parent: genesis });
    clock.advance(long.at(-1)!.header.timestamp - clock.now());
    serve(peer, long);
    const { headersAfter } = peer;
    const seen: unknown[] = [];
    peer.headersAfter = (locator, first) => {
      const { status, height } = sync.progress();
      seen.push([status, height, sync.isFetchingBeyond(height)]);
      return headersAfter(locator, first);
    };
    await greet();
    await sync.resolve();
    assert.equal(ours.chain.tip().height, 2_050);
    assert.deepEqual(seen, [
      ['BEHIND', 0, false],
      ['SYNCING', 2_000, true],
    ]);
    assert.equal(sync.progress().status, 'SYNCED');
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
    assert.equal(ours.chain.tip().height, 0);
    clock.advance(3_000);
    await sync.close();
    assert.equal(ours.chain.tip().height, 130);
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
