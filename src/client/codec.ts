import { createHeader, type Block, type BlockHeader } from '../consensus/block.js';
import type { Network } from '../consensus/network.js';
import { createTransaction, checkTransactionForm, type Transaction } from '../consensus/transaction.js';
import { decodeAddress, encodeAddress } from '../crypto/address.js';
import { fromHex, toHex } from '../crypto/bytes.js';
import type { HeaderFragment, SignedTransactionInput, TransferFragment } from './operations/public.js';

// Transactions, headers and blocks as the GraphQL API writes them, and back. `prefix` is the network's address prefix. What comes from a
// node is only as good as its hash: it is computed here; the rules that it must keep are for others to check.

/** A transaction to be sent. */
export type TransactionInput = Required<Omit<SignedTransactionInput, 'replaces'>>;

export function transactionInput(transaction: Transaction, prefix: string): TransactionInput {
  return {
    sender: encodeAddress(prefix, transaction.sender),
    recipient: encodeAddress(prefix, transaction.recipient),
    amount: `${transaction.amount}`,
    fee: `${transaction.fee}`,
    nonce: `${transaction.nonce}`,
    memo: transaction.memo,
    signature: toHex(transaction.signature),
  };
}

/** A transaction with its id computed here. Throws RangeError on fields that no transaction of the network has. */
export function readTransaction(
  { addressPrefix, chainId }: Pick<Network, 'addressPrefix' | 'chainId'>,
  fields: Omit<TransferFragment, 'id'>,
): Transaction {
  const unsigned = {
    sender: decodeAddress(addressPrefix, fields.sender),
    recipient: decodeAddress(addressPrefix, fields.recipient),
    amount: wholeNumber('amount', fields.amount),
    fee: wholeNumber('fee', fields.fee),
    nonce: wholeNumber('nonce', fields.nonce),
    memo: fields.memo,
  };
  const signature = fromHex(fields.signature);
  const fault = checkTransactionForm({ ...unsigned, signature });
  if (fault) throw new RangeError(`expected a transaction, got one with ${fault.code}`);
  return createTransaction(chainId, unsigned, signature);
}

export function headerInput(header: BlockHeader, prefix: string) {
  return { ...sealedFields(header, prefix), transactionCount: header.transactionCount };
}

/** `encode` makes the input of each transaction. */
export function blockInput(
  { header, transactions }: Block,
  prefix: string,
  encode = (transaction: Transaction) => transactionInput(transaction, prefix),
) {
  return { ...sealedFields(header, prefix), transactions: transactions.map(encode) };
}

/** A header with its hash computed here. Throws RangeError on fields that do not have the hash that the node names. */
export function readHeader({ addressPrefix }: Pick<Network, 'addressPrefix'>, fields: HeaderFragment): BlockHeader {
  const template = {
    height: fields.height,
    previousHash: fromHex(fields.previousHash),
    transactionsRoot: fromHex(fields.transactionsRoot),
    transactionCount: fields.transactionCount,
    timestamp: Date.parse(fields.timestamp),
    target: fields.target,
    miner: decodeAddress(addressPrefix, fields.miner),
  };
  const header = createHeader(template, wholeNumber('nonce', fields.nonce));
  const hash = toHex(header.hash);
  if (hash !== fields.hash) throw new RangeError(`expected fields of the block ${fields.hash}, got those of ${hash}`);
  return header;
}

/** The fields of a header that its transactions do not repeat. */
export function sealedFields(header: BlockHeader, prefix: string) {
  return {
    height: header.height,
    previousHash: toHex(header.previousHash),
    transactionsRoot: toHex(header.transactionsRoot),
    timestamp: new Date(header.timestamp).toISOString(),
    target: header.target,
    miner: encodeAddress(prefix, header.miner),
    nonce: `${header.nonce}`,
  };
}

function wholeNumber(name: string, text: string): bigint {
  if (/^(0|[1-9][0-9]{0,19})$/.test(text)) return BigInt(text);
  throw new RangeError(
    `${name}: expected a whole number of at most 20 digits, got ${JSON.stringify(text.slice(0, 80))}`,
  );
}
