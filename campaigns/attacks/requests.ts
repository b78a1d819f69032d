import { gzipSync } from 'node:zlib';
import { benchKey } from '../../bench/benchKey.js';
import { PREFIX } from '../../bench/generatedChain.js';
import { encodeAddress } from '../../src/crypto/address.js';
import { oneRequest, type Attack } from './attack.js';
import { operation } from './http.js';

/** One request each: what is small or cheap for a stranger, and dear for the node if nothing bounds it first. */
export const requestAttacks: readonly Attack[] = [
  ...[2_000, 8_000].map((count) =>
    one('B1', `input object of ${count} unknown fields`, ADD(), { t: unknownFields(count) }),
  ),
  one('B2', '100,000 wrong items of a list of hashes', BLOCKS(), { h: Array<number>(100_000).fill(1) }),
  one('B2', 'a hash of 4 MB', 'query ($h: Hash!) { block(hash: $h) { height } }', { h: 'a'.repeat(4_000_000) }),
  one(
    'B3',
    '31 × headersAfter with a page of −1',
    `{ chain { ${aliases(31, 'headersAfter(locator: []) { transactions(first: -1) { totalCount } }')} } }`,
  ),
  one(
    'B4',
    '38 proofs of a full block',
    '{ block(height: 1) { transactions(first: 38) { nodes { proof { path } } } } }',
  ),
  one(
    'B4',
    '31 × one proof of a full block',
    `{ block(height: 1) { ${aliases(31, 'transactions(first: 1) { nodes { proof { path } } }')} } }`,
  ),
  oneRequest('B4', 'bodies of four full blocks', ({ fullBlocks }) => ({
    body: operation(BLOCKS(), { h: fullBlocks }),
  })),
  one(
    'B4',
    'rewards of four full blocks',
    `{ ${[1, 2, 3, 4].map((height) => `a${height}: block(height: ${height}) { reward }`).join(' ')} }`,
  ),
  one(
    'B4',
    '30 × 100 statuses',
    `{ ${aliases(30, 'block(height: 1) { transactions(first: 100) { nodes { status { ... on TransactionConfirmed { confirmations block { confirmations } } } } } }')} }`,
  ),
  one(
    'B4',
    '100 balances × 32 × 10 transactions',
    `query ($a: [Address!]!) { ${aliases(32, 'balances(addresses: $a) { nodes { transactions(first: 10) { nodes { id } } } }')} }`,
    { a: addresses(100) },
  ),
  one('B4', '32 × 2,000 miners', `{ chain { ${aliases(32, 'headersAfter(locator: []) { miner }')} } }`),
  one(
    'B5',
    '28 × 15 overlapping fields',
    `{ ${`chain { tip { ${'height hash timestamp '.repeat(5)}} } `.repeat(28)} }`,
  ),
  one(
    'B6',
    '115,000 addresses where 100 are allowed',
    'query ($a: [Address!]!) { balances(addresses: $a) { totalCount } }',
    { a: Array<string>(115_000).fill(addresses(1)[0]!) },
  ),
  one(
    'B6',
    '21,000 transfers where 1,000 are allowed',
    'mutation ($t: [SignedTransactionInput!]!) { addTransactions(transactions: $t) { __typename } }',
    { t: Array<object>(21_000).fill(transferInput()) },
  ),
  one(
    'B6',
    'a block of 13,000 transfers without proof of work',
    'mutation ($b: BlockInput!) { receiveBroadcastBlock(block: $b) { __typename ... on Rejected { code } } }',
    { b: blockWithoutWork(13_000) },
  ),
  raw('B6', '1.9 million nested arrays', variables(`${'['.repeat(1_900_000)}${']'.repeat(1_900_000)}`)),
  raw('B6', '2.6 million arrays beside each other', variables(`[${'[],'.repeat(2_600_000)}[]]`)),
  raw('B6', '2.6 million empty objects', variables(`[${'{},'.repeat(2_600_000)}{}]`)),
  one('C', 'doubled fragments, 60 levels', doubledFragments(60)),
  one('C', '5,000 aliases', `{ ${aliases(5_000, 'chain { height }')} }`),
  one('C', 'depth 5,000', `{ chain ${'{ tip '.repeat(5_000)}{ height }${' }'.repeat(5_000)} }`),
  one(
    'C',
    '200 × 100 transactions of full blocks in nested lists',
    `{ chain { blocks(first: 100) { nodes { ${aliases(2, 'transactions(first: 100) { nodes { proof { path block { transactions(first: 100) { nodes { id } } } } } }')} } } } }`,
  ),
  one('C', '300 directives', `{ chain { height ${'@include(if: true) '.repeat(300)}} }`),
  one(
    'C',
    'circular introspection',
    `{ __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }`,
  ),
  raw('C', 'a body of 16 MiB less a byte', Buffer.alloc(16 * 2 ** 20 - 1, 0x20)),
  oneRequest('C', 'a gzip bomb of 16 MB in 16 kB', () => ({ body: BOMB, headers: { 'content-encoding': 'gzip' } })),
  oneRequest('C', 'a length that promises more', () => ({
    body: '{"query":"{ __typename }"}',
    headers: { 'content-length': '1000' },
    timeoutMs: 300,
  })),
  oneRequest('C', '30 cursors of deep pages', ({ deepCursor }) => ({
    body: operation(
      `{ block(height: 1) { ${aliases(30, `transactions(first: 1, after: "${deepCursor}") { nodes { id } }`)} } }`,
    ),
  })),
];

const BOMB = gzipSync(Buffer.alloc(16_000_000, 0x20));

function one(row: string, name: string, query: string, given: object = {}): Attack {
  return raw(row, name, operation(query, given));
}

function raw(row: string, name: string, body: string | Buffer): Attack {
  return oneRequest(row, name, () => ({ body }));
}

function ADD(): string {
  return 'mutation ($t: AddTransactionInput!) { addTransaction(transaction: $t) { __typename } }';
}

function BLOCKS(): string {
  return 'query ($h: [Hash!]!) { blocks(hashes: $h) { body } }';
}

function unknownFields(count: number): object {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, 1]));
}

function variables(json: string): string {
  return `{"query":"{ __typename }","variables":{"a":${json}}}`;
}

function aliases(count: number, field: string): string {
  return Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ');
}

function doubledFragments(levels: number): string {
  const fragments = Array.from({ length: levels }, (_, i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`);
  return `{ ...f0 } ${fragments.join(' ')} fragment f${levels} on Query { __typename }`;
}

/** Addresses of accounts that the chain's first blocks paid from. */
export function addresses(count: number): string[] {
  return Array.from({ length: count }, (_, index) => encodeAddress(PREFIX, benchKey(index).publicKey));
}

function blockWithoutWork(count: number): object {
  return {
    height: 2_001,
    previousHash: '0'.repeat(64),
    transactionsRoot: '0'.repeat(64),
    timestamp: '2026-01-01T00:00:00.000Z',
    target: 0x1d00ffff,
    miner: addresses(1)[0],
    nonce: '0',
    transactions: Array<object>(count).fill(transferInput()),
  };
}

/** A transfer whose signature is none. */
export function transferInput(nonce = 0, signature = '11'.repeat(64)): object {
  const [sender, recipient] = addresses(2);
  return { sender, recipient, amount: '1', fee: '1', nonce: `${nonce}`, memo: '', signature };
}
