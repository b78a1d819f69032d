import type { Block } from '../../src/consensus/block.js';
import type { Transaction } from '../../src/consensus/transaction.js';
import { equalBytes, toHex } from '../../src/crypto/bytes.js';
import type { SyncedChain } from '../../src/peers/sync/branchDownload.js';
import { Downloads } from '../../src/peers/sync/downloads.js';
import { Sync } from '../../src/peers/sync/sync.js';
import { mineBlocks, testAccount } from '../support/blocks.js';
import { testChain } from '../support/chain.js';
import { silentLogger, type LogLine } from '../support/logger.js';
import { ManualClock } from '../support/manualClock.js';
import { FakeClient, network, testPeers } from './fakeClient.js';

export const genesis = network.genesis.header;
export const light = mineBlocks(2, { network, parent: genesis });
export const heavy = mineBlocks(130, { network, parent: genesis, miner: testAccount(7) });

/** A peer that serves `blocks` and shows their work. */
export function serve(client: FakeClient, blocks: readonly Block[]): void {
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
export function testSync(count: number) {
  const clients = [...'abcd'].slice(0, count).map((name) => new FakeClient(name));
  const { peers } = testPeers(clients);
  const ours = testChain(network);
  const clock = new ManualClock(heavy.at(-1)!.header.timestamp);
  const lines: LogLine[] = [];
  const log = silentLogger(lines);
  const chain: SyncedChain = {
    tip: () => ours.chain.tip(),
    read: (use) => ours.chain.read(use),
    addBlock: (block: Block) => ours.add(block),
    extend: (blocks: readonly Block[]) => ours.extend(blocks),
  };
  const verifier = { verify: () => Promise.resolve() };
  const downloads = new Downloads({ network }, { chain, verifier, clock, now: () => clock.now(), log });
  const sync = new Sync({ chain, downloads, peers, clock, log });
  // Each block that leaves the best chain gives one transaction back.
  ours.chain.tipChanged.on(({ reorganization, disconnected }) => {
    if (reorganization) sync.tipChanged({ reorganization: { ...reorganization, returned: disconnected.length } });
  });
  const greet = async () => {
    for (const { url } of clients) await peers.add(url);
  };
  const standing = (client: FakeClient) => peers.list().find(({ url }) => url === client.url)!;
  return { clients: clients as [FakeClient, FakeClient, FakeClient], peers, ours, clock, lines, sync, greet, standing };
}
