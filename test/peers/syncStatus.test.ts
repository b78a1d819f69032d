import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PeerError } from '../../src/peers/standing.js';
import { settled } from './fakeClient.js';
import { genesis, heavy, serve, testSync } from './testSync.js';

describe('where a node stands', () => {
  it('is BEHIND, and says why once, while a peer shows more work that cannot be followed', async () => {
    const {
      clients: [a],
      lines,
      clock,
      ours,
      peers,
      sync,
      greet,
    } = testSync(1);
    serve(a, heavy);
    a.bodies = (hashes) => Promise.resolve(hashes.map(() => undefined));
    await greet();
    const state = peers.byId(a.id)!;
    for (let round = 0; round < 20; round++) {
      sync.consider(state);
      await sync.close();
      await peers.greet(state);
      clock.advance(1_000);
    }
    const progress = sync.progress();
    assert.deepEqual([progress.status, progress.height, progress.targetHeight], ['BEHIND', 0, 0]);
    assert.equal(progress.reason, `${a.url} shows more work, at height 130: no peer has the bodies of its headers`);
    assert.equal(sync.resolutionNeeded(), true);
    assert.deepEqual(
      lines.filter(({ msg }) => msg === 'a heavier branch is not followed').map(({ reason }) => reason),
      ['no peer has the bodies of its headers'],
    );
    serve(a, heavy);
    clock.advance(60_000);
    sync.consider(state);
    await sync.close();
    assert.equal(ours.chain.tip().height, 130);
    assert.equal(sync.progress().status, 'SYNCED');
    assert.equal(sync.resolutionNeeded(), false);
  });

  it('a clock that is slow is named, and costs no body and ever fewer headers', async () => {
    const {
      clients: [a],
      clock,
      peers,
      ours,
      sync,
      greet,
    } = testSync(1);
    serve(a, heavy);
    clock.step(genesis.timestamp - clock.now());
    let pages = 0;
    const { headersAfter } = a;
    a.headersAfter = (...question) => {
      pages++;
      return headersAfter(...question);
    };
    let bodies = 0;
    const served = a.bodies;
    a.bodies = (hashes) => {
      bodies += hashes.length;
      return served(hashes);
    };
    await greet();
    const state = peers.byId(a.id)!;
    for (let round = 0; round < 60; round++) {
      sync.consider(state);
      await sync.close();
      clock.advance(1_000);
    }
    // Blocks come every 10 s, up to two minutes ahead of the clock, which goes on meanwhile.
    const { height } = ours.chain.tip();
    assert.ok(height >= 12 && height <= 18, `${height}`);
    assert.equal(bodies, height);
    assert.ok(pages <= 8, `${pages} pages`);
    assert.match(sync.progress().reason!, /: block 1\d is \d+ s ahead of this clock: check the clock$|2 min ahead/);
    assert.equal(sync.progress().status, 'BEHIND');
  });

  it('a claim of work that no header backs is priced the second time, and never makes this node SYNCING', async () => {
    const {
      clients: [liar],
      clock,
      peers,
      sync,
      greet,
      standing,
    } = testSync(1);
    liar.answer = { height: 900, work: 10n ** 9n };
    let fail!: () => void;
    liar.headersAfter = () =>
      new Promise((_, reject) => (fail = () => reject(new PeerError('timedOut', 'expected headers, got none'))));
    await greet();
    const state = peers.byId(liar.id)!;
    const seen: number[] = [];
    for (let turn = 0; turn < 3; turn++) {
      sync.consider(state);
      await settled();
      const { status, targetHeight } = sync.progress();
      assert.deepEqual([status, targetHeight], ['BEHIND', 0]);
      fail();
      await sync.close();
      seen.push(standing(liar).standing);
      await peers.greet(state);
      clock.advance(600_000);
    }
    assert.deepEqual(seen, [-1, -21, -41]);
  });

  it('is ISOLATED, not SYNCED, when the only peer that the settings name is of another chain', async () => {
    const {
      clients: [a],
      peers,
      sync,
    } = testSync(1);
    assert.equal(sync.progress().status, 'SYNCED');
    a.answer = { chainId: '1'.repeat(64) };
    await peers.add(a.url, { keepsForeign: true });
    assert.equal(sync.progress().status, 'ISOLATED');
  });

  it('a block whose ancestors no peer offers is a reason to be BEHIND, and for a minute only', async () => {
    const { clock, lines, sync } = testSync(0);
    await sync.fetchParent(heavy[50]!.header, 'ff'.repeat(32));
    assert.equal(sync.progress().status, 'BEHIND');
    assert.equal(sync.progress().reason, 'block 51 was offered, and nobody offers its ancestors');
    sync.tick();
    assert.equal(lines.length, 0, 'its ancestors may be on their way');
    clock.advance(5_000);
    sync.tick();
    sync.tick();
    assert.equal(lines.filter(({ msg }) => msg === 'a heavier branch is not followed').length, 1);
    clock.advance(56_000);
    assert.equal(sync.progress().status, 'SYNCED');
  });

  it('such a block counts once, however often it comes', async () => {
    const { clock, lines, sync } = testSync(0);
    const { header } = heavy[50]!;
    for (let second = 0; second <= 60; second++) {
      await sync.fetchParent(header, undefined);
      assert.equal(sync.progress().status, 'BEHIND');
      clock.advance(1_000);
    }
    await sync.fetchParent(header, undefined);
    assert.equal(sync.progress().status, 'SYNCED');
    await sync.fetchParent(heavy[49]!.header, undefined);
    assert.equal(sync.progress().reason, 'block 50 was offered, and nobody offers its ancestors');
    assert.deepEqual(lines, []);
  });
});

describe('a stranger that sends blocks whose parents are unknown', () => {
  const handshakesOf = (clients: readonly { readonly handshakes: number }[]) =>
    clients.map(({ handshakes }) => handshakes);

  it('threat driven-comparisons: makes this node ask each peer once for each block, and at most once in 5 s', async () => {
    const { clients, clock, sync, greet } = testSync(2);
    await greet();
    for (let time = 0; time < 6_000; time++) {
      await sync.fetchParent(heavy[50]!.header, undefined);
      clock.advance(1);
    }
    assert.deepEqual(handshakesOf(clients), [2, 2]);
    for (const { header } of heavy.slice(51)) await sync.fetchParent(header, undefined);
    assert.deepEqual(handshakesOf(clients), [3, 3]);
  });

  it('does not keep a peer that gives one from being compared with at once', async () => {
    const { clients, ours, sync, greet } = testSync(2);
    await greet();
    await sync.fetchParent(heavy[129]!.header, undefined);
    const [, b] = clients;
    serve(b, heavy);
    await sync.fetchParent(heavy[129]!.header, b.id);
    assert.equal(ours.chain.tip().height, 130);
  });
});
