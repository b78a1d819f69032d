import type { BlockHeader } from '../consensus/block.js';
import type { Network } from '../consensus/network.js';
import type { Rejection } from '../consensus/rejection.js';
import { toHex } from '../crypto/bytes.js';
import { HeaderChain } from './headerChain.js';
import type { NodeConnection } from './nodeConnection.js';
import { TransactionProofDocument } from './operations.js';
import { syncHeaders } from './syncHeaders.js';
import { verifyProof, type ProofFault, type ProvenTransaction } from './verifyProof.js';

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

/**
 * Proves a transaction without trust in the node: every header from genesis on is checked, then its signature and its path to one of them.
 * Downloads some 430 bytes a block. Rejects with RequestError; throws RangeError on malformed headers.
 */
export async function provePayment(
  options: { readonly network: Network; readonly id: string; readonly now: number },
  modules: { readonly node: NodeConnection },
  signal?: AbortSignal,
): Promise<PaymentProof> {
  const { network, id, now } = options;
  const { transaction } = await modules.node.request(TransactionProofDocument, { id }, signal);
  const proof = transaction?.proof;
  if (!proof) return { status: 'unconfirmed' };
  if (transaction.id !== id) return { status: 'invalidProof', fault: 'id' };
  const chain = new HeaderChain(network);
  let header: BlockHeader | undefined;
  const found = (next: BlockHeader): void => {
    if (toHex(next.hash) === proof.block.hash) header = next;
  };
  const rejection = await syncHeaders({ chain, network, now, found }, modules, signal);
  if (rejection) return { status: 'invalidChain', rejection };
  if (!header) return { status: 'unconfirmed' };
  const fault = verifyProof({ network, header }, transaction, proof);
  if (fault) return { status: 'invalidProof', fault };
  const confirmations = chain.tip.height - header.height + 1;
  return { status: 'proved', transaction, header, confirmations, work: chain.work };
}
