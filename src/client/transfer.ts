import {
  createTransaction as withHashes,
  checkTransactionForm,
  signingPayload,
  type UnsignedTransaction,
} from '../consensus/transaction.js';
import { MAX_AMOUNT } from '../consensus/coins.js';
import { describeRejection, type Rejection } from '../consensus/rejection.js';
import { decodeAddress, encodeAddress, prefixOf } from '../crypto/address.js';
import { equalBytes, fromHex, toHex } from '../crypto/bytes.js';
import { sha256 } from '../crypto/hash.js';
import { type KeyPair, sign as signBytes } from '../crypto/ed25519.js';
import { transactionInput, type TransactionInput } from './codec.js';
import type { SignedTransactionInput } from './operations/public.js';
import { checkKeyFile, formatKeyFile, openKey, parseKeyFile, passphraseFault, sealKey } from '../crypto/keystore.js';

export interface TransferFields {
  /** Hexadecimal hash of the genesis block. Take it from the network where you can, not from a node: it decides for which chain you sign. */
  readonly chainId: string;
  readonly sender: string;
  readonly recipient: string;
  /** Base units, at least 1. */
  readonly amount: bigint;
  /** Base units for the miner; 0 by default. */
  readonly fee?: bigint;
  /** Sender's sequence number: `nextNonce` of its balance. */
  readonly nonce: bigint;
  /** At most 64 bytes of UTF-8, public. */
  readonly memo?: string;
}

/** A transfer to be signed: its fields, checked, and its hash. */
export interface UnsignedTransfer {
  /** Transaction id, hexadecimal: it does not depend on the signature. */
  readonly id: string;
  readonly fields: Required<TransferFields>;
  readonly transaction: UnsignedTransaction;
  /** The bytes to sign (docs/protocol.md, "Transaction"). */
  readonly payload: Uint8Array;
}

export interface SignedTransfer {
  /** Transaction id, known before anything is sent. */
  readonly id: string;
  /** For addTransaction, addTransactions and checkTransaction. */
  readonly input: TransactionInput & Pick<SignedTransactionInput, 'replaces'>;
}

/** Checks a transfer and makes the bytes to sign; throws RangeError with the code that a node would answer, expected and got. */
export function createTransaction(fields: TransferFields): UnsignedTransfer {
  const { chainId, sender, recipient, amount, fee = 0n, nonce, memo = '' } = fields;
  // Both are of one network: the sender's prefix says of which.
  const prefix = prefixOf(sender);
  const transaction = {
    sender: decodeAddress(prefix, sender),
    recipient: decodeAddress(prefix, recipient),
    amount,
    fee,
    nonce,
    memo,
  };
  const fault = checkTransactionForm({ ...transaction, signature: new Uint8Array(64) });
  if (fault) throw refused(fault);
  if (amount < 1n || amount + fee > MAX_AMOUNT) throw refused({ code: 'INVALID_AMOUNT', amount, fee });
  const payload = signingPayload(chainIdBytes(chainId), transaction);
  const text = (publicKey: Uint8Array) => encodeAddress(prefix, publicKey);
  return {
    id: toHex(sha256(payload)),
    fields: {
      chainId,
      sender: text(transaction.sender),
      recipient: text(transaction.recipient),
      ...{ amount, fee, nonce, memo },
    },
    transaction,
    payload,
  };
}

/** Signs with the sender's key, here: no node ever sees it. Throws RangeError on another key. */
export function sign({ fields, transaction, payload }: UnsignedTransfer, keyPair: KeyPair): SignedTransfer {
  if (!equalBytes(keyPair.publicKey, transaction.sender)) {
    throw new RangeError(`expected the key of the sender ${fields.sender}, got the key ${toHex(keyPair.publicKey)}`);
  }
  const signed = withHashes(fromHex(fields.chainId), transaction, signBytes(payload, keyPair));
  return { id: toHex(signed.id), input: transactionInput(signed, prefixOf(fields.sender)) };
}

function chainIdBytes(text: string): Uint8Array {
  if (/^[0-9a-f]{64}$/.test(text)) return fromHex(text);
  throw new RangeError(
    `chainId: expected 64 lower-case hexadecimal characters, got ${JSON.stringify(text.slice(0, 80))}`,
  );
}

function refused(rejection: Rejection): RangeError {
  return new RangeError(`${rejection.code}: ${describeRejection(rejection)}`);
}

/**
 * Key pair of a key file, given as its text or as a parsed object. Takes about 0.3 s. Rejects with RangeError for a text
 * that is no key file, or for a wrong passphrase; the message never holds a secret.
 */
export async function openKeyFile(file: string | object, passphrase: string): Promise<KeyPair> {
  const keyPair = await openKey(typeof file === 'string' ? parseKeyFile(file) : checkKeyFile(file), passphrase);
  if (!keyPair) throw new RangeError('expected the passphrase of this key file, got another');
  return keyPair;
}

/** Text of a new key file, for `corrente … --key FILE` and for openKeyFile. Rejects with RangeError on a short passphrase. */
export async function sealKeyFile(keyPair: KeyPair, passphrase: string): Promise<string> {
  const fault = passphraseFault(passphrase);
  if (fault !== undefined) throw new RangeError(fault);
  return formatKeyFile(await sealKey(keyPair, passphrase));
}
