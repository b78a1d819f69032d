import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Block } from '../../src/consensus/block.js';
import type { Transaction } from '../../src/consensus/transaction.js';
import { toHex } from '../../src/crypto/bytes.js';
import { BodyDownload, type BodySource } from '../../src/peers/sync/bodyDownload.js';
import { PeerError } from '../../src/peers/standing.js';
import { mineBlock, mineBlocks, testAccount, transfer } from '../support/blocks.js';
import { ManualClock } from '../support/manualClock.js';
import { network, settled, silent, unreachable } from './fakeClient.js';

const chain = mineBlocks(700, { network, parent: network.genesis.header });
const paid = mineBlock({
  network,
  parent: network.genesis.header,
  transactions: [transfer({ network, from: testAccount(0), to: testAccount(1), amount: 5n, nonce: 0 })],
});

/** A peer that has these blocks, until a test replaces its `serve`. */
function sourceOf(blocks: readonly Block[]) {
  const bodies = new Map(blocks.map(({ header, transactions }) => [toHex(header.hash), transactions as Transaction[]]));
  const source = {
    asked: 0,
    blamed: [] as string[],
    serve: (hashes: readonly Uint8Array[]): Promise<(Transaction[] | undefined)[]> =>
      Promise.resolve(hashes.map((hash) => bodies.get(toHex(hash)))),
    client: {
      bodies: (hashes: readonly Uint8Array[]) => {
        source.asked += hashes.length;
        return source.serve(hashes);
      },
    },
    blame: (misdeed: string) => void source.blamed.push(misdeed),
  };
  return source;
}

function download(blocks: readonly Block[], sources: readonly BodySource[]) {
  const clock = new ManualClock();
  const verified: Transaction[] = [];
  const headers = blocks.map(({ header }) => header);
  const verifier = { verify: (list: readonly Transaction[]) => Promise.resolve(verified.push(...list)) };
  const body = new BodyDownload(headers, { sources: () => sources, verifier, clock });
  const received: number[] = [];
  const done = (async () => {
    for await (const blocks of body.blocks()) received.push(...blocks.map(({ header }) => header.height));
  })();
  done.catch(() => undefined);
  return { clock, verified, received, done };
}

const heights = chain.map(({ header }) => header.height);

describe('bodies from several peers', () => {
  it('come in order, each asked for once, and every peer has a share', async () => {
    const sources = [sourceOf(chain), sourceOf(chain)];
    const { received, done } = download(chain, sources);
    await done;
    assert.deepEqual(received, heights);
    assert.equal(sources[0]!.asked + sources[1]!.asked, chain.length);
    assert.ok(sources.every(({ asked }) => asked > 100));
  });

  it('have their signatures checked before their block is handed out', async () => {
    const { verified, done } = download([paid], [sourceOf([paid])]);
    await done;
    assert.deepEqual(verified, paid.transactions);
  });

  for (const [what, serve, misdeed] of [
    ['is not reached', unreachable, 'unreachable'],
    ['breaks the API', () => Promise.reject(new PeerError('malformed', 'junk')), 'malformed'],
    [
      'serves the body of another block',
      (hashes) => Promise.resolve(hashes.map(() => [...paid.transactions])),
      'wrongBody',
    ],
  ] as [string, BodySource['client']['bodies'], string][]) {
    it(`a peer that ${what} is blamed, and its share goes to the others`, async () => {
      const [good, bad] = [sourceOf(chain), sourceOf(chain)];
      bad.serve = serve;
      const { received, done } = download(chain, [bad, good]);
      await done;
      assert.deepEqual(received, heights);
      assert.ok(bad.blamed.length > 0 && bad.blamed.every((name) => name === misdeed), bad.blamed.join());
      assert.deepEqual(good.blamed, []);
    });
  }

  it('a peer that has no body of them gets no more requests and no blame', async () => {
    const [good, bare] = [sourceOf(chain), sourceOf([])];
    const { received, done } = download(chain, [bare, good]);
    await done;
    assert.deepEqual(received, heights);
    assert.deepEqual(bare.blamed, []);
  });

  it('a body that was left out of an answer for its size is asked for again', async () => {
    const source = sourceOf(chain);
    const { serve } = source;
    source.serve = async (hashes) => (await serve(hashes)).map((body, index) => (index < 10 ? body : undefined));
    const { received, done } = download(chain.slice(0, 64), [source]);
    await done;
    assert.deepEqual(received, heights.slice(0, 64));
  });

  it('the share of a peer that is silent goes to another after three seconds, once', async () => {
    const [slow, good] = [sourceOf(chain), sourceOf(chain)];
    slow.serve = silent;
    const { clock, received, done } = download(chain, [slow, good]);
    await settled();
    assert.deepEqual(received, [], 'its window is the first');
    clock.advance(2_999);
    await settled();
    assert.deepEqual(received, []);
    clock.advance(1);
    await done;
    assert.deepEqual(received, heights);
  });

  it('a peer that comes while a silent one is waited for takes its share', async () => {
    const [slow, good] = [sourceOf(chain), sourceOf(chain)];
    slow.serve = silent;
    const sources = [slow];
    const { clock, received, done } = download(chain, sources);
    await settled();
    sources.push(good);
    clock.advance(3_000);
    await done;
    assert.deepEqual(received, heights);
  });

  it('a peer that is busy with others is waited for when a window has lost its own', async () => {
    const [bad, busy] = [sourceOf(chain), sourceOf(chain)];
    bad.serve = unreachable;
    const { serve } = busy;
    busy.serve = async (hashes) => {
      await settled();
      return serve(hashes);
    };
    const { received, done } = download(chain, [bad, busy]);
    await done;
    assert.deepEqual(received, heights);
  });

  it('a peer that is slow is still waited for, and not asked again, where no other has them', async () => {
    const [slow, bare] = [sourceOf(chain), sourceOf([])];
    const { serve } = slow;
    let answer = (): void => undefined;
    slow.serve = async (hashes) => {
      await new Promise<void>((resolve) => (answer = resolve));
      return serve(hashes);
    };
    const { clock, received, done } = download(chain.slice(0, 10), [slow, bare]);
    await settled();
    clock.advance(3_000);
    await settled();
    assert.equal(bare.asked, 10);
    answer();
    await done;
    assert.deepEqual([received.length, slow.asked], [10, 10]);
    assert.deepEqual(slow.blamed, []);
  });

  it('a peer that was slow is asked for the rest once the others are lost', async () => {
    const [slow, other] = [sourceOf(chain), sourceOf(chain)];
    const { serve } = slow;
    let answer = (): void => undefined;
    const late = new Promise<void>((resolve) => (answer = resolve));
    slow.serve = async (hashes) => {
      await late;
      return serve(hashes);
    };
    const { serve: serveOther } = other;
    other.serve = (hashes) => (other.asked > 600 ? unreachable() : serveOther(hashes));
    const { clock, received, done } = download(chain, [slow, other]);
    await settled();
    clock.advance(3_000);
    await settled();
    answer();
    await done;
    assert.deepEqual(received, heights);
  });

  it('a silent peer is waited for where there is no other', async () => {
    const slow = sourceOf(chain);
    let answer = (): void => undefined;
    const { serve } = slow;
    slow.serve = async (hashes) => {
      await new Promise<void>((resolve) => (answer = resolve));
      return serve(hashes);
    };
    const { clock, received, done } = download(chain.slice(0, 10), [slow]);
    await settled();
    clock.advance(20_000);
    await settled();
    answer();
    await done;
    assert.equal(received.length, 10);
  });

  it('ends with staleView when no peer has them', async () => {
    const { done } = download(chain, [sourceOf(chain.slice(0, 5)), sourceOf([])]);
    await assert.rejects(done, (error) => error instanceof PeerError && error.misdeed === 'staleView');
  });

  it('never holds more than eight windows, however slowly they are used', async () => {
    const source = sourceOf(chain);
    const headers = chain.map(({ header }) => header);
    const body = new BodyDownload(headers, {
      sources: () => [source],
      verifier: { verify: () => Promise.resolve() },
      clock: new ManualClock(),
    });
    const first = await body.blocks().next();
    await settled();
    assert.equal((first.value as readonly Block[])[0]!.header.height, 1);
    assert.equal(source.asked, 8 * 64);
  });
});
