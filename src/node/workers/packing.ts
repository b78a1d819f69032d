import { knownTransaction, type Transaction } from '../../consensus/transaction.js';
import { fromHex, toHex } from '../../crypto/bytes.js';
import { Decoder, Encoder } from '../../crypto/encoder.js';
import type { Entry } from '../../mempool/entry.js';
import type { MempoolChanges } from '../../mempool/changes.js';
import type { DroppedTransaction } from '../../mempool/ports.js';

/*
 * Transactions between the processes of one node: the bytes of a block body with the hashes that one of the processes has computed, so that no
 * other does. Never for bytes that came from elsewhere: the hashes are believed.
 */

/** Bytes beside those of a block body: id, leaf, length. */
const HASHED_BYTES = 32 + 32 + 2;
const ENTRY_BYTES = 8 + 8;
const SENDER_BYTES = 32 + 8 + 8;

/** Transactions one after another. */
export function packTransactions(transactions: readonly Transaction[]): Uint8Array {
  const encoder = new Encoder(transactions.reduce((sum, { size }) => sum + HASHED_BYTES + size, 0));
  for (const transaction of transactions) putTransaction(encoder, transaction);
  return encoder.finish();
}

/** Reverses packTransactions. The transactions share the memory of `bytes`. */
export function unpackTransactions(chainId: Uint8Array, bytes: Uint8Array): Transaction[] {
  const decoder = new Decoder(bytes);
  const transactions: Transaction[] = [];
  while (decoder.remaining > 0) transactions.push(takeTransaction(chainId, decoder));
  return transactions;
}

/** Changes of a mempool as they travel. */
export interface PackedChanges {
  readonly left: Uint8Array;
  readonly entered: Uint8Array;
  readonly senders: Uint8Array;
  readonly dropped: readonly (PackedDropped | string)[];
}

interface PackedDropped extends Omit<DroppedTransaction, 'transaction'> {
  readonly transaction: Uint8Array;
}

/** Changes of a mempool in few objects, but for what was dropped, which is rare. */
export function packChanges({ left, entered, senders, dropped }: MempoolChanges): PackedChanges {
  const entries = new Encoder(
    entered.reduce((sum, { transaction: { size } }) => sum + HASHED_BYTES + size + ENTRY_BYTES, 0),
  );
  for (const { transaction, since, sequence } of entered) {
    putTransaction(entries, transaction);
    entries.u64(BigInt(since)).u64(BigInt(sequence));
  }
  const accounts = new Encoder(senders.length * SENDER_BYTES);
  for (const { publicKey, account } of senders) accounts.raw(publicKey).u64(account.balance).u64(account.nonce);
  const ids = new Encoder(left.length * 32);
  for (const txid of left) ids.raw(fromHex(txid));
  return {
    left: ids.finish(),
    entered: entries.finish(),
    senders: accounts.finish(),
    dropped: dropped.map((memory) =>
      typeof memory === 'string' ? memory : { ...memory, transaction: packTransactions([memory.transaction]) },
    ),
  };
}

/** Reverses packChanges, but for the time on a clock that is the other process's own. */
export function unpackChanges(chainId: Uint8Array, packed: PackedChanges): MempoolChanges {
  const entered: Entry[] = [];
  const decoder = new Decoder(packed.entered);
  while (decoder.remaining > 0) {
    const transaction = takeTransaction(chainId, decoder);
    const [since, sequence] = [Number(decoder.u64()), Number(decoder.u64())];
    const feeRate = Number(transaction.fee) / transaction.size;
    entered.push({ transaction, txid: transaction.txid, since, arrived: 0, sequence, feeRate });
  }
  const senders: MempoolChanges['senders'][number][] = [];
  const accounts = new Decoder(packed.senders);
  while (accounts.remaining > 0) {
    senders.push({ publicKey: accounts.raw(32), account: { balance: accounts.u64(), nonce: accounts.u64() } });
  }
  const left: string[] = [];
  for (let start = 0; start < packed.left.length; start += 32)
    left.push(toHex(packed.left.subarray(start, start + 32)));
  const dropped = packed.dropped.map((memory) =>
    typeof memory === 'string'
      ? memory
      : { ...memory, transaction: unpackTransactions(chainId, memory.transaction)[0]! },
  );
  return { left, entered, senders, dropped };
}

function putTransaction(encoder: Encoder, transaction: Transaction): void {
  encoder.raw(transaction.id).raw(transaction.leaf).u16(transaction.size).raw(transaction.encoded);
}

function takeTransaction(chainId: Uint8Array, decoder: Decoder): Transaction {
  const [id, leaf] = [decoder.raw(32), decoder.raw(32)];
  return knownTransaction(chainId, decoder.raw(decoder.u16()), { id, leaf });
}
