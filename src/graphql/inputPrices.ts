import { SHORT_ID_BYTES } from '../consensus/protocol.js';

/**
 * What a request brings in, by the field that takes it: from its arguments how many, one by default, and what each takes to be checked, hashed and, of a
 * transaction, verified. It has bounds of its own, so what an operation may cost comes on top.
 */
export const INPUT_PRICES: Readonly<
  Record<string, { readonly price: number; readonly count?: (args: Arguments) => number }>
> = {
  'Mutation.addTransaction': { price: 600 },
  'Mutation.addTransactions': { price: 260, count: ({ transactions }) => lengthOf(transactions) },
  'Mutation.receiveBroadcastTransaction': { price: 600 },
  'Mutation.receiveBroadcastTransactions': { price: 260, count: ({ transactions }) => lengthOf(transactions) },
  // As many as fit into the bytes.
  'Mutation.receiveBroadcastPackedTransactions': {
    price: 260,
    count: ({ transactions }) => lengthOf(transactions) / LEAST_PACKED_CHARACTERS,
  },
  'Mutation.receiveBroadcastTransactionIds': { price: 8, count: ({ ids }) => 5 + lengthOf(ids) / ID_CHARACTERS },
  'Mutation.receiveBroadcastBlock': {
    price: 28,
    count: ({ block }) => 5 + lengthOf((block as Arguments | undefined)?.['transactions']),
  },
  'Mutation.receiveBroadcastCompactBlock': {
    price: 0.3,
    count: ({ block }) => 400 + lengthOf((block as Arguments | undefined)?.['shortIds']) / SHORT_ID_CHARACTERS,
  },
  'Mutation.receiveBroadcastBlockTransactions': {
    price: 20,
    count: ({ transactions }) => 5 + lengthOf(transactions) / LEAST_PACKED_CHARACTERS,
  },
  'Mutation.receiveBroadcastHeaders': { price: 24, count: ({ headers }) => 5 + lengthOf(headers) },
  // What is in them is decoded only where headers have shown more work. In KiB.
  'Mutation.receiveBroadcastBodies': { price: 2, count: ({ bodies }) => bytesOf(bodies) / 1_024 },
};

/** Of the shortest transaction, 153 bytes, in base64. */
const LEAST_PACKED_CHARACTERS = 204;
const ID_CHARACTERS = (32 * 4) / 3;
const SHORT_ID_CHARACTERS = (SHORT_ID_BYTES * 4) / 3;

/** As they came, not checked yet. */
type Arguments = Readonly<Record<string, unknown>>;

function bytesOf(bodies: unknown): number {
  if (!Array.isArray(bodies)) return 0;
  return (bodies as readonly (Arguments | null)[]).reduce((sum, each) => sum + lengthOf(each?.['body']), 0);
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' || Array.isArray(value) ? value.length : 0;
}
