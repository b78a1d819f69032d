import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WebSocket } from 'undici';
import { CorrenteClient } from '../../src/client/correnteClient.js';
import type { NodeConnection } from '../../src/client/nodeConnection.js';
import { sendAndConfirm } from '../../src/client/sendAndConfirm.js';
import { createTransaction, sign, type SignedTransfer } from '../../src/client/transfer.js';
import { toHex } from '../../src/crypto/bytes.js';
import { testAccount, testNetwork } from '../support/blocks.js';
import { addressOf, startTestNode } from '../support/node.js';

const network = testNetwork();
const node = await startTestNode({ network });
const mine = () => node.admin('mutation { mineBlocks { __typename } }');

/** A transfer of the funded account of this number. */
function transferOf(account: number, nonce: bigint, options: { amount?: bigint; fee?: bigint } = {}): SignedTransfer {
  const sender = addressOf(network, testAccount(account));
  const recipient = addressOf(network, testAccount(5));
  const fields = { chainId: toHex(network.chainId), sender, recipient, amount: 5n, nonce, ...options };
  return sign(createTransaction(fields), testAccount(account));
}

/** A client that calls `asked` with each document it sends. */
function watched(client: NodeConnection, asked: (document: string) => void): NodeConnection {
  const { subscribe } = client;
  return {
    request: (document, variables, signal) => {
      asked(document.toString());
      return client.request(document, variables, signal);
    },
    subscribe:
      subscribe &&
      ((document, variables, signal) => {
        asked(document.toString());
        return subscribe(document, variables, signal);
      }),
  };
}

for (const [account, how, webSocket, question] of [
  [0, 'by polling, where there is no WebSocket', undefined, /query TransactionStatus\(/],
  [1, 'by subscription', WebSocket, /subscription TransactionStatusChanged/],
  [2, 'by polling, where no WebSocket reaches the node', refusingSocket(), /query TransactionStatus\(/],
] as const) {
  describe(`sendAndConfirm, ${how}`, () => {
    const client = new CorrenteClient({ url: node.url, webSocket });
    const pay = transferOf.bind(undefined, account);
    let nonce = 0n;

    it('resolves when a block has the transfer, and after as many blocks as asked for', async () => {
      for (const confirmations of [1, 3]) {
        const transfer = pay(nonce++);
        let questions = 0;
        const connection = watched(client, (document) => {
          // The first block after the question is asked; the others one by one.
          if (question.test(document) && questions++ === 0) void mineSome(confirmations);
        });
        const outcome = await sendAndConfirm(transfer, { node: connection }, { confirmations, pollMs: 5 });
        assert.equal(outcome.status, 'confirmed', JSON.stringify(outcome));
        assert.deepEqual([outcome.index, outcome.confirmations], [0, confirmations]);
        const { block } = await node.ask<{ block: unknown }>(
          'query ($hash: Hash!) { block(hash: $hash) { transactions { nodes { id } } } }',
          { hash: outcome.block.hash },
        );
        assert.deepEqual(block, { transactions: { nodes: [{ id: transfer.id }] } });
        assert.ok(questions > 0);
      }
    });

    it('says at once what is known already', async () => {
      const known = await sendAndConfirm(pay(0n), { node: client }, { pollMs: 5 });
      assert.equal(known.status, 'confirmed');
    });

    it('says with its code that it was rejected', async () => {
      const outcome = await sendAndConfirm(pay(0n, { amount: 6n }), { node: client });
      assert.equal(outcome.status === 'rejected' && outcome.code, 'NONCE_TOO_LOW');
    });

    it('says that it was dropped when another took its place', async () => {
      const first = pay(nonce);
      let replaced = false;
      const connection = watched(client, (document) => {
        if (replaced || !question.test(document)) return;
        replaced = true;
        const better = pay(nonce, { fee: 9n });
        const input = { ...better.input, replaces: first.id };
        void sendAndConfirm({ ...better, input }, { node: client }, { timeoutMs: 1 });
      });
      const outcome = await sendAndConfirm(first, { node: connection }, { pollMs: 5 });
      assert.deepEqual([outcome.status, 'code' in outcome && outcome.code], ['dropped', 'NONCE_CONFLICT']);
      await mine();
      nonce++;
    });

    it('says that it still waits when the time is over, and for which nonce', async () => {
      const outcome = await sendAndConfirm(pay(nonce + 9n), { node: client }, { timeoutMs: 200, pollMs: 5 });
      assert.deepEqual(outcome, { status: 'pending', missingNonce: `${nonce}` });
    });

    it('throws the reason of the signal that aborts it', async () => {
      const controller = new AbortController();
      const connection = watched(client, (document) => {
        if (question.test(document)) controller.abort(new Error('enough'));
      });
      const sent = sendAndConfirm(pay(nonce + 9n), { node: connection }, { pollMs: 5, signal: controller.signal });
      await assert.rejects(sent, /^Error: enough$/);
    });
  });
}

async function mineSome(blocks: number): Promise<void> {
  for (let block = 0; block < blocks; block++) await mine();
}

/** A WebSocket class that connects to nothing. */
function refusingSocket(): unknown {
  return class extends WebSocket {
    constructor() {
      super('ws://127.0.0.1:9/graphql', 'graphql-transport-ws');
    }
  };
}
