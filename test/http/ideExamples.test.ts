import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
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
import { createTransaction, sign } from '../../src/client/transfer.js';
import { developmentAccount, developmentNetwork } from '../../src/consensus/network.js';
import { toHex } from '../../src/crypto/bytes.js';
import { follow, socketClient } from '../api/streamClients.js';
import { addressOf, startTestNode } from '../support/node.js';
import { packageFolder } from '../support/packageFolder.js';

interface ExampleTexts {
  readonly exampleTexts: (examples: Texts, facts: Texts) => Texts;
  readonly renewed: (query: string, before: Texts, now: Texts) => string;
}
type Texts = Readonly<Record<string, string>>;

const folder = join(packageFolder(), 'ide/examples');
const files = Object.fromEntries(
  readdirSync(folder)
    .sort()
    .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
);
const module = pathToFileURL(join(packageFolder(), 'ide/exampleTexts.js')).href;
const { exampleTexts, renewed } = (await import(module)) as ExampleTexts;
const address = (index: number) => addressOf(developmentNetwork(), developmentAccount(index));
/** As ide/networkFacts.js has them, which runs in browsers: its signatures are tested there. */
const facts = { ACCOUNT: address(0), PAYEE: address(1), SENDER: address(9), NONCE: '0', SIGNATURE: signature() };
const examples = Object.entries(exampleTexts(files, facts)).map(([name, text]) => ({ name, text }));

describe('the examples of the IDE', () => {
  it('are valid documents of the schema', () => {
    assert.ok(examples.length >= 8, `expected to see them all, got ${examples.length}`);
    const schema = buildSchema(readFileSync(join(packageFolder(), 'schema.graphql'), 'utf8'));
    for (const { name, text } of examples) assert.deepEqual(validate(schema, parse(text)), [], name);
    assert.notDeepEqual(validate(schema, parse('{ chain { depth } }')), []);
  });

  it('name accounts of the node’s network, and of no other', () => {
    const { ACCOUNT, PAYEE } = facts;
    const elsewhere = exampleTexts(files, { ACCOUNT: 'cor1account', PAYEE: 'cor1payee' });
    assert.deepEqual(
      Object.keys(files).filter((name) => !(name in elsewhere)),
      ['3-send.graphql'],
    );
    const text = Object.values(elsewhere).join('');
    assert.match(text, /address: "cor1account"/);
    assert.match(text, /recipient: "cor1payee"/);
    for (const other of ['cordev1', ACCOUNT, PAYEE]) assert.ok(!text.includes(other), other);
    assert.doesNotMatch(text, /"[A-Z]+"/);
  });

  it('are renewed where a tab holds them as they were, and nowhere else', () => {
    const before = { a: 'old', b: 'same' };
    const now = { a: 'new', b: 'same' };
    assert.deepEqual(
      ['old', 'same', 'old, and changed'].map((query) => renewed(query, before, now)),
      ['new', 'same', 'old, and changed'],
    );
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

  it('follow events on a node', async () => {
    const node = await startTestNode({ network: developmentNetwork() });
    const client = socketClient(node.url);
    const text = (name: string) => examples.find((example) => example.name.includes(name))!.text;
    const { Follow, Transactions, Account, PeerChanges, ...others } = separateOperations(parse(text('follow')));
    assert.deepEqual(Object.keys(others), []);
    const account = follow(client, print(Account!));
    assert.deepEqual(((await account.next('balanceChanged')) as { asOf: unknown }).asOf, { height: 0 });
    // Subscriptions on one connection begin in order: all of them listen once the last one has an answer.
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

function signature(): string {
  const network = developmentNetwork();
  const transfer = createTransaction({
    chainId: toHex(network.chainId),
    sender: address(9),
    recipient: address(1),
    amount: 150_000_000n,
    nonce: 0n,
    memo: 'from the browser',
  });
  return sign(transfer, developmentAccount(9)).input.signature;
}

function subscribes(document: DocumentNode): boolean {
  return getOperationAST(document)?.operation === OperationTypeNode.SUBSCRIPTION;
}
