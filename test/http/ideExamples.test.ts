import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { buildSchema, parse, print, separateOperations, validate } from 'graphql';
import { developmentNetwork } from '../../src/consensus/network.js';
import { startTestNode } from '../support/node.js';

const root = new URL('../../../', import.meta.url);
const folder = new URL('ide/examples/', root);
const examples = readdirSync(folder)
  .sort()
  .map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }));

describe('the examples of the IDE', () => {
  it('are valid documents of the schema', () => {
    assert.ok(examples.length >= 7, `expected to see them all, got ${examples.length}`);
    const schema = buildSchema(readFileSync(new URL('schema.graphql', root), 'utf8'));
    for (const { name, text } of examples) assert.deepEqual(validate(schema, parse(text)), [], name);
    assert.notDeepEqual(validate(schema, parse('{ chain { depth } }')), []);
  });

  it('show their comments without scrolling', () => {
    const comments = examples.flatMap(({ text }) => text.split('\n').filter((line) => line.startsWith('#')));
    assert.ok(comments.length > 20);
    assert.deepEqual(
      comments.filter((line) => line.length > 60),
      [],
    );
  });

  it('run on a new development node, and its ready signature is good', async () => {
    const node = await startTestNode({ network: developmentNetwork() });
    const answers = new Map<string, unknown>();
    for (const { text } of examples) {
      for (const [name, operation] of Object.entries(separateOperations(parse(text)))) {
        // It would call whatever listens on that port of this machine.
        if (name !== 'AddPeer') answers.set(name, await node.admin(print(operation)));
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
        'WalletPayment',
        'CreateWallet',
        'UnlockWallet',
        'Mine',
        'Peers',
        'RemovePeer',
        'NodeInfo',
      ],
    );
  });
});
