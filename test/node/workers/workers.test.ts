import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'undici';
import { type LocalNode, startLocalNode } from '../../../examples/localNode.js';
import { transactionInput } from '../../../src/client/codec.js';
import { developmentAccount, developmentNetwork } from '../../../src/consensus/network.js';
import { transfer } from '../../support/blocks.js';
import { temporaryFolder } from '../../support/temporaryFolder.js';

const network = developmentNetwork();
/** Writes, each of which is read through another worker. READS says how many, a multiple of 30. */
const READS = Number(process.env['READS'] ?? 300);
const ADD = `mutation ($transaction: AddTransactionInput!) {
  addTransaction(transaction: $transaction) { __typename ... on TransactionAccepted { transaction { id } } ... on Rejected { code } }
}`;
const SEEN = `query ($id: Hash!, $address: Address!) {
  transaction(id: $id) { status { __typename } } balance(address: $address) { nextNonce } mempool { size } chain { height }
}`;

/** Processes that the node has started. */
function children({ process: { pid } }: LocalNode): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

/** A connection of its own, which one worker answers as long as it lasts. */
function connection(url: string) {
  const client = new Client(new URL(url).origin);
  return {
    client,
    ask: async <Answer>(query: string, variables: object, token?: string): Promise<Answer> => {
      const { body } = await client.request({
        method: 'POST',
        path: '/graphql',
        headers: {
          'content-type': 'application/json',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = (await body.json()) as { data: Answer; errors?: unknown };
      assert.equal(errors, undefined);
      return data;
    },
  };
}

interface Seen {
  readonly transaction: { readonly status: { readonly __typename: string } } | null;
  readonly balance: { readonly nextNonce: string };
  readonly mempool: { readonly size: number };
  readonly chain: { readonly height: number };
}

describe('API workers', () => {
  const data = temporaryFolder();
  let node: LocalNode;
  before(async () => {
    node = await startLocalNode({ data, args: ['--mine', 'off', '--api-workers', '2'] });
  });
  after(() => node.stop());

  it('are so many processes, and their answers show what another one has acknowledged', async () => {
    assert.equal(children(node).length, 2);
    const [writer, reader] = [connection(node.url), connection(node.url)];
    const token = readFileSync(join(node.data, 'admin.token'), 'utf8').trim();
    let height = 0;
    for (let nonce = 0; nonce < READS; nonce++) {
      const [from, to] = [developmentAccount(0), developmentAccount(1)];
      const transaction = transfer({ network, from, to, amount: 1n, nonce });
      const input = transactionInput(transaction, network.addressPrefix);
      const { addTransaction } = await writer.ask<{
        addTransaction: { __typename: string; transaction: { id: string } };
      }>(ADD, { transaction: input });
      assert.equal(addTransaction.__typename, 'TransactionAccepted');
      const { id } = addTransaction.transaction;
      const pending = await reader.ask<Seen>(SEEN, { id, address: input.sender });
      assert.equal(pending.transaction?.status.__typename, 'TransactionPending');
      assert.equal(pending.balance.nextNonce, `${nonce + 1}`);
      if (nonce % 30 !== 29) continue;
      await writer.ask('mutation { mineBlocks { __typename } }', {}, token);
      const confirmed = await reader.ask<Seen>(SEEN, { id, address: input.sender });
      assert.equal(confirmed.transaction?.status.__typename, 'TransactionConfirmed');
      assert.equal(confirmed.chain.height, ++height);
      assert.equal(confirmed.mempool.size, 0);
    }
    await Promise.all([writer.client.close(), reader.client.close()]);
  });

  it('count together: metrics of the node are those of all its processes', async () => {
    const text = await (await fetch(new URL('/metrics', node.url))).text();
    const count = Number(/http_requests_total\{route="\/graphql",status="200"\} (\d+)/.exec(text)?.[1]);
    assert.ok(count >= 2 * READS, `${count} requests`);
    assert.match(text, new RegExp(`corrente_transactions_accepted_total\\{source="client"\\} ${READS}\\n`));
    assert.match(text, new RegExp(`corrente_chain_height ${READS / 30}\\n`));
  });

  it('are replaced when they die, and the other ones go on answering', async () => {
    const [first, second] = [connection(node.url), connection(node.url)];
    await Promise.all([first, second].map(({ ask }) => ask('{ __typename }', {})));
    const [victim] = children(node);
    const closed = Promise.race([first, second].map(({ client }) => once(client, 'disconnect')));
    process.kill(victim!, 'SIGKILL');
    await closed;
    // A client sends again what a worker did not answer: undici connects anew.
    for (let i = 0; i < 50; i++) {
      const answers = await Promise.all(
        [first, second].map(({ ask }) => ask<{ chain: { height: number } }>('{ chain { height } }', {})),
      );
      assert.deepEqual(
        answers.map(({ chain }) => chain.height),
        [10, 10],
      );
    }
    while (children(node).length < 2 || children(node).includes(victim!)) await delay(50);
    await Promise.all([first.client.destroy(), second.client.destroy()]);
  });

  it('end a request that does not arrive, as one process does', async () => {
    const { hostname, port } = new URL(node.url);
    const socket = connect(Number(port), hostname);
    socket.write('POST /graphql HTTP/1.1\r\nhost: localhost\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 408 /);
    socket.destroy();
  });

  it('end with the ledger process, however that ends', async () => {
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      const other = await startLocalNode({ data: temporaryFolder(), args: ['--mine', 'off', '--api-workers', '2'] });
      const pids = children(other);
      assert.equal(pids.length, 2);
      await other.stop(signal);
      if (signal === 'SIGTERM') assert.equal(other.process.exitCode, 0);
      while (pids.some(isAlive)) await delay(20);
    }
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
