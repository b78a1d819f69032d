import { encodeAddress } from '../src/crypto/address.js';
import { PREFIX } from '../bench/generatedChain.js';
import type { Attack } from './attacks.js';
import type { AttackTarget } from './attackTarget.js';

const ADD =
  'mutation ($transaction: SignedTransactionInput!) { addTransaction(transaction: $transaction) { __typename } }';

/** One request each: what a stranger sends is small or cheap for him, and dear for the node if nothing bounds it first. */
export const requestAttacks: readonly Attack[] = [
  ...[2_000, 8_000].map((count): Attack => {
    const fields = Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, 1]));
    const name = `an input object of ${count} unknown fields`;
    return one('B1', name, ADD, { transaction: fields });
  }),
  one('B2', 'an input object with 200 kB of text in it', ADD, { transaction: { sender: 'x'.repeat(200_000) } }),
  one('B2', 'a hash of 4 MB', 'query ($h: Hash!) { block(hash: $h) { height } }', { h: 'a'.repeat(4_000_000) }),
  one(
    'B3',
    'headersAfter × 31, of each a page of −1 transactions',
    aliases(31, '{ headersAfter(locator: []) { transactions(first: -1) { totalCount } } }', 'chain'),
  ),
  one(
    'B4',
    '38 proofs of a full block',
    '{ block(height: 4) { transactions(first: 38) { nodes { proof { path } } } } }',
  ),
  one(
    'B4',
    '31 × one proof of a full block',
    `{ block(height: 4) { ${aliases(31, '(first: 1) { nodes { proof { path } } }', 'transactions', '')} } }`,
  ),
  one('B4', 'the rewards of four full blocks', '{ chain { blocks(first: 5) { nodes { reward } } } }'),
  one(
    'B4',
    '100 × 100 statuses',
    '{ chain { blocks(first: 5) { nodes { transactions(first: 100) { nodes { status { ... on TransactionMined { confirmations block { confirmations } } } } } } } } }',
  ),
  one(
    'B4',
    '32 × 10 transactions with their senders’ balances',
    aliases(
      32,
      '(height: 4) { transactions(first: 10) { nodes { id proof { index } status { __typename } } } } }',
      'chain',
    ),
  ),
  one('B4', '32 × 2,000 miners', aliases(32, '{ headersAfter(locator: []) { miner } }', 'chain')),
  { row: 'B4', name: 'the bodies of four full blocks', run: bodies },
  one('B5', '28 × 15 overlapping fields', overlapping(28, 15)),
  one(
    'B6',
    '115,000 addresses where 100 are allowed',
    'query ($a: [Address!]!) { balances(addresses: $a) { __typename } }',
    {
      a: Array<string>(115_000).fill(encodeAddress(PREFIX, new Uint8Array(32).fill(3))),
    },
  ),
  one(
    'B6',
    '21,000 transfers where 1,000 are allowed',
    'mutation ($t: [SignedTransactionInput!]!) { addTransactions(transactions: $t) { __typename } }',
    {
      t: Array<object>(21_000).fill(transferInput()),
    },
  ),
  one(
    'B6',
    'a block of 13,000 transfers without proof of work',
    'mutation ($b: BlockInput!) { receiveBroadcastBlock(block: $b) { __typename } }',
    {
      b: { ...headerInput(), transactions: Array<object>(13_000).fill(transferInput()) },
    },
  ),
  raw(
    'B6',
    '4 million nested arrays',
    `{"query":"{ __typename }","variables":{"a":${'['.repeat(4_000_000)}${']'.repeat(4_000_000)}}}`,
  ),
  raw('B6', '2.6 million empty objects', `{"query":"{ __typename }","variables":{"a":[${'{},'.repeat(2_600_000)}{}]}}`),
  one('D', '5,000 aliases', aliases(5_000, '{ height }', 'chain')),
  one('D', 'depth 5,000', `{ chain ${'{ tip '.repeat(5_000)}{ height }${' }'.repeat(5_000)} }`),
  one('D', '200 nested lists', `{ balances(addresses: ${'['.repeat(200)}${']'.repeat(200)}) { __typename } }`),
  one('D', 'doubled fragments', doubledFragments(60)),
  { row: 'D', name: '1,000 cursors of deep pages', run: cursors },
];

function one(row: string, name: string, query: string, variables: object = {}): Attack {
  return raw(row, name, JSON.stringify({ query, variables }));
}

function raw(row: string, name: string, body: string): Attack {
  return {
    row,
    name,
    run: async (target) => {
      const { status, text } = await target.post(body);
      return `${status} ${codeOf(text)}, ${Math.ceil(body.length / 1_024)} KiB in, ${Math.ceil(text.length / 1_024)} KiB out`;
    },
  };
}

/** The code of the first error, or what came instead. */
export function codeOf(text: string): string {
  return (
    /"code":"(\w+)"/.exec(text)?.[1] ??
    /"__typename":"(\w+)"/.exec(text)?.[1] ??
    (text.startsWith('{"data"') ? 'answered' : text.slice(0, 40))
  );
}

function aliases(count: number, selection: string, field: string, around = '{ '): string {
  const fields = Array.from(
    { length: count },
    (_, i) => `a${i}: ${field}${selection.startsWith('(') ? '' : ' '}${selection}`,
  ).join(' ');
  return around === '' ? fields : `{ ${fields} }`;
}

function overlapping(fields: number, copies: number): string {
  const inner = Array.from({ length: copies }, () => 'chain { tip { height hash timestamp } }').join(' ');
  return `{ ${Array.from({ length: fields }, () => inner).join(' ')} }`;
}

function doubledFragments(levels: number): string {
  const fragments = Array.from({ length: levels }, (_, i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`);
  return `{ ...f0 } ${fragments.join(' ')} fragment f${levels} on Query { __typename }`;
}

async function bodies(target: AttackTarget): Promise<string> {
  const { text: found } = await target.ask('{ chain { blocks(first: 5) { nodes { hash } } } }');
  const hashes = [...found.matchAll(/"hash":"(\w+)"/g)].map((match) => match[1]!);
  const { status, text } = await target.ask('query ($h: [Hash!]!) { blocks(hashes: $h) { body } }', { h: hashes });
  return `${status} ${codeOf(text)}, ${Math.ceil(text.length / 1_024)} KiB out`;
}

async function cursors(target: AttackTarget): Promise<string> {
  const after = Buffer.from('999999999').toString('base64');
  const seen = new Set<string>();
  for (let i = 0; i < 1_000; i++) {
    const { status, text } = await target.ask(
      'query ($a: String) { chain { blocks(first: 1, after: $a) { nodes { height } } } }',
      { a: `${after}${i}` },
    );
    seen.add(`${status} ${codeOf(text)}`);
  }
  return [...seen].join(', ');
}

function headerInput(): object {
  const zero = '0'.repeat(64);
  const miner = encodeAddress(PREFIX, new Uint8Array(32).fill(3));
  return {
    height: 9,
    previousHash: zero,
    transactionsRoot: zero,
    timestamp: '2026-01-01T00:00:00.000Z',
    target: 0x1d00ffff,
    miner,
    nonce: '0',
  };
}

export function transferInput(nonce = 0, signature = '11'.repeat(64)): object {
  const [sender, recipient] = [3, 4].map((byte) => encodeAddress(PREFIX, new Uint8Array(32).fill(byte)));
  return { sender, recipient, amount: '1', fee: '1', nonce: String(nonce), memo: '', signature };
}
