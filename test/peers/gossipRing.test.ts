import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../../src/crypto/bytes.js';
import { Gossip } from '../../src/peers/relay/gossip.js';
import { ManualClock } from '../support/manualClock.js';
import { dummyTransactions, FakeClient, settled, testPeers } from './fakeClient.js';

const NAMES = [...'12345678'];
const [transaction] = dummyTransactions(1);

/** Gossips joined by these edges; each announces what it accepts. Gives the messages by directed edge. */
async function relay(edges: readonly (readonly [number, number])[], start: number): Promise<Map<string, number>> {
  const messages = new Map<string, number>();
  const known = NAMES.map(() => new Set<string>());
  const gossips: Gossip[] = [];
  const id = toHex(transaction!.id);
  const receive = (node: number, giver: string | undefined): boolean => {
    if (giver !== undefined) gossips[node]!.markKnown(id, giver);
    const alreadyKnown = known[node]!.has(id);
    known[node]!.add(id);
    if (!alreadyKnown) gossips[node]!.announceTransactions([transaction!], giver);
    return alreadyKnown;
  };
  for (const [from, name] of NAMES.entries()) {
    const neighbours = edges.flatMap(([a, b]) => (a === from ? [b] : b === from ? [a] : []));
    const clients = neighbours.map((to) => {
      const client = new FakeClient(NAMES[to]!);
      client.take = async (batch) => {
        messages.set(`${from}→${to}`, (messages.get(`${from}→${to}`) ?? 0) + 1);
        await settled();
        return batch.map(() => ({ alreadyKnown: receive(to, name.repeat(64)) }));
      };
      return client;
    });
    const { peers } = testPeers(clients, { ownId: name.repeat(64) });
    gossips.push(
      new Gossip(
        { timeoutMs: 1_000 },
        {
          peers,
          pending: { bySenders: () => [] },
          clock: new ManualClock(),
          random: () => 0.5,
          log: { info: () => undefined, warn: () => undefined },
        },
      ),
    );
    for (const { url } of clients) await peers.add(url);
  }
  receive(start, undefined);
  // Silence: nothing is left to run when no message came for several turns.
  for (let quiet = 0, before = -1; quiet < 5; quiet++) {
    await settled();
    const total = [...messages.values()].reduce((sum, count) => sum + count, 0);
    if (total !== before) quiet = 0;
    before = total;
  }
  assert.ok(
    known.every((ids) => ids.has(id)),
    'everybody has it',
  );
  return messages;
}

const ring = NAMES.map((_, index) => [index, (index + 1) % NAMES.length] as const);

describe('relay among many', () => {
  it('a ring of 8 needs at most 2 messages an edge, then falls silent', async () => {
    const messages = await relay(ring, 0);
    const perEdge = ring.map(([a, b]) => (messages.get(`${a}→${b}`) ?? 0) + (messages.get(`${b}→${a}`) ?? 0));
    assert.ok(
      perEdge.every((count) => count <= 2),
      perEdge.join(),
    );
    assert.ok(perEdge.filter((count) => count > 0).length >= NAMES.length - 1);
  });

  it('in any connected network each directed edge carries it at most once', async () => {
    const chord = fc.tuple(fc.nat(7), fc.nat(7)).filter(([a, b]) => a < b && b - a > 1 && b - a < 7);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(chord, { selector: String, maxLength: 12 }), fc.nat(7), async (chords, start) => {
        const messages = await relay([...ring, ...chords], start);
        for (const [edge, count] of messages) assert.equal(count, 1, edge);
      }),
      { numRuns: 20 },
    );
  });
});
