import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WebSocket } from 'undici';
import { confirm, InDoubtError, sendAndConfirm } from '../../src/client/confirm.js';
import { CorrenteClient, type NodeConnection } from '../../src/client/correnteClient.js';
import { pause } from '../../src/client/live.js';
import { RequestError } from '../../src/client/requests.js';
import { createTransaction, sign, type SignedTransfer } from '../../src/client/transfer.js';
import { toHex } from '../../src/crypto/bytes.js';
import { testAccount, testNetwork } from '../support/blocks.js';
import { addressOf, startTestNode } from '../support/node.js';
import { unreliableProxy } from '../support/unreliableProxy.js';

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
        const outcome = await sendAndConfirm({ node: connection }, { transfer, confirmations, pollMs: 5 });
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

    it('reports a known outcome at once', async () => {
      const known = await sendAndConfirm({ node: client }, { transfer: pay(0n), pollMs: 5 });
      assert.equal(known.status, 'confirmed');
    });

    it('says with its code that it was rejected', async () => {
      const outcome = await sendAndConfirm({ node: client }, { transfer: pay(0n, { amount: 6n }) });
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
        void sendAndConfirm({ node: client }, { transfer: { ...better, input }, timeoutMs: 1 });
      });
      const outcome = await sendAndConfirm({ node: connection }, { transfer: first, pollMs: 5 });
      assert.deepEqual([outcome.status, 'code' in outcome && outcome.code], ['dropped', 'NONCE_CONFLICT']);
      await mine();
      nonce++;
    });

    it('says that it still waits when the time is over, and for which nonce', async () => {
      const outcome = await sendAndConfirm(
        { node: client },
        { transfer: pay(nonce + 9n), timeoutMs: 1_000, pollMs: 5 },
      );
      assert.deepEqual(outcome, { status: 'pending', missingNonce: `${nonce}` });
    });

    it('throws the reason of the signal that aborts it', async () => {
      const controller = new AbortController();
      const connection = watched(client, (document) => {
        if (question.test(document)) controller.abort(new Error('enough'));
      });
      const sent = sendAndConfirm(
        { node: connection },
        { transfer: pay(nonce + 9n), pollMs: 5, signal: controller.signal },
      );
      await assert.rejects(sent, /^Error: enough$/);
    });
  });
}

describe('a transfer whose fate is not known', () => {
  const client = (url: string, timeoutMs = 5_000) => new CorrenteClient({ url, timeoutMs });
  const pay = transferOf.bind(undefined, 3);
  const options = { pollMs: 5, timeoutMs: 20_000 };
  const question = /query TransactionStatus\(/;
  let nonce = 0n;

  for (const mishap of [
    'cut before',
    'cut after',
    'HTTP 502',
    'page',
    'other JSON',
    'no data',
    'internal error',
    'silence',
  ] as const) {
    it(`${mishap}: is offered again with the same bytes, and paid once`, async (context) => {
      const proxy = await unreliableProxy(node.url);
      context.after(() => proxy.close());
      const offers: string[] = [];
      proxy.mishap = (body) => {
        if (question.test(body)) void mine();
        if (!body.includes('addTransactions(')) return 'none';
        offers.push(body);
        return offers.length < 3 ? mishap : 'none';
      };
      const transfer = pay(nonce++);
      const outcome = await sendAndConfirm({ node: client(proxy.url, 500) }, { transfer, ...options });
      assert.equal(outcome.status, 'confirmed');
      assert.deepEqual(new Set(offers).size, 1);
      assert.equal(await nonceOf(3), nonce);
    });
  }

  it('is an InDoubtError with its id and the transfer when the time is over', async (context) => {
    const proxy = await unreliableProxy(node.url);
    context.after(() => proxy.close());
    proxy.mishap = () => 'cut after';
    const transfer = pay(nonce++);
    const sent = sendAndConfirm({ node: client(proxy.url) }, { transfer, pollMs: 5, timeoutMs: 50 });
    await assert.rejects(sent, (error: InDoubtError) => {
      assert.ok(error instanceof InDoubtError && error instanceof RequestError);
      assert.deepEqual([error.name, error.id, error.transfer], ['InDoubtError', transfer.id, transfer]);
      assert.match(error.message, new RegExp(`^${transfer.id} may have been taken: `));
      return true;
    });
    await mine();
    // Confirmed meanwhile: said, and not paid again.
    proxy.mishap = () => 'none';
    assert.equal((await sendAndConfirm({ node: client(proxy.url) }, { transfer, ...options })).status, 'confirmed');
  });

  it('certainly did not leave where nothing listens: a RequestError, at once', async () => {
    const proxy = await unreliableProxy(node.url);
    proxy.close();
    await assert.rejects(sendAndConfirm({ node: client(proxy.url) }, { transfer: pay(nonce) }), {
      name: 'RequestError',
      code: 'UNREACHABLE',
      mayHaveArrived: false,
    });
  });
});

it('a node that was silent and has reported the transfer since then is no failure when the time is over', async () => {
  let opened = 0;
  const silent = new RequestError('UNREACHABLE', 'no answer');
  async function* told(signal?: AbortSignal) {
    if (opened++ === 0) throw silent;
    yield { transactionStatus: { __typename: 'TransactionPending' } };
    await pause(2 ** 30, signal);
  }
  const silentAtFirst = {
    request: () => Promise.reject(silent),
    subscribe: (_document: unknown, _variables: unknown, signal?: AbortSignal) => told(signal),
  } as unknown as NodeConnection;
  const { id } = transferOf(0, 0n);
  assert.deepEqual(await confirm({ node: silentAtFirst }, { id, pollMs: 0, timeoutMs: 300 }), {
    status: 'pending',
    missingNonce: undefined,
  });
  assert.equal(opened, 2);
});

async function nonceOf(account: number): Promise<bigint> {
  const { balance } = await node.ask<{ balance: { nonce: string } }>(
    'query ($address: Address!) { balance(address: $address) { nonce } }',
    { address: addressOf(network, testAccount(account)) },
  );
  return BigInt(balance.nonce);
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
