import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  buildSchema,
  getOperationAST,
  OperationTypeNode,
  parse,
  print,
  separateOperations,
  validate,
  type DocumentNode,
} from 'graphql';
import { developmentNetwork } from '../../src/consensus/network.js';
import { follow, socketClient } from '../api/streamClients.js';
import { startTestNode } from '../support/node.js';
import { packageFolder } from '../support/packageFolder.js';

const folder = join(packageFolder(), 'ide/examples');
const examples = readdirSync(folder)
  .sort()
  .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));

describe('the examples of the IDE', () => {
  it('are valid documents of the schema', () => {
    assert.ok(examples.length >= 8, `expected to see them all, got ${examples.length}`);
    const schema = buildSchema(readFileSync(join(packageFolder(), 'schema.graphql'), 'utf8'));
    for (const { name, text } of examples) assert.deepEqual(validate(schema, parse(text)), [], name);
    assert.notDeepEqual(validate(schema, parse('{ chain { depth } }')), []);
  });

  it('show their comments without scrolling', () => {
    const comments = examples.flatMap(({ text }) => text.split('\n').filter((line) => line.startsWith('#')));
    assert.ok(comments.length > 20);
    assert.deepEqual(
      comments.filter((line) => line.length > 50),
      [],
    );
  });

  it('run on a new development node, and its ready signature is good', async () => {
    const node = await startTestNode({ network: developmentNetwork() });
    const answers = new Map<string, unknown>();
    for (const { text } of examples) {
      for (const [name, operation] of Object.entries(separateOperations(parse(text)))) {
        // It would call whatever listens on that port of this machine. Subscriptions have a test of their own.
        if (name !== 'AddPeer' && !subscribes(operation)) answers.set(name, await node.admin(print(operation)));
      }
    }
    const { addTransaction } = answers.get('Send') as { addTransaction: { alreadyKnown?: boolean } };
    assert.equal(addTransaction.alreadyKnown, false, JSON.stringify(addTransaction));
    const { mineBlocks } = answers.get('Mine') as { mineBlocks: { block: { transactionCount: number } }[] };
    assert.equal(mineBlocks[0]?.block.transactionCount, 1);
    assert.deepEqual(
      [...answers.keys()],
      [
        'Look',
        'Balance',
        'Send',
        'Mine',
        'Peers',
        'RemovePeer',
        'WalletPayment',
        'CreateWallet',
        'UnlockWallet',
        'NodeInfo',
      ],
    );
  });

  it('follow what happens on a node', async () => {
    const node = await startTestNode({ network: developmentNetwork() });
    const client = socketClient(node.url);
    const text = (name: string) => examples.find((example) => example.name.includes(name))!.text;
    const { Follow, Transactions, Account, PeerChanges, ...others } = separateOperations(parse(text('follow')));
    assert.deepEqual(Object.keys(others), []);
    const account = follow(client, print(Account!));
    assert.deepEqual(((await account.next('balanceChanged')) as { asOf: unknown }).asOf, { height: 0 });
    // What is subscribed to on one connection is subscribed to in order: they all listen once the last one is answered.
    const [blocks, transactions] = [Follow, Transactions].map((operation) => follow(client, print(operation!)));
    const [block, transaction] = [blocks!.next('blockAdded'), transactions!.next('transactionAdded')];
    const peers = follow(client, print(PeerChanges!));
    const peer = peers.raw();
    await follow(client, print(Account!)).next('balanceChanged');
    await node.ask(text('send'));
    assert.equal(((await transaction) as { memo: string }).memo, 'from the browser');
    await node.admin(text('mine'));
    const { height, transactionCount } = (await block) as { height: number; transactionCount: number };
    assert.deepEqual([height, transactionCount], [1, 1]);
    await peers.stop();
    assert.equal((await peer).done, true);
  });
});

function subscribes(document: DocumentNode): boolean {
  return getOperationAST(document)?.operation === OperationTypeNode.SUBSCRIPTION;
}
