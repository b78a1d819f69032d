import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { getIntrospectionQuery } from 'graphql';
import { at, testApi } from './testApi.js';

/** Twenty fragments, each of which spreads the next one twice: a million selections in a kilobyte. */
function bomb(selection: (next: string) => string): string {
  const fragments = Array.from({ length: 20 }, (_, i) => `fragment f${i} on Block { ${selection(`f${i + 1}`)} }`);
  return `{ chain { tip { ...f0 } } } ${fragments.join(' ')} fragment f20 on Block { hash }`;
}

describe('limits let pass', () => {
  it('introspection, as tools ask for it', async () => {
    const { ask } = testApi();
    const answer = await ask(
      getIntrospectionQuery({ descriptions: true, inputValueDeprecation: true, specifiedByUrl: true }),
    );
    assert.equal(at(answer, '__schema', 'queryType', 'name'), 'Query');
  });

  it('a full page of blocks with some transactions of each', async () => {
    const { ask } = testApi();
    await ask(
      '{ chain { blocks(first: 100) { nodes { hash transactions(first: 8) { nodes { id sender recipient amount fee nonce memo signature } } } } } }',
    );
  });

  it('the bodies that a sync asks for at once', async () => {
    const { ask } = testApi();
    const query = 'query ($hashes: [Hash!]!) { blocks(hashes: $hashes) { hash body } }';
    assert.deepEqual(await ask(query, { hashes: [] }), { blocks: [] });
  });

  it('the headers that a sync asks for at once, from whomever', async () => {
    const { ask } = testApi();
    const fields = 'height hash previousHash transactionsRoot transactionCount timestamp target miner nonce';
    await ask(`{ chain { headersAfter(locator: [], first: 2000) { ${fields} } } }`);
  });

  it('a thousand mined blocks with their rewards', async () => {
    const { ask } = testApi();
    const query =
      'mutation { mineBlocks(count: 1000) { ... on BlockAccepted { block { height hash transactionCount reward } } ... on Rejected { code message } } }';
    assert.deepEqual(await ask(query, {}, { admin: true }), { mineBlocks: [] });
  });
});

describe('limits refuse', () => {
  const refused = async (query: string, message: RegExp, variables = {}) => {
    const { execute, snapshots } = testApi();
    const { data, errors } = await execute(query, variables);
    assert.equal(data, null);
    assert.match(errors.map((error) => error.message).join('\n'), message);
    assert.equal(snapshots.taken, 0, 'refused before anything ran');
  };

  it('a bomb of doubled fragments', async () => {
    const query = bomb((next) => `...${next} ...${next}`);
    assert.ok(query.length < 1_200);
    await refused(query, /at most 2000 selections with its fragments expanded/);
  });

  it('a bomb of doubled fields in fragments', () =>
    refused(
      bomb(
        (next) =>
          `a: transactions { nodes { proof { block { ...${next} } } } } b: transactions { nodes { proof { block { ...${next} } } } }`,
      ),
      /at most 2000 selections with its fragments expanded/,
    ));

  it('more tokens than any query needs', () =>
    refused(`{ chain { ${'id '.repeat(2_000)} } }`, /Document contains more that 2000 tokens/));

  it('more depth than any query needs', () =>
    refused(
      `{ chain { tip { ${'transactions { nodes { proof { block { '.repeat(5)} hash ${'} } } } '.repeat(5)} } } }`,
      /Query depth limit of 20 exceeded/,
    ));

  it('more aliases than any query needs', () =>
    refused(
      `{ ${Array.from({ length: 33 }, (_, i) => `a${i}: nodeInfo { id }`).join(' ')} }`,
      /Aliases limit of 32 exceeded/,
    ));

  it('more directives than any query needs', () =>
    refused(
      `{ nodeInfo { id ${'@include(if: true) '.repeat(33)} } }`,
      /Directives limit of 32 exceeded|can only be used once/,
    ));

  it('threat wide-answers: long names that a list repeats, and lists of long values', async () => {
    const expected = /expected an answer of at most 2097152 bytes, got one of up to \d+: ask for smaller pages/;
    await refused(`{ chain { headersAfter(locator: []) { ${'a'.repeat(1_200)}: height } } }`, expected);
    const answers = '... on Rejected { a: message b: message c: message d: message }';
    const send = `mutation ($t: [SignedTransactionInput!]!) { addTransactions(transactions: $t) { ${answers} } }`;
    const { address, execute } = testApi();
    const sender = address(new Uint8Array(32));
    const transaction = { sender, recipient: sender, amount: '0', fee: '0', nonce: '0', signature: '00'.repeat(64) };
    await refused(send, expected, { t: Array.from({ length: 1_000 }, () => transaction) });
    assert.deepEqual((await execute(send, { t: [transaction] })).errors, []);
  });

  it('threat repeated-introspection: the whole schema again and again', () => {
    const type = 'fragment F on __Type { name fields { name description args { name description } type { name } } }';
    const aliases = Array.from({ length: 30 }, (_, i) => `a${i}: __schema { types { ...F } }`).join(' ');
    return refused(`{ ${aliases} } ${type}`, /expected an operation that costs at most 50000, got \d+/);
  });

  it('pages of pages of pages', () =>
    refused(
      '{ chain { blocks(first: 100) { nodes { transactions(first: 100) { nodes { status { ... on TransactionConfirmed { block { transactions(first: 100) { nodes { id } } } } } } } } } } }',
      /expected an operation that costs at most 50000, got \d+: ask for smaller pages/,
    ));
});

describe('the cost of a document whose pages are variables', () => {
  const query = `query ($first: Int, $deep: Boolean = true) { chain { blocks(first: $first) { nodes { transactions(first: 20) { nodes @include(if: $deep) {
    status { ... on TransactionConfirmed { block { hash height timestamp nonce size target body } } } } } } } } }`;

  it('is that of the requested page, each time', async () => {
    const { execute } = testApi();
    for (const [variables, passes] of [
      [{ first: 1 }, true],
      [{ first: 100 }, false],
      [{ first: 1 }, true],
      [{ first: 100 }, false],
      [{ first: 100, deep: false }, true],
      [{ first: 100, deep: true }, false],
    ] as const) {
      const { errors } = await execute(query, variables);
      assert.equal(errors.length === 0, passes, JSON.stringify(variables));
    }
  });

  it('is not hidden by a cheap first request', async () => {
    const { execute } = testApi();
    assert.equal((await execute(query, { first: 100, deep: false })).errors.length, 0);
    assert.equal((await execute(query, { first: 100 })).errors.length, 1);
  });

  it('does not matter for variables that are refused anyway', async () => {
    const { execute } = testApi();
    const { errors } = await execute(query, { first: 'many' });
    assert.equal(errors[0]!.extensions['code'], 'BAD_USER_INPUT');
    assert.equal(errors[0]!.message, 'first: expected Int, got "many"');
  });
});
