import {
  fromHex,
  readHeader,
  verifyProof,
  type InclusionProof,
  type ProofFault,
  type ProvenTransaction,
} from '../../src/client/client.js';
import { prefixOf } from '../../src/crypto/address.js';
import { meetsTarget } from '../../src/consensus/pow.js';

/** Result of checking a node's proof that a transaction is in a block. */
export type Inclusion = { readonly status: 'proved' } | { readonly status: 'refused'; readonly reason: string };

/**
 * Checks, here and without the node: the sender's signature, the transaction's path to the Merkle root, the hash of the header that holds
 * this root, and the header's proof of work. It does not show that the header is on the best chain.
 */
export function checkInclusion(chainId: string, told: ProvenTransaction, proof: InclusionProof): Inclusion {
  const addressPrefix = prefixOf(told.sender);
  try {
    const header = readHeader({ addressPrefix }, proof.block);
    if (!meetsTarget(header.hash, header.target)) return refused('the block’s hash is above its target');
    const fault = verifyProof({ network: { addressPrefix, chainId: fromHex(chainId) }, header }, told, proof);
    return fault ? refused(FAULTS[fault]) : { status: 'proved' };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refused(error.message);
  }
}

function refused(reason: string): Inclusion {
  return { status: 'refused', reason };
}

const FAULTS: Readonly<Record<ProofFault, string>> = {
  fields: 'no transaction has these fields',
  id: 'the fields hash to another id',
  leaf: 'the leaf belongs to another transaction or signature',
  header: 'the header belongs to another block',
  path: 'the path does not end in the header’s Merkle root',
  signature: 'the signature is not the sender’s',
};
