import type { Transaction } from '../../src/consensus/transaction.js';
import { toHex } from '../../src/crypto/bytes.js';
import { systemClock } from '../../src/node/world.js';
import { Gossip } from '../../src/peers/relay/gossip.js';
import { FakeClient, testPeers } from './fakeClient.js';

/** Relay to fake peers a, b, … that have been greeted. */
export async function testGossip(
  count: number,
  options: { timeoutMs?: number; pending?: readonly Transaction[] } = {},
) {
  const clients = [...'abcdefgh'].slice(0, count).map((name) => new FakeClient(name));
  const { peers, clock, lines, relay } = testPeers(clients);
  const pending = { list: options.pending ?? [] };
  const gossip = new Gossip(
    { timeoutMs: options.timeoutMs ?? 20 },
    {
      peers,
      pending: {
        bySenders: () => pending.list.map((transaction) => ({ txid: toHex(transaction.id), transaction })),
      },
      clock: { elapsed: () => clock.elapsed, sleep: (milliseconds, signal) => systemClock.sleep(milliseconds, signal) },
      random: () => 0.5,
      log: { info: () => undefined, warn: log },
    },
  );
  relay.queued = (state) => gossip.queued(state);
  peers.removed.on((state) => gossip.drop(state));
  function log(details: object, msg: string): void {
    lines.push({ ...details, msg });
  }
  for (const { url } of clients) await peers.add(url);
  return { clients: clients as [FakeClient, FakeClient, ...FakeClient[]], peers, gossip, clock, lines, pending };
}
