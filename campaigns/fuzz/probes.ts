import type { Random } from '../random.js';
import { mutated, strangeValue } from './mutation.js';

/** A request that HTTP permits, or bytes for a connection, or a message for a WebSocket. */
export type Probe =
  | {
      readonly kind: 'request';
      readonly surface: string;
      readonly method: 'GET' | 'POST';
      readonly path: string;
      readonly headers: Record<string, string>;
      readonly body?: string;
    }
  | { readonly kind: 'bytes'; readonly surface: string; readonly bytes: Buffer }
  | { readonly kind: 'message'; readonly surface: string; readonly data: string | Buffer };

/** The next malformed request, of a surface drawn by lot. */
export function nextProbe(random: Random): Probe {
  return random.pick(SURFACES)(random);
}

/** Each as often as it is here: bytes cost a connection each. */
const SURFACES: readonly ((random: Random) => Probe)[] = [
  bytes,
  json,
  json,
  json,
  document,
  document,
  document,
  values,
  values,
  values,
  headers,
  headers,
  stream,
  message,
  message,
  address,
];

function bytes(random: Random): Probe {
  const body = '{"query":"{ chain { height } }"}';
  const plain = `POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`;
  const text =
    random.below(4) === 0
      ? Array.from({ length: random.below(300) }, () => String.fromCharCode(random.below(256))).join('')
      : mutated(plain, random);
  return { kind: 'bytes', surface: 'bytes', bytes: Buffer.from(text, 'latin1') };
}

function json(random: Random): Probe {
  const body = JSON.stringify({
    query: random.pick(OPERATIONS),
    variables: { a: strangeValue(random) },
    operationName: null,
    extensions: {},
  });
  return post('json', mutated(body, random));
}

function document(random: Random): Probe {
  return post('document', JSON.stringify({ query: mutated(random.pick(OPERATIONS), random) }));
}

function values(random: Random): Probe {
  const query = random.pick(WITH_VARIABLE);
  return post('values', JSON.stringify({ query, variables: { v: strangeValue(random) } }));
}

function headers(random: Random): Probe {
  const name = random.pick(HEADERS);
  const value = mutated(random.pick(HEADER_VALUES), random)
    .replace(/[^\t\x20-\x7e]/g, '')
    .trim();
  return post('headers', '{"query":"{ chain { height } }"}', { [name]: value });
}

function stream(random: Random): Probe {
  const query = encodeURIComponent(mutated(random.pick(SUBSCRIPTIONS), random).toWellFormed());
  // A stream that is accepted stays open: these are wrong, as queries are here.
  return {
    kind: 'request',
    surface: 'event stream',
    method: 'GET',
    path: `/graphql/stream?query=${query.slice(0, 6_000)}}}`,
    headers: { accept: 'text/event-stream' },
  };
}

function address(random: Random): Probe {
  const path = mutated(
    random.pick(['/graphql?query={chain{height}}', '/explorer/', '/health', '/graphql/stream', '/docs']),
    random,
  );
  return {
    kind: 'request',
    surface: 'address',
    method: 'GET',
    path: `/${encodeURI(path.toWellFormed()).replace(/^\/+/, '').slice(0, 6_000)}`,
    headers: {},
  };
}

function message(random: Random): Probe {
  const plain = JSON.stringify({
    id: `${random.below(20)}`,
    type: random.pick(['subscribe', 'complete', 'ping', 'pong', 'next', 'error']),
    payload: { query: random.pick(OPERATIONS), variables: strangeValue(random) },
  });
  const text = mutated(plain, random);
  return { kind: 'message', surface: 'WebSocket', data: random.below(10) === 0 ? Buffer.from(text) : text };
}

function post(surface: string, body: string, more: Record<string, string> = {}): Probe {
  return {
    kind: 'request',
    surface,
    method: 'POST',
    path: '/graphql',
    headers: { 'content-type': 'application/json', ...more },
    body,
  };
}

const OPERATIONS = [
  '{ chain { height tip { hash transactions(first: 3) { nodes { id status { __typename } } } } tips { forkHeight } } }',
  'query Q($a: [Address!]) { balances(addresses: $a, first: 2) { nodes { confirmed transactions(last: 1) { totalCount } } } }',
  '{ mempool { size transactions(first: 5, after: "x") { edges { cursor } pageInfo { endCursor } } } nodeInfo { id sync { status } } }',
  'query ($h: Hash = "00") { block(hash: $h) { ...B } } fragment B on Block { height reward @include(if: true) }',
  'mutation { addTransaction(transaction: { recipient: "cor1x", amount: "1" }) { __typename ... on Rejected { code } } }',
  '{ __schema { types { name fields { name args { name } } } } }',
  'mutation { receiveBroadcastTransactions(transactions: []) { __typename } }',
];
const SUBSCRIPTIONS = [
  'subscription { blockAdded(afterHeight: 1) { block { height } } }',
  'subscription { balanceChanged(address: "cor1x") { confirmed } }',
];
const WITH_VARIABLE = [
  ['Hash!', 'block(hash: $v) { height }'],
  ['Int', 'block(height: $v) { hash }'],
  ['[Hash!]!', 'blocks(hashes: $v) { body }'],
  ['Hash!', 'transaction(id: $v) { id }'],
  ['Address!', 'balance(address: $v) { confirmed }'],
  ['[Address!]', 'balances(addresses: $v, first: 3) { totalCount }'],
  ['SignedTransactionInput!', 'checkTransaction(transaction: $v) { __typename }'],
  ['String', 'chain { blocks(first: 1, after: $v) { nodes { height } } }'],
  ['Int', 'mempool { transactions(last: $v) { totalCount } }'],
  ['[Hash!]!', 'chain { headersAfter(locator: $v) { height } }'],
]
  .map(([type, field]) => `query ($v: ${type}) { ${field} }`)
  .concat(
    [
      ['BlockInput!', 'receiveBroadcastBlock(block: $v)'],
      ['[SignedTransactionInput!]!', 'addTransactions(transactions: $v)'],
      ['[BlockHeaderInput!]!', 'receiveBroadcastHeaders(headers: $v)'],
      ['[BlockBodyInput!]!', 'receiveBroadcastBodies(offer: "x", bodies: $v)'],
      ['SignedTransactionInput!', 'receiveBroadcastTransaction(transaction: $v)'],
      ['CompactBlockInput!', 'receiveBroadcastCompactBlock(block: $v)'],
      ['Base64!', 'receiveBroadcastPackedTransactions(transactions: $v)'],
      ['Base64!', 'receiveBroadcastTransactionIds(ids: $v)'],
    ].map(([type, field]) => `mutation ($v: ${type}) { ${field} { __typename } }`),
  );
const HEADERS = [
  'authorization',
  'corrente-envelope',
  'corrente-url',
  'corrente-node',
  'traceparent',
  'tracestate',
  'accept',
  'accept-encoding',
  'content-encoding',
  'content-type',
  'origin',
  'cookie',
  'x-forwarded-for',
  'x-forwarded-host',
  'forwarded',
  'corrente-cost',
  'last-event-id',
  'range',
  'if-none-match',
  'referer',
];
const HEADER_VALUES = [
  'Bearer 5e5e5e5e',
  `1 ${'ab'.repeat(32)} ${'cd'.repeat(32)} 1764000000000 12345 ${'ef'.repeat(32)} ${'01'.repeat(64)}`,
  'http://127.0.0.1:9/graphql',
  '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  'gzip, br;q=0.1',
  'application/json; charset=utf-8',
  'https://wallet.example',
  '203.0.113.9, 10.0.0.1',
  'for="[2001:db8::1]:4711";host=evil',
];
