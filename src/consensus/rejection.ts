import type { SignatureFault } from '../crypto/ed25519.js';
import { describeAmount } from './coins.js';

/**
 * Why a transaction or a block is refused: the one union of expected failures. Clients and peers read `code`; the payload
 * says what was expected and what came. Anything that is not in this list is a bug and throws.
 */
export type Rejection =
  // Provable without state: the maker's fault.
  | { readonly code: 'MALFORMED'; readonly field: string; readonly expected: string; readonly got: string }
  | { readonly code: 'INVALID_AMOUNT'; readonly amount: bigint; readonly fee: bigint }
  | { readonly code: 'INVALID_SIGNATURE'; readonly fault: SignatureFault }
  | { readonly code: 'INVALID_PROOF_OF_WORK'; readonly hash: string; readonly target: number }
  | { readonly code: 'INVALID_TARGET'; readonly expected: number; readonly got: number }
  | { readonly code: 'INVALID_TRANSACTIONS_ROOT'; readonly expected: string; readonly got: string }
  | { readonly code: 'INVALID_TRANSACTION'; readonly index: number; readonly cause: Rejection }
  | { readonly code: 'INVALID_PARENT'; readonly parent: string }
  | { readonly code: 'BLOCK_TOO_LARGE'; readonly maximum: number; readonly got: number }
  | { readonly code: 'WRONG_CHAIN'; readonly expected: string; readonly got: string }
  // Depend on the receiver's view.
  | { readonly code: 'NONCE_TOO_LOW'; readonly expected: bigint; readonly got: bigint }
  | { readonly code: 'NONCE_TOO_HIGH'; readonly maximum: bigint; readonly got: bigint }
  | {
      readonly code: 'NONCE_CONFLICT';
      readonly nonce: bigint;
      readonly minimumFee: bigint;
      /** Hexadecimal id of the pending transaction that has the nonce. */
      readonly pending: string;
    }
  | { readonly code: 'NOTHING_TO_REPLACE'; readonly replaces: string; readonly nonce: bigint }
  | { readonly code: 'INSUFFICIENT_FUNDS'; readonly available: bigint; readonly required: bigint }
  | { readonly code: 'FEE_TOO_LOW'; readonly minimum: bigint; readonly got: bigint }
  | { readonly code: 'MEMPOOL_FULL'; readonly minimumFee: bigint }
  | { readonly code: 'SENDER_LIMIT'; readonly maximum: number }
  | { readonly code: 'HELD_BACK_LIMIT'; readonly missingNonce: bigint; readonly got: bigint }
  | { readonly code: 'EXPIRED'; readonly maximumAgeMs: number }
  | { readonly code: 'INVALID_TIMESTAMP'; readonly after: number; readonly notAfter: number; readonly got: number }
  | { readonly code: 'UNKNOWN_PARENT'; readonly parent: string }
  | {
      readonly code: 'LOW_WORK';
      readonly least: bigint;
      readonly work: bigint;
      readonly lowest: number;
      readonly height: number;
    }
  | { readonly code: 'TOO_MANY_SIBLINGS'; readonly maximum: number; readonly parent: string }
  // This node's own state.
  | { readonly code: 'WALLET_UNAVAILABLE' }
  | { readonly code: 'WALLET_LOCKED'; readonly wrongPassphrase: boolean }
  | { readonly code: 'WALLET_EXISTS' }
  | { readonly code: 'REQUEST_KEY_USED'; readonly txid: string }
  | { readonly code: 'STORAGE_FULL' }
  | { readonly code: 'CANCELLED'; readonly reason: string };

export type RejectionCode = Rejection['code'];

/** One English sentence for people: what was expected and what came. Its wording is not part of the API. */
export function describeRejection(rejection: Rejection): string {
  // Each entry takes the rejection of its own code, which the compiler cannot follow through the look-up.
  return (DESCRIPTIONS[rejection.code] as (rejection: Rejection) => string)(rejection);
}

const DESCRIPTIONS: { readonly [Code in RejectionCode]: (rejection: Extract<Rejection, { code: Code }>) => string } = {
  MALFORMED: (rejection) => `${rejection.field}: expected ${rejection.expected}, got ${rejection.got}`,
  INVALID_AMOUNT: (rejection) =>
    `expected amount ≥ 1 and amount + fee < 2^63, got amount ${describeAmount(rejection.amount)} and fee ${describeAmount(rejection.fee)}`,
  INVALID_SIGNATURE: (rejection) => SIGNATURE_FAULTS[rejection.fault],
  INVALID_PROOF_OF_WORK: (rejection) =>
    `expected a block hash at or below the target ${compactText(rejection.target)}, got ${rejection.hash}`,
  INVALID_TARGET: (rejection) =>
    `expected the target ${compactText(rejection.expected)}, got ${compactText(rejection.got)}`,
  INVALID_TRANSACTIONS_ROOT: (rejection) =>
    `expected the transactions root and count ${rejection.expected} of the header, got ${rejection.got}`,
  INVALID_TRANSACTION: (rejection) =>
    `transaction ${rejection.index} of the block: ${rejection.cause.code}: ${describeRejection(rejection.cause)}`,
  INVALID_PARENT: (rejection) =>
    `expected a valid parent, got ${rejection.parent}, which is invalid or descends from an invalid block`,
  BLOCK_TOO_LARGE: (rejection) => `expected a block of at most ${rejection.maximum} bytes, got ${rejection.got}`,
  WRONG_CHAIN: (rejection) => `expected chain ${rejection.expected}, got ${rejection.got}`,
  NONCE_TOO_LOW: (rejection) =>
    `expected nonce ${rejection.expected} or above, got ${rejection.got}, which was used before`,
  NONCE_TOO_HIGH: (rejection) =>
    `expected a nonce up to ${rejection.maximum}, got ${rejection.got}: too many are missing before it`,
  NONCE_CONFLICT: (rejection) =>
    `the pending transaction ${rejection.pending} has nonce ${rejection.nonce}: expected the next nonce, or to replace it, its id as \`replaces\` and a fee of at least ${describeAmount(rejection.minimumFee)}`,
  NOTHING_TO_REPLACE: (rejection) =>
    `expected a pending transaction ${rejection.replaces} of this sender with nonce ${rejection.nonce} to replace, got none: it was mined, dropped or is another's`,
  INSUFFICIENT_FUNDS: (rejection) =>
    `expected at least ${describeAmount(rejection.required)} available, got ${describeAmount(rejection.available)}`,
  FEE_TOO_LOW: (rejection) =>
    `expected a fee of at least ${describeAmount(rejection.minimum)}, got ${describeAmount(rejection.got)}`,
  MEMPOOL_FULL: (rejection) =>
    `the mempool is full: expected a fee of at least ${describeAmount(rejection.minimumFee)}`,
  SENDER_LIMIT: (rejection) => `expected at most ${rejection.maximum} pending transactions of one sender, got one more`,
  HELD_BACK_LIMIT: (rejection) =>
    `expected the sender's nonce ${rejection.missingNonce} first, got ${rejection.got}: there is no room for more that wait for an earlier one`,
  EXPIRED: (rejection) => `not mined within ${rejection.maximumAgeMs} ms`,
  INVALID_TIMESTAMP: (rejection) =>
    `expected a timestamp above ${rejection.after} and up to ${rejection.notAfter}, got ${rejection.got}`,
  UNKNOWN_PARENT: (rejection) => `the parent ${rejection.parent} is not known yet`,
  LOW_WORK: (rejection) =>
    `expected a side block of at least height ${rejection.lowest} and accumulated work ${rejection.least}, got height ${rejection.height} and work ${rejection.work}: its branch is too far behind, and is fetched if it becomes the heavier one`,
  TOO_MANY_SIBLINGS: (rejection) =>
    `expected at most ${rejection.maximum} side blocks on the parent ${rejection.parent}, got one more: its branch is fetched if it becomes the heavier one`,
  WALLET_UNAVAILABLE: () => 'this node has no wallet: expected createWallet first, or a signed transaction',
  WALLET_LOCKED: (rejection) =>
    rejection.wrongPassphrase
      ? 'the passphrase does not open this wallet'
      : 'the wallet is locked: expected unlockWallet first',
  WALLET_EXISTS: () => 'this node has a wallet already, and a wallet is never overwritten',
  REQUEST_KEY_USED: (rejection) =>
    `the request key stands for the transfer ${rejection.txid}: expected the same recipient, amount, fee and memo, or a key of its own`,
  STORAGE_FULL: () => 'the disk is full: reads go on, writes are refused until there is space',
  CANCELLED: (rejection) => rejection.reason,
};

/** Every code there is. */
export const REJECTION_CODES = Object.keys(DESCRIPTIONS) as readonly RejectionCode[];

const SIGNATURE_FAULTS: Record<SignatureFault, string> = {
  length: 'expected a public key of 32 bytes and a signature of 64',
  scalar: 'expected a signature with S below the group order',
  'non-canonical': 'expected canonical points in the public key and the signature',
  'small-order': 'expected no small-order point in the public key or the signature',
  equation:
    'the signature does not verify for this sender, recipient, amount, fee, nonce, memo and chain: expected an Ed25519 signature of the payload in docs/protocol.md',
};

function compactText(target: number): string {
  return `0x${target.toString(16).padStart(8, '0')}`;
}
