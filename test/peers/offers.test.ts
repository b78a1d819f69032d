import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createHeader, type Block } from '../../src/consensus/block.js';
import { meetsTarget } from '../../src/consensus/pow.js';
import type { BodySource } from '../../src/peers/sync/bodyDownload.js';
import type { SyncedChain } from '../../src/peers/sync/branchDownload.js';
import { Downloads } from '../../src/peers/sync/downloads.js';
import { Offering } from '../../src/peers/sync/offering.js';
import { Offers } from '../../src/peers/sync/offers.js';
import { PeerState } from '../../src/peers/peerState.js';
import type { Wanted } from '../../src/peers/ports.js';
import type { Hindrance } from '../../src/peers/sync/hindrances.js';
import { mineBlocks, testAccount } from '../support/blocks.js';
import { testChain } from '../support/chain.js';
import { silentLogger, type LogLine } from '../support/logger.js';
import { ManualClock } from '../support/manualClock.js';
import { FakeClient, network, settled } from './fakeClient.js';

const genesis = network.genesis.header;
const light = mineBlocks(2, { network, parent: genesis });
const heavy = mineBlocks(130, { network, parent: genesis, miner: testAccount(7) });
const tip = heavy.at(-1)!.header;

async function chainOf(blocks: readonly Block[]) {
  const made = testChain(network);
  let stored = 0;
  while (stored < blocks.length) stored += await made.extend(blocks.slice(stored, stored + 500));
  return made;
}

/** A node that takes offers on a chain of `blocks`. */
async function receiver(blocks: readonly Block[] = [], sources: readonly BodySource[] = []) {
  const ours = await chainOf(blocks);
  const clock = new ManualClock(Date.UTC(2100, 0, 1));
  const lines: LogLine[] = [];
  const log = silentLogger(lines);
  const chain: SyncedChain = {
    tip: () => ours.chain.tip(),
    read: (use) => ours.chain.read(use),
    addBlock: (block: Block) => ours.add(block),
    extend: (some: readonly Block[]) => ours.extend(some),
  };
  const verifier = { verify: () => Promise.resolve() };
  const downloads = new Downloads({ network }, { chain, verifier, clock, now: () => clock.now(), log });
  const refusals: Hindrance[] = [];
  const sync = {
    sources: () => [...sources],
    refused: (_: unknown, hindrance: Hindrance) => void refusals.push(hindrance),
  };
  let names = 0;
  const offers = new Offers({ network }, { chain, downloads, sync, clock, newName: () => `offer ${++names}`, log });
  return { offers, clock, refusals, height: () => ours.chain.tip().height };
}

/** A connected peer without any of the bodies. */
const bare: BodySource = {
  client: { bodies: (hashes) => Promise.resolve(hashes.map(() => undefined)) },
  blame: () => undefined,
};

/** A node with a chain of `blocks` that reaches the receiver, and the requests that it got. Bodies leave it once `upload` is over. */
async function sender(
  blocks: readonly Block[],
  { offers }: Pick<Awaited<ReturnType<typeof receiver>>, 'offers'>,
  upload = () => Promise.resolve(),
) {
  const theirs = await chainOf(blocks);
  const clock = new ManualClock();
  const lines: LogLine[] = [];
  const offering = new Offering({ chain: theirs.chain, clock, log: silentLogger(lines) });
  const client = new FakeClient('a');
  const wanted = { pages: 0, bodies: 0 };
  client.offer = async (header) => known(await offers.begin(header, undefined));
  client.sendHeaders = async (offer, headers) => {
    wanted.pages++;
    return offers.headers(offer, headers);
  };
  client.sendBodies = async (offer, bodies) => {
    wanted.bodies += bodies.length;
    await upload();
    return offers.bodies(offer, bodies);
  };
  const state = new PeerState(client.url, 'operator', { client, clock, queued: () => 0 });
  state.apply('accepted');
  state.answer = await client.handshake();
  return { offering, clock, lines, state, wanted };
}

function known(answer: Awaited<ReturnType<Offers['begin']>>): Wanted | undefined {
  return 'code' in answer ? undefined : answer;
}

describe('an offered branch', () => {
  it('that extends the best chain is taken, headers first', async () => {
    const here = await receiver(heavy.slice(0, 100));
    const { offering, state, wanted } = await sender(heavy, here);
    await offering.consider(state);
    assert.equal(here.height(), 130);
    assert.equal(wanted.bodies, 30);
  });

  it('of thousands of blocks is taken page by page, also where it leaves the best chain deeper than a page', async () => {
    const [short, long] = [2_001, 2_005].map((count, index) =>
      mineBlocks(count, { network, parent: genesis, miner: testAccount(index) }),
    ) as [Block[], Block[]];
    const here = await receiver(short);
    const { offering, state, wanted } = await sender(long, here);
    await offering.consider(state);
    assert.deepEqual([here.height(), wanted.bodies], [2_005, 2_005]);
  });

  it('that is sent slowly is sent once, also where another peer could be asked', async () => {
    const here = await receiver([], [bare]);
    const { offering, state, wanted } = await sender(heavy.slice(0, 64), here, async () => {
      here.clock.advance(4_000);
      await settled();
    });
    await offering.consider(state);
    assert.deepEqual([here.height(), wanted.bodies, here.refusals], [64, 64, []]);
  });

  it('whose sender takes 9 s for each window is followed, and given up where it takes 10', async () => {
    for (const [seconds, height] of [
      [9, 130],
      [10, 0],
    ] as const) {
      const here = await receiver();
      const { offering, state } = await sender(heavy, here, async () => {
        here.clock.advance(seconds * 1_000);
        await settled();
      });
      await offering.consider(state);
      assert.equal(here.height(), height);
    }
  });

  it('with less work costs a page of headers, and no body', async () => {
    const here = await receiver(heavy);
    const { offering, state, wanted } = await sender(light, here);
    state.answer = { ...state.answer!, work: 0n };
    await offering.consider(state);
    assert.deepEqual([here.height(), wanted.bodies, wanted.pages], [130, 0, 1]);
  });

  it('that is known already is over at once', async () => {
    const here = await receiver(heavy);
    const { offering, state, wanted } = await sender(heavy.slice(0, 50), here);
    await offering.consider(state);
    assert.deepEqual(wanted, { pages: 0, bodies: 0 });
  });

  it('is over at once while another is fetched, and is taken after it', async () => {
    const here = await receiver();
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const first = await sender(heavy, here, () => released);
    const offered = first.offering.consider(first.state);
    while (first.wanted.bodies === 0) await settled();
    const longer = mineBlocks(140, { network, parent: genesis, miner: testAccount(8) });
    const { offering, clock, state, wanted } = await sender(longer, here);
    const refused = offering.consider(state);
    await settled();
    assert.deepEqual(wanted, { pages: 0, bodies: 0 });
    release();
    await Promise.all([offered, refused]);
    assert.equal(here.height(), 130);
    clock.advance(2_000);
    await offering.consider(state);
    assert.deepEqual([here.height(), wanted.bodies], [140, 140]);
  });

  it('is not offered to a peer that shows as much work', async () => {
    const here = await receiver();
    const { offering, state } = await sender(heavy, here);
    state.answer = { ...state.answer!, work: 10n ** 9n };
    await offering.consider(state);
    assert.equal(here.height(), 0);
  });

  it('begins with a proof of work', async () => {
    const { offers } = await receiver();
    assert.equal('code' in (await offers.begin(tip, undefined)), false);
    const { nonce, ...fields } = tip;
    let forged = createHeader(fields, nonce);
    while (meetsTarget(forged.hash, forged.target)) forged = createHeader(fields, forged.nonce + 1n);
    const answer = await offers.begin(forged, undefined);
    assert.equal('code' in answer && answer.code, 'INVALID_PROOF_OF_WORK');
  });

  it('with a header that breaks a rule ends there, and no body is wanted', async () => {
    const here = await receiver();
    const begun = known(await here.offers.begin(tip, undefined))!;
    assert.deepEqual(begun.headersAfter, [genesis.hash]);
    const headers = heavy.map(({ header }) => header);
    const over = await here.offers.headers(begun.offer, [...headers.slice(0, 50), ...headers.slice(51)]);
    assert.deepEqual([over.isOver, over.bodies, here.height()], [true, [], 0]);
    assert.deepEqual(here.refusals, [], 'what was not proven is not told');
  });

  it('whose bodies are junk is over, and nothing of it is kept', async () => {
    const here = await receiver();
    const begun = known(await here.offers.begin(tip, undefined))!;
    const headers = heavy.map(({ header }) => header);
    let wanted = await here.offers.headers(begun.offer, headers);
    // Its turn has come, and it is asked once more.
    wanted = await here.offers.headers(wanted.offer, headers);
    assert.equal(wanted.bodies.length, 64);
    wanted = await here.offers.bodies(
      wanted.offer,
      wanted.bodies.map((hash) => ({ hash, body: new Uint8Array(7) })),
    );
    while (!wanted.isOver) wanted = await here.offers.bodies(wanted.offer, []);
    assert.equal(here.height(), 0);
    assert.equal(here.refusals[0]?.kind, 'staleView');
  });

  it('that falls silent is given up, and keeps no other waiting before it has shown more work', async () => {
    const here = await receiver();
    const begun = known(await here.offers.begin(tip, undefined))!;
    const { offering, state } = await sender(heavy.slice(0, 20), here);
    await offering.consider(state);
    assert.equal(here.height(), 20);
    here.clock.advance(10_000);
    await settled();
    assert.equal((await here.offers.headers(begun.offer, [])).isOver, true);
  });

  it('takes the place of the oldest that has shown nothing, where there are too many', async () => {
    const { offers } = await receiver();
    const names: string[] = [];
    for (const { header } of heavy.slice(0, 9)) names.push(known(await offers.begin(header, undefined))!.offer);
    assert.equal((await offers.headers(names[0]!, [])).isOver, true);
    assert.equal(
      (
        await offers.headers(
          names[8]!,
          heavy.map(({ header }) => header),
        )
      ).isOver,
      false,
    );
  });

  it('takes no place of another node that proved its id, but that of the same one', async () => {
    const { offers } = await receiver();
    const begin = async (index: number, giver?: string) =>
      known(await offers.begin(heavy[index]!.header, giver))!.offer;
    const first = await begin(0, 'node 0');
    for (let index = 1; index < 8; index++) await begin(index, `node ${index}`);
    assert.equal(await begin(8), '', 'a stranger finds no room');
    const second = await begin(9, 'node 0');
    // Only an offer that is under way has a name in its answer.
    assert.deepEqual([(await offers.headers(first, [])).offer, (await offers.headers(second, [])).offer], ['', second]);
  });

  it('is made again after a pause that grows where it came to nothing', async () => {
    const here = await receiver();
    const { offering, clock, state } = await sender(heavy, here);
    let offered = 0;
    state.client.offer = () => {
      offered++;
      return Promise.resolve(undefined);
    };
    for (let second = 0; second < 10; second++) {
      await offering.consider(state);
      clock.advance(1_000);
    }
    assert.equal(offered, 3, 'at 0, 2 and 6 seconds');
  });

  it('whose blocks were sent in vain counts as one of those, until the peer shows more work', async () => {
    const { offering, clock, lines, state } = await sender(heavy, await receiver());
    const wanted = { offer: 'vain', headersAfter: undefined, first: 0, bodies: [tip.hash], isOver: false };
    let sent = 0;
    state.client.offer = () => Promise.resolve(wanted);
    state.client.sendBodies = (_, { length }) => {
      sent += length;
      return Promise.resolve({ ...wanted, bodies: [], isOver: true });
    };
    for (let second = 0; second < 10; second++) {
      await offering.consider(state);
      clock.advance(1_000);
    }
    assert.deepEqual([sent, lines], [3, []], 'at 0, 2 and 6 seconds');
    state.answer = { ...state.answer!, work: 1n };
    await offering.consider(state);
    assert.equal(sent, 4, 'the next is made at once');
    assert.deepEqual(
      lines.map(({ msg, blocks }) => [msg, blocks]),
      [['gave a peer the blocks that it missed', 1]],
    );
  });
});
