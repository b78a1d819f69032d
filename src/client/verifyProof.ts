import type { BlockHeader } from '../consensus/block.js';
import type { Network } from '../consensus/network.js';
import { createTransaction, malformedTransaction, type Transaction } from '../consensus/transaction.js';
import { decodeAddress } from '../crypto/address.js';
import { fromHex, toHex } from '../crypto/bytes.js';
import { verifySignature } from '../crypto/ed25519.js';
import { verifyAuditPath } from '../crypto/merkle.js';
import type { TransactionProofQuery } from './operations.js';

/** A transaction as a node tells it. */
export type ProvenTransaction = NonNullable<TransactionProofQuery['transaction']>;
/** Where a node says that it is. */
export type InclusionProof = NonNullable<ProvenTransaction['proof']>;

/** All of a network that a transaction names. */
type NetworkNames = Pick<Network, 'addressPrefix' | 'chainId'>;

/**
 * Why a proof is refused: fields that no transaction has, another id than these fields have, a leaf of
 * another transaction or signature, a block that is not the one it was checked against, a path that does not end in its root, or a
 * signature that is not the sender's.
 */
export type ProofFault = 'fields' | 'id' | 'leaf' | 'header' | 'path' | 'signature';

/**
 * Checks that the sender signed the transaction and that it is in the block of `header` (RFC 9162, section 2.1.3.2); undefined if so.
 * `header` must come from a HeaderChain, or the proof shows nothing.
 */
export function verifyProof(
  { network, header }: { readonly network: NetworkNames; readonly header: BlockHeader },
  told: ProvenTransaction,
  proof: InclusionProof,
): ProofFault | undefined {
  const transaction = readTransaction(network, told);
  const path = proof.path.map(digest);
  if (!transaction || !path.every((hash) => hash !== undefined)) return 'fields';
  if (toHex(transaction.id) !== told.id) return 'id';
  if (toHex(transaction.leaf) !== proof.leaf) return 'leaf';
  if (toHex(header.hash) !== proof.block.hash) return 'header';
  const { transactionCount, transactionsRoot } = header;
  if (!verifyAuditPath(transaction.leaf, proof.index, transactionCount, path, transactionsRoot)) return 'path';
  // Last, since it takes a thousand times as long as the rest.
  if (!verifySignature(transaction.sender, transaction.payload, transaction.signature)) return 'signature';
  return undefined;
}

/** The transaction of these fields; undefined if there can be none. */
function readTransaction(network: NetworkNames, told: ProvenTransaction): Transaction | undefined {
  const [amount, fee, nonce] = [told.amount, told.fee, told.nonce].map((text) =>
    /^(0|[1-9][0-9]{0,19})$/.test(text) ? BigInt(text) : undefined,
  );
  const sender = account(network, told.sender);
  const recipient = account(network, told.recipient);
  if (amount === undefined || fee === undefined || nonce === undefined || !sender || !recipient) return undefined;
  if (!/^[0-9a-f]{128}$/.test(told.signature)) return undefined;
  const unsigned = { sender, recipient, amount, fee, nonce, memo: told.memo };
  const signature = fromHex(told.signature);
  if (malformedTransaction({ ...unsigned, signature })) return undefined;
  return createTransaction(network.chainId, unsigned, signature);
}

function account({ addressPrefix }: NetworkNames, text: string): Uint8Array | undefined {
  try {
    return decodeAddress(addressPrefix, text);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function digest(text: string): Uint8Array | undefined {
  return /^[0-9a-f]{64}$/.test(text) ? fromHex(text) : undefined;
}
