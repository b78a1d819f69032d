import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createHeader, type Block, type BlockHeader } from '../../src/consensus/block.js';
import type { Transaction } from '../../src/consensus/transaction.js';
import { equalBytes, toHex } from '../../src/crypto/bytes.js';
import { downloadBranch } from '../../src/peers/sync/branchDownload.js';
import { PeerError, type PeerMisdeed } from '../../src/peers/standing.js';
import { mineBlock, mineBlocks, testAccount, transfer } from '../support/blocks.js';
import { testChain } from '../support/chain.js';
import { ManualClock } from '../support/manualClock.js';
import { network } from './fakeClient.js';

const genesis = network.genesis.header;
const overspent = transfer({ network, from: testAccount(8), to: testAccount(1), amount: 5n, nonce: 0 });

/** A peer whose best chain is `blocks`; a test replaces the answers that are lies. */
function peerWith(blocks: readonly Block[]) {
  const bodies = new Map(blocks.map(({ header, transactions }) => [toHex(header.hash), transactions as Transaction[]]));
  const peer = {
    pages: 0,
    bodiesAsked: 0,
    blamed: [] as string[],
    headers: blocks.map(({ header }) => header),
    headersAfter: (locator: readonly Uint8Array[], first: number): Promise<BlockHeader[]> => {
      peer.pages++;
      const fork = locator
        .map((hash) => peer.headers.findIndex((header) => equalBytes(header.hash, hash)))
        .find((index) => index >= 0);
      return Promise.resolve(peer.headers.slice((fork ?? -1) + 1).slice(0, first));
    },
    bodies: (hashes: readonly Uint8Array[]) => {
      peer.bodiesAsked += hashes.length;
      return Promise.resolve(hashes.map((hash) => bodies.get(toHex(hash))));
    },
  };
  return peer;
}

async function ourChain(blocks: readonly Block[] = []) {
  const ours = testChain(network);
  for (const block of blocks) assert.equal((await ours.add(block)).status, 'connected');
  return ours;
}

function run(ours: ReturnType<typeof testChain>, peer: ReturnType<typeof peerWith>): Promise<number> {
  const source = { client: peer, blame: (misdeed: PeerMisdeed) => void peer.blamed.push(misdeed) };
  return downloadBranch(network, {
    chain: {
      tip: () => ours.chain.tip(),
      read: (use) => ours.chain.read(use),
      addBlock: (block) => ours.add(block),
      extend: (blocks) => ours.extend(blocks),
    },
    client: peer,
    sources: () => [source],
    verifier: { verify: () => Promise.resolve() },
    clock: new ManualClock(),
    now: () => Date.UTC(2100, 0, 1),
    proven: () => undefined,
    progressed: () => undefined,
  });
}

const misdeed = (expected: PeerMisdeed) => (error: unknown) => error instanceof PeerError && error.misdeed === expected;

describe('a download of a branch', () => {
  it('of more than one page of headers', async () => {
    const peer = peerWith(mineBlocks(2_050, { network, parent: genesis }));
    const ours = await ourChain();
    assert.equal(await run(ours, peer), 2_050);
    assert.equal(ours.chain.tip().height, 2_050);
  });

  // genesis ─ a1 ─ a2
  //        └─ b1 ─ b2 ─ b3
  it('of a side branch that is heavier replaces ours', async () => {
    const ours = await ourChain(mineBlocks(2, { network, parent: genesis }));
    const peer = peerWith(mineBlocks(3, { network, parent: genesis, miner: testAccount(7) }));
    assert.equal(await run(ours, peer), 3);
    assert.deepEqual(ours.chain.tip().hash, peer.headers.at(-1)!.hash);
  });

  it('that is not heavier takes no body', async () => {
    const ours = await ourChain(mineBlocks(2, { network, parent: genesis }));
    const peer = peerWith(mineBlocks(2, { network, parent: genesis, miner: testAccount(7) }));
    assert.equal(await run(ours, peer), 0);
    assert.equal(peer.bodiesAsked, 0);
  });

  it('of a branch whose first page is not heavier yet reads on before it takes a body', async () => {
    const ours = await ourChain(mineBlocks(2_010, { network, parent: genesis }));
    const peer = peerWith(mineBlocks(2_011, { network, parent: genesis, miner: testAccount(7) }));
    assert.equal(await run(ours, peer), 2_011);
    assert.deepEqual(ours.chain.tip().hash, peer.headers.at(-1)!.hash);
  });

  it('that was cut short goes on where it ended', async () => {
    const blocks = mineBlocks(200, { network, parent: genesis });
    const ours = await ourChain();
    const peer = peerWith(blocks);
    const { bodies } = peer;
    const served = new Set(blocks.slice(0, 64).map(({ header }) => toHex(header.hash)));
    peer.bodies = async (hashes) =>
      (await bodies(hashes)).map((body, index) => (served.has(toHex(hashes[index]!)) ? body : undefined));
    await assert.rejects(run(ours, peer), misdeed('staleView'));
    assert.equal(ours.chain.tip().height, 64);
    const again = peerWith(blocks);
    assert.equal(await run(ours, again), 136);
    assert.equal(again.bodiesAsked, 136);
  });
});

describe('headers that lie are refused before any body is asked for', () => {
  const good = mineBlocks(3, { network, parent: genesis });
  const withHeader = (index: number, change: (header: BlockHeader) => BlockHeader) => {
    const peer = peerWith(good);
    peer.headers = peer.headers.map((header, i) => (i === index ? change(header) : header));
    return peer;
  };

  it('accepts them unchanged', async () => {
    assert.equal(
      await run(
        await ourChain(),
        withHeader(1, (header) => header),
      ),
      3,
    );
  });

  for (const [what, change, expected] of [
    ['no proof of work', (header) => unworked(header), 'invalidBlock'],
    [
      'an easier target than the schedule',
      (header) =>
        mineBlock({ network, parent: good[0]!.header, timestamp: header.timestamp, target: 0x2000_ffff }).header,
      'invalidBlock',
    ],
    [
      'a time before the median',
      () => mineBlock({ network, parent: good[0]!.header, timestamp: genesis.timestamp }).header,
      'invalidBlock',
    ],
    ['another parent', () => mineBlock({ network, parent: genesis, miner: testAccount(6) }).header, 'malformed'],
  ] as [string, (header: BlockHeader) => BlockHeader, PeerMisdeed][]) {
    it(what, async () => {
      const peer = withHeader(1, change);
      await assert.rejects(run(await ourChain(), peer), misdeed(expected));
      assert.equal(peer.bodiesAsked, 0);
    });
  }

  it('that follow no block of ours', async () => {
    const peer = peerWith(good);
    peer.headersAfter = () => Promise.resolve(peer.headers.slice(1));
    await assert.rejects(run(await ourChain(), peer), misdeed('malformed'));
  });
});

describe('a bad block in the middle of a branch', () => {
  it('leaves the old tip standing, is marked with its descendants, and is its peer’s fault', async () => {
    const ours = await ourChain(mineBlocks(3, { network, parent: genesis }));
    const tip = ours.chain.tip().hash;
    const first = mineBlock({ network, parent: genesis, miner: testAccount(7) });
    const bad = mineBlock({ network, parent: first.header, transactions: [overspent] });
    const branch = [first, bad, ...mineBlocks(4, { network, parent: bad.header })];
    const peer = peerWith(branch);
    await assert.rejects(run(ours, peer), misdeed('invalidBlock'));
    const view = ours.chain.snapshot();
    assert.deepEqual(view.tip().hash, tip);
    assert.equal(view.header(first.header.hash)?.invalid, false);
    assert.equal(view.header(bad.header.hash)?.invalid, true);
    // A second offer of it costs no body.
    const again = peerWith(branch);
    await assert.rejects(run(ours, again), misdeed('invalidBlock'));
    assert.equal(again.bodiesAsked, 0);
  });
});

/** The same header under the first nonce that misses its target. */
function unworked(header: BlockHeader): BlockHeader {
  for (let nonce = 0n; ; nonce++) {
    const other = createHeader(header, nonce);
    if (other.hash[0]! > 0x7f) return other;
  }
}
