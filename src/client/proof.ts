import type { BlockHeader } from '../consensus/block.js';
import type { Network } from '../consensus/network.js';
import type { Transaction } from '../consensus/transaction.js';
import { fromHex, toHex } from '../crypto/bytes.js';
import { verifySignature } from '../crypto/ed25519.js';
import { verifyAuditPath } from '../crypto/merkle.js';
import { TransactionProofDocument, type TransactionProofQuery } from './operations/public.js';
import type { Rejection } from '../consensus/rejection.js';
import { HeaderChain, syncHeaders } from './headers.js';
import { readTransaction } from './codec.js';
import type { NodeConnection } from './correnteClient.js';

/** A transaction as a node shows it. */
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
  const transaction = transactionOf(network, told);
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
function transactionOf(network: NetworkNames, told: ProvenTransaction): Transaction | undefined {
  try {
    return readTransaction(network, told);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function digest(text: string): Uint8Array | undefined {
  return /^[0-9a-f]{64}$/.test(text) ? fromHex(text) : undefined;
}

/** What a node could prove of a transaction. */
export type PaymentProof =
  | {
      readonly status: 'proved';
      readonly transaction: ProvenTransaction;
      /** Header of its block. */
      readonly header: BlockHeader;
      /** 1: in the newest block that the node showed. */
      readonly confirmations: number;
      /** Of the chain that the node showed. Compare it with other nodes: a node can leave out, but not invent, work. */
      readonly work: bigint;
    }
  /** The node shows no block with it, or one that left the best chain while it was checked: ask again. */
  | { readonly status: 'unconfirmed' }
  /** A header breaks a rule: the node lies, or is of another network. */
  | { readonly status: 'invalidChain'; readonly rejection: Rejection }
  /** The proof does not show what the node says. */
  | { readonly status: 'invalidProof'; readonly fault: ProofFault };

export interface ProvePaymentOptions {
  readonly network: Network;
  /** Of the transaction. */
  readonly id: string;
  /** Your own clock, milliseconds since 1970. */
  readonly now: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Proves a transaction without trust in the node: every header from genesis on is checked, then its signature and its path to one of them.
 * Downloads some 430 bytes a block. Rejects with RequestError; throws RangeError on malformed headers.
 */
export async function provePayment(
  modules: { readonly node: NodeConnection },
  { network, id, now, signal }: ProvePaymentOptions,
): Promise<PaymentProof> {
  const { transaction } = await modules.node.request(TransactionProofDocument, { id }, signal);
  const proof = transaction?.proof;
  if (!proof) return { status: 'unconfirmed' };
  if (transaction.id !== id) return { status: 'invalidProof', fault: 'id' };
  const chain = new HeaderChain(network);
  let header: BlockHeader | undefined;
  const found = (next: BlockHeader): void => {
    if (toHex(next.hash) === proof.block.hash) header = next;
  };
  const rejection = await syncHeaders(modules, { chain, network, now, found, signal });
  if (rejection) return { status: 'invalidChain', rejection };
  if (!header) return { status: 'unconfirmed' };
  const fault = verifyProof({ network, header }, transaction, proof);
  if (fault) return { status: 'invalidProof', fault };
  const confirmations = chain.tip.height - header.height + 1;
  return { status: 'proved', transaction, header, confirmations, work: chain.work };
}
