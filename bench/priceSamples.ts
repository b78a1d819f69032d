import { encodeBody } from '../src/consensus/block.js';
import { MAX_BATCH_TRANSACTIONS, SHORT_ID_BYTES } from '../src/consensus/protocol.js';
import type { ChainStore } from '../src/chain/chainStore.js';
import type { Transaction } from '../src/consensus/transaction.js';
import { encodeAddress } from '../src/crypto/address.js';
import { toHex } from '../src/crypto/bytes.js';
import { PREFIX, recipient } from './generatedChain.js';
import type { transfers } from './priceServices.js';

/** An operation that is measured. */
export interface Measurable {
  readonly query: string;
  /** Made anew for each time: what was sent once is known. */
  readonly variables?: () => Readonly<Record<string, unknown>>;
  /** As if nobody had asked before: what other requests have computed of blocks is not there. */
  readonly isCold?: boolean;
}

/** A field or list, in an operation that repeats it, and the same operation without it. */
export interface Pair {
  readonly name: string;
  readonly with: Measurable;
  readonly without: Measurable;
}

/** What operations are made of. */
export interface SampleModules {
  readonly store: ChainStore;
  /** Ids of transactions that left the mempool. */
  readonly dropped: readonly Uint8Array[];
  readonly transfers: ReturnType<typeof transfers>;
}

/** An operation whose objects have these fields. */
export type Shape = (fields: string) => string;

/** How to come by many objects of a type, and values for arguments. */
export function samplesOf({ store, dropped, transfers }: SampleModules) {
  const snapshot = store.snapshot();
  const [full] = snapshot.headersFrom(1, 1);
  const hash = toHex(full!.hash);
  const ids = snapshot.transactions(full!.hash, 0, 100).map(({ id }) => toHex(id));
  const hashes = snapshot.headersFrom(2, 128).map((header) => toHex(header.hash));
  const header = snapshot.headerAt(2)!;
  const body = Buffer.concat(snapshot.body(full!.hash, 0, 1_700)).toString('base64');
  snapshot.release();
  const address = (index: number) => encodeAddress(PREFIX, recipient(index));
  const addresses = JSON.stringify(Array.from({ length: 100 }, (_, i) => address(i)));
  const headers: Shape = (fields) => `{ chain { headersAfter(locator: [], first: 300) { ${fields} } } }`;
  const page = (first: number, count: number, of: Shape): Shape => {
    return (fields) => `{ block(height: 1) { ${times(count, `transactions(first: ${first}) { ${of(fields)} }`)} } }`;
  };
  const transactions = page(100, 2, (fields) => `nodes { ${fields} }`);
  const status = (type: string): Shape => {
    return page(40, 1, (fields) => `nodes { status { ... on ${type} { ${fields} } } }`);
  };
  const pending = (end: string, type: string): Shape => {
    return (fields) =>
      `{ mempool { ${times(2, `transactions(${end}: 100) { nodes { status { ... on ${type} { ${fields} } } } }`)} } }`;
  };
  const left: Shape = (fields) =>
    `{ ${dropped.map((id, i) => `a${i}: transaction(id: "${toHex(id)}") { status { ... on TransactionDropped { ${fields} } } }`).join(' ')} }`;
  const balances: Shape = (fields) => `{ ${times(2, `balances(addresses: ${addresses}, first: 100) { ${fields} }`)} }`;
  const mined: Shape = (fields) => `mutation { mineBlocks(count: 100) { ... on BlockAccepted { ${fields} } } }`;
  const input = (transaction: Transaction) => ({
    sender: encodeAddress(PREFIX, transaction.sender),
    recipient: encodeAddress(PREFIX, transaction.recipient),
    amount: String(transaction.amount),
    fee: String(transaction.fee),
    nonce: String(transaction.nonce),
    memo: transaction.memo,
    signature: toHex(transaction.signature),
  });
  const sent = Array.from({ length: 100 }, () => input(transfers.next()));
  const batch = (name: string, fields: string) =>
    `mutation ($t: [SignedTransactionInput!]!) { ${name}(transactions: $t) { ${fields} } }`;
  const accepted = {
    shape: (fields: string) => batch('addTransactions', `... on TransactionAccepted { ${fields} }`),
    variables: () => ({ t: sent.slice(0, 20) }),
  };
  const fresh = () => ({ t: Array.from({ length: 100 }, () => input(transfers.next())) });
  const packed = () => ({
    t: Buffer.from(encodeBody(Array.from({ length: 100 }, () => transfers.next()))).toString('base64'),
  });
  const single = () => ({ t: input(transfers.next()) });
  const checked = () => ({ t: input(transfers.unsent) });
  const checking = (fields: string) =>
    `query ($t: SignedTransactionInput!) { ${times(20, `checkTransaction(transaction: $t) { ... on TransactionValid { ${fields} } }`)} }`;
  const headerInput = {
    height: header.height,
    previousHash: toHex(header.previousHash),
    transactionsRoot: toHex(header.transactionsRoot),
    timestamp: new Date(header.timestamp).toISOString(),
    target: header.target,
    miner: encodeAddress(PREFIX, header.miner),
    nonce: String(header.nonce),
  };
  const known = transfers.next();
  const free = known.encoded.slice().fill(0, 64, 72);
  const copies = (count: number, encoded: Uint8Array) => Array.from({ length: count }, () => encoded);
  const receivedHalf = Buffer.concat([...copies(500, known.encoded), ...copies(500, free)]).toString('base64');
  const shortIds = Buffer.from(Array.from({ length: SHORT_ID_BYTES * 10_000 }, (_, i) => (i * 31) % 251)).toString(
    'base64',
  );
  const block = { ...headerInput, shortIds };
  const wanted = (fields: string) =>
    `mutation { ${times(30, `receiveBroadcastBlockTransactions(hash: "${hash}", transactions: "") { ... on TransactionsWanted { ${fields} } }`)} }`;
  const received = {
    shape: (fields: string) =>
      `mutation ($t: Base64!) { receiveBroadcastPackedTransactions(transactions: $t) { ... on TransactionsReceived { ${fields} } } }`,
    variables: () => ({ t: receivedHalf }),
  };
  const offered = (fields: string) =>
    `mutation { ${times(30, `receiveBroadcastBodies(offer: "a", bodies: []) { ... on BlocksWanted { ${fields} } }`)} }`;
  return {
    hash,
    ids,
    hashes,
    body,
    address,
    headers,
    page,
    transactions,
    status,
    pending,
    left,
    balances,
    mined,
    fresh,
    sent,
    batch,
    packed,
    received,
    // Either list as long as can be.
    interest: (fields: string) =>
      `mutation { receiveBroadcastTransactionIds(ids: "${ids32(fields.includes('later') ? LATER : 1)}") { ${fields} } }`,
    announced: () => ({ b: block }),
    wanted,
    accepted,
    single,
    checked,
    checking,
    headerInput,
    offered,
  };
}

/** As many ids as one request may have, of this byte, in base64. */
function ids32(byte: number): string {
  return Buffer.alloc(MAX_BATCH_TRANSACTIONS * 32, byte).toString('base64');
}

/** Byte that ids begin with which another node is to send. */
export const LATER = 255;

/** The field so many times, under names of their own. */
export function times(count: number, field: string): string {
  return Array.from({ length: count }, (_, i) => `a${i}: ${field}`).join(' ');
}
