import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeAddress } from '../../src/crypto/address.js';
import type { Services } from '../../src/graphql/services.js';
import { testAccount } from '../support/blocks.js';
import { eventually } from '../support/node.js';
import { eventClient, follow, refusal, socketClient } from './streamClients.js';
import { testServer } from './testServer.js';

const TIP = 'subscription { blockAdded(afterHeight: -1) { height } }';
const HASH = 'ab'.repeat(32);

for (const [transport, connect] of [
  ['a WebSocket', socketClient],
  ['an event stream', eventClient],
] as const) {
  describe(`a subscription over ${transport}`, () => {
    it('that is too deep, too wide, too long, too costly or wrong is refused like any operation', async () => {
      const { url, snapshots } = await testServer();
      const client = connect(url);
      assert.equal(await refusal(client, TIP), undefined);
      const nested = (depth: number): string =>
        depth === 0
          ? 'height'
          : `transactions { nodes { status { ... on TransactionConfirmed { block { ${nested(depth - 1)} } } } } }`;
      const aliases = Array.from({ length: 40 }, (_, index) => `a${index}: height`).join(' ');
      for (const [name, query, code] of [
        ['deep', `subscription { blockAdded { ${nested(6)} } }`, 'GRAPHQL_VALIDATION_FAILED'],
        ['wide', `subscription { blockAdded { ${aliases} } }`, 'GRAPHQL_VALIDATION_FAILED'],
        ['long', `subscription { blockAdded { ${'height '.repeat(2_100)} } }`, 'GRAPHQL_PARSE_FAILED'],
        ['a body', 'subscription { blockAdded { body } }', 'QUERY_TOO_EXPENSIVE'],
        ['pages of pages', `subscription { blockAdded { ${nested(2)} } }`, 'QUERY_TOO_EXPENSIVE'],
        ['two fields', 'subscription { blockAdded { height } peerChanged { url } }', 'GRAPHQL_VALIDATION_FAILED'],
        ['unknown field', 'subscription { blockRemoved { height } }', 'GRAPHQL_VALIDATION_FAILED'],
        ['bad height', 'subscription { blockAdded(afterHeight: -2) { height } }', 'BAD_USER_INPUT'],
        ['no variable', 'subscription ($h: Int!) { blockAdded(afterHeight: $h) { height } }', 'BAD_USER_INPUT'],
        ['bad hash', 'subscription { blockAdded(afterHash: "ab") { height } }', 'BAD_USER_INPUT'],
        ['unknown block', `subscription { blockAdded(afterHash: "${HASH}") { height } }`, 'UNKNOWN_BLOCK'],
        [
          'no wait',
          `subscription { transactionStatus(id: "${HASH}", confirmations: 0) { __typename } }`,
          'BAD_USER_INPUT',
        ],
      ] as const) {
        assert.equal(await refusal(client, query), code, name);
      }
      assert.equal(snapshots.open, 0);
    });

    it('that fails by a fault of this node is masked', async () => {
      const address = encodeAddress('cortest', testAccount(0).publicKey);
      const query = `subscription { balanceChanged(address: "${address}") { confirmed incoming } }`;
      const healthy = await testServer();
      assert.equal(await refusal(connect(healthy.url), query), undefined);
      // Once where the state is read, and once where the event is resolved.
      for (const failing of [1, 2]) {
        let calls = 0;
        const mempool: Pick<Services['mempool'], 'outgoing' | 'nextNonce' | 'incoming'> = {
          outgoing: () => 0n,
          nextNonce: () => undefined,
          incoming: () => {
            if (++calls === failing) throw new Error('a path on this machine');
            return 0n;
          },
        };
        const { url } = await testServer({ mempool: mempool as Services['mempool'] });
        assert.match(await whatIsTold(connect(url), query), MASKED, `call ${failing}`);
      }
      // And where it is begun.
      const chain: Services['chain'] = {
        isWorking: false,
        snapshot: () => {
          throw new Error('a path on this machine');
        },
      };
      const { url } = await testServer({ chain });
      assert.match(await whatIsTold(connect(url), TIP), MASKED);
    });

    it('is refused where no slot is left, with a code, and taken when one is free again', async () => {
      const { url, post, snapshots } = await testServer({}, { streams: { maxOperations: 3 } });
      const client = connect(url);
      const held = [1, 2, 3].map(() => follow(client, TIP));
      for (const follower of held) assert.deepEqual(await follower.next('blockAdded'), { height: 0 });
      for (let i = 0; i < 20; i++) assert.equal(await refusal(client, TIP), 'TOO_MANY_SUBSCRIPTIONS');
      assert.equal((await post('{ chain { height } }')).status, 200);
      await held[1]!.stop();
      await eventually(
        () => refusal(client, TIP),
        (code) => code !== 'TOO_MANY_SUBSCRIPTIONS',
      );
      assert.equal(snapshots.open, 0);
    });
  });
}

const MASKED = /^(?!.*path on this machine).*"message":"internal error".*"code":"INTERNAL_SERVER_ERROR"/;

/** The first that a subscriber hears, as text. */
async function whatIsTold(client: Parameters<typeof follow>[0], query: string): Promise<string> {
  try {
    return JSON.stringify((await follow(client, query).raw()).value);
  } catch (failure) {
    return JSON.stringify(failure);
  }
}

describe('10,000 subscribers', () => {
  it('find 1,000 slots: nine of ten are refused, and everybody is served', async () => {
    // Time to introduce themselves and to wait for their turn: here they share a process with the node.
    const streams = { initialisationMs: 60_000, keepAliveMs: 60_000 };
    const { url, post, mine } = await testServer({}, { streams, load: { waitMs: 60_000, maxWaitMs: 60_000 } });
    const counts = { told: 0, refused: 0 };
    let settle: () => void = () => undefined;
    const until = (done: () => boolean) =>
      new Promise<void>((resolve) => {
        settle = () => {
          if (done()) resolve();
        };
        settle();
      });
    for (let connection = 0; connection < 50; connection++) {
      const client = socketClient(url);
      for (let i = 0; i < 200; i++) {
        client.subscribe(
          { query: TIP },
          {
            next: () => {
              counts.told++;
              settle();
            },
            error: (errors) => {
              // Anything else is the end of the test: the connection is closed.
              const [error] = Array.isArray(errors) ? (errors as { extensions: Record<string, unknown> }[]) : [];
              if (error?.extensions['code'] === 'TOO_MANY_SUBSCRIPTIONS') counts.refused++;
              settle();
            },
            complete: () => undefined,
          },
        );
      }
    }
    await until(() => counts.told + counts.refused === 10_000);
    assert.deepEqual(counts, { told: 1_000, refused: 9_000 });
    await mine();
    const started = performance.now();
    assert.equal((await post('{ chain { height } }')).status, 200);
    const answeredMs = performance.now() - started;
    await until(() => counts.told === 2_000);
    assert.ok(answeredMs < 1_000, `answered after ${answeredMs} ms`);
  });
});
