/**
 * The numbers on which two nodes, or a node and a client, must agree beside the rules: a node that asks for more than another one
 * gives is refused, and one that gives less than another one asks for looks as if it had no more. The section "Numbers between nodes" of
 * docs/protocol.md is made of this file.
 */

/** Version of the protocol that a node speaks; nodes of different versions exchange nothing. */
export const PROTOCOL_VERSION = 1;
/** Hashes in a locator, at most: a node's own holds the last ten blocks, then steps that double, and genesis, far below that. */
export const MAX_LOCATOR_HASHES = 101;
/** Headers in one answer of `headersAfter` and in one part of an offer, at most; fewer than asked for are the last ones. */
export const MAX_HEADERS = 2_000;
/** Bodies that one request asks for or brings, at most. */
export const MAX_BODIES = 128;
/** Bytes of blocks whose bodies one answer or one part of an offer brings, at most; no network allows a larger block, so one always fits. */
export const MAX_BODIES_BYTES = 8 * 1024 * 1024;
/** Transactions in one request, at most. */
export const MAX_BATCH_TRANSACTIONS = 1_000;
/** Bytes of packed transactions in one request, at most: as many as may come, each with the longest memo. */
export const MAX_PACKED_BYTES = 217_000;
/** Bytes of the short id of a transaction in the announcement of a block. */
export const SHORT_ID_BYTES = 5;
/** Transactions of a block from which on it is announced by their short ids; a smaller one is sent whole, which takes less than a second message. */
export const MIN_COMPACT_TRANSACTIONS = 16;
/** Items of one page of a connection, at most; pending transactions are pulled in pages of as many. */
export const MAX_PAGE_ITEMS = 100;
/** Addresses in an answer to `peers`, at most. */
export const MAX_PEER_ADDRESSES = 1_000;
/** Characters of a peer's URL, percent-encoded and with its path, at most. */
export const MAX_URL_LENGTH = 2_048;
/** Bytes of one request and of one answer, at most: bodies of 8 MiB in base64, or a full block of 2 MiB in JSON, three times as long, and room. */
export const MAX_HTTP_BODY_BYTES = 16 * 1024 * 1024;
/** Milliseconds within which the receiver of an offer answers, if only that it wants nothing yet. */
export const OFFER_HOLD_MS = 2_000;
/** Milliseconds after which an offer is over, or an announced block forgotten, whose sender has not brought what was wanted. */
export const OFFER_PATIENCE_MS = 10_000;
/** Milliseconds after which a transaction that a peer has announced and not brought is wanted of the next one that announces it. */
export const TRANSACTION_PATIENCE_MS = 2_000;
