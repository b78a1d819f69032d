import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import * as operations from '../../client/operations/peer.js';
import { HeadersAfterDocument } from '../../client/operations/public.js';
import { type Block, type BlockHeader, encodeBody } from '../../consensus/block.js';
import { MAX_HTTP_BODY_BYTES, MIN_COMPACT_TRANSACTIONS, OFFER_HOLD_MS } from '../../consensus/protocol.js';
import type { Transaction } from '../../consensus/transaction.js';
import { concatBytes, fromHex, toHex } from '../../crypto/bytes.js';
import { each } from '../../util/turns.js';
import type { HandshakeAnswer, OfferedBody, PendingPage, Wanted } from '../ports.js';
import { isUnknownField, understood } from './failures.js';
import { isProof } from './nodeProof.js';
import { PeerRequests, type PeerRequestsModules, type PeerRequestsOptions } from './peerRequests.js';
import {
  compactOutcome,
  HANDSHAKE,
  HASH,
  type Interest,
  interests,
  listOf,
  OUTCOME,
  type Outcome,
  packedOutcomes,
  PEERS,
  PENDING,
  toBase64,
  WANTED,
  type Wire,
} from './wire.js';

const WANTED_AFTER_HEADERS = z.object({ receiveBroadcastHeaders: WANTED });
const WANTED_AFTER_BODIES = z.object({ receiveBroadcastBodies: WANTED });
const RECEIVED_BLOCK = z.object({ receiveBroadcastBlock: OUTCOME });
const BODY = z.object({ hash: HASH, body: z.base64() }).nullable();
/** How long a peer may wait until it knows what it wants, and a second more. */
const HOLD_MS = OFFER_HOLD_MS + 1_000;
/** Deadline of requests that carry headers or bodies. */
const BULK_TIMEOUT_MS = 30_000;
/** The longest answer of each kind, with room for what a later version adds. */
const ANSWER_BYTES = {
  handshake: 16 * 1024,
  // As many as a node has, each as long as it can be.
  peers: 512 * 1024,
  wanted: 64 * 1024,
  pending: 2 * 1024 * 1024,
  headers: 2 * 1024 * 1024,
  bodies: MAX_HTTP_BODY_BYTES,
};
export interface PeerClientModules extends PeerRequestsModules {
  readonly wire: Wire;
}

/**
 * Speaks this API to one other node. Every method resolves to a checked answer or rejects with PeerError. What is to be delivered, and bodies,
 * wait as long as a node asks for that has too much to do (`patiently`); the others fail at once, and are asked again in their own time.
 */
export class PeerClient {
  readonly #timeoutMs: number;
  readonly #wire: Wire;
  readonly #requests: PeerRequests;

  constructor(options: PeerRequestsOptions, modules: PeerClientModules) {
    this.#timeoutMs = options.timeoutMs;
    this.#wire = modules.wire;
    this.#requests = new PeerRequests(options, modules);
  }

  async handshake(): Promise<HandshakeAnswer> {
    const challenge = randomBytes(32);
    const variables = { challenge: toHex(challenge) };
    const answer = this.#requests
      .ask(operations.HandshakeDocument, variables, HANDSHAKE, ANSWER_BYTES.handshake)
      .catch((error: unknown) => {
        // A node of version 0.1 knows no proof: its id stays unproven, and it can still be a peer.
        if (!isUnknownField(error)) throw error;
        return this.#requests.ask(operations.FirstHandshakeDocument, {}, HANDSHAKE, ANSWER_BYTES.handshake);
      });
    const { nodeInfo, chain } = await answer;
    const { id, chainId, version, protocolVersion, instance, publicUrl } = nodeInfo;
    const proven = isProven(nodeInfo, challenge);
    this.#requests.know(proven ? fromHex(id) : undefined, instance ?? undefined);
    return {
      id,
      proven,
      instance: instance ?? undefined,
      publicUrl: publicUrl ?? undefined,
      chainId,
      version,
      protocolVersion,
      height: chain.height,
      work: BigInt(chain.work),
      tip: chain.tip.hash,
    };
  }

  /** URLs of the nodes to which the peer says it is connected, unchecked. */
  async connectedPeers(): Promise<string[]> {
    const { peers } = await this.#requests.ask(operations.PeerUrlsDocument, {}, PEERS, ANSWER_BYTES.peers);
    return peers.filter(({ status }) => status === 'CONNECTED').map(({ url }) => url);
  }

  /** The peer's outcome for each transaction, in order. */
  sendTransactions(transactions: readonly Transaction[]): Promise<Outcome[]> {
    return this.#requests.newest(
      'receiveBroadcastPackedTransactions',
      () => this.#sendPacked(transactions),
      () => this.#sendReadable(transactions),
    );
  }

  async #sendPacked(transactions: readonly Transaction[]): Promise<Outcome[]> {
    const { length } = transactions;
    const variables = { transactions: toBase64(encodeBody(transactions)) };
    const document = operations.ReceiveBroadcastPackedTransactionsDocument;
    const shape = z.object({ receiveBroadcastPackedTransactions: packedOutcomes(length) });
    const answer = await this.#requests.askPatiently(document, variables, shape, outcomeBytes(length));
    return answer.receiveBroadcastPackedTransactions;
  }

  /** To a node that knows no packed transactions. */
  async #sendReadable(transactions: readonly Transaction[]): Promise<Outcome[]> {
    const inputs = transactions.map((transaction) => this.#wire.transactionInput(transaction));
    const document = operations.ReceiveBroadcastTransactionsDocument;
    const shape = z.object({ receiveBroadcastTransactions: listOf(OUTCOME, inputs.length, inputs.length) });
    const variables = { transactions: inputs };
    const answer = await this.#requests.askPatiently(document, variables, shape, outcomeBytes(inputs.length));
    return answer.receiveBroadcastTransactions;
  }

  announceTransactions(ids: readonly Uint8Array[]): Promise<Interest[]> {
    const { length } = ids;
    const document = operations.ReceiveBroadcastTransactionIdsDocument;
    const shape = z.object({ receiveBroadcastTransactionIds: interests(length) });
    return this.#requests.newest(
      'receiveBroadcastTransactionIds',
      async () => {
        const variables = { ids: toBase64(concatBytes(...ids)) };
        const answer = await this.#requests.askPatiently(document, variables, shape, outcomeBytes(1) + length * 16);
        return answer.receiveBroadcastTransactionIds;
      },
      () => Promise.resolve(ids.map(() => 'wanted')),
    );
  }

  /** The peer's outcome for a block, which is announced by its header and short ids; the peer is sent what it lacks. */
  sendBlock(block: Block): Promise<Outcome> {
    if (block.transactions.length < MIN_COMPACT_TRANSACTIONS) return this.#sendWhole(block);
    return this.#requests.newest(
      'receiveBroadcastCompactBlock',
      () => this.#announce(block),
      () => this.#sendWhole(block),
    );
  }

  async #announce(block: Block): Promise<Outcome> {
    const { header, transactions } = block;
    const outcome = compactOutcome(transactions.length);
    const [document, variables] = [
      operations.ReceiveBroadcastCompactBlockDocument,
      { block: await this.#wire.compactInput(block) },
    ];
    const announced = z.object({ receiveBroadcastCompactBlock: outcome });
    const { receiveBroadcastCompactBlock: first } = await this.#requests.askPatiently(
      document,
      variables,
      announced,
      outcomeBytes(1),
    );
    if (!('missing' in first)) return first;
    if (first.missing === null) return this.#sendWhole(block);
    const missing = encodeBody(first.missing.map((place) => transactions[place]!));
    const { receiveBroadcastBlockTransactions: second } = await this.#requests.askPatiently(
      operations.ReceiveBroadcastBlockTransactionsDocument,
      { hash: toHex(header.hash), transactions: toBase64(missing) },
      z.object({ receiveBroadcastBlockTransactions: outcome }),
      outcomeBytes(1),
    );
    return 'missing' in second ? this.#sendWhole(block) : second;
  }

  async #sendWhole(block: Block): Promise<Outcome> {
    const variables = { block: this.#wire.blockInput(block) };
    const document = operations.ReceiveBroadcastBlockDocument;
    const answer = await this.#requests.askPatiently(document, variables, RECEIVED_BLOCK, outcomeBytes(1));
    return answer.receiveBroadcastBlock;
  }

  /** Headers of the peer's best chain after the first hash of the locator that it has there. Hashes are computed here. */
  async headersAfter(locator: readonly Uint8Array[], first: number): Promise<BlockHeader[]> {
    const variables = { locator: locator.map(toHex), first };
    const shape = z.object({ chain: z.object({ headersAfter: z.array(z.unknown()).max(first) }) });
    const { chain } = await this.#requests.ask(
      HeadersAfterDocument,
      variables,
      shape,
      ANSWER_BYTES.headers,
      BULK_TIMEOUT_MS,
    );
    return understood(each(chain.headersAfter, (header) => this.#wire.header(header)));
  }

  /** Bodies by block hash, in order; undefined for one that the peer left out. */
  async bodies(hashes: readonly Uint8Array[]): Promise<(Transaction[] | undefined)[]> {
    const wanted = hashes.map(toHex);
    const shape = z.object({ blocks: listOf(BODY, wanted.length, wanted.length) });
    const document = operations.BlocksByHashDocument;
    const { blocks } = await this.#requests.askPatiently(
      document,
      { hashes: wanted },
      shape,
      ANSWER_BYTES.bodies,
      BULK_TIMEOUT_MS,
    );
    const wire = this.#wire;
    return understood(
      (function* () {
        const bodies: (Transaction[] | undefined)[] = [];
        for (const [index, block] of blocks.entries())
          bodies.push(block?.hash === wanted[index] ? yield* wire.body(block!.body) : undefined);
        return bodies;
      })(),
    );
  }

  async pending(after: string | undefined): Promise<PendingPage> {
    const variables = { after: after ?? null };
    const { mempool } = await this.#requests.ask(
      operations.PendingPageDocument,
      variables,
      PENDING,
      ANSWER_BYTES.pending,
    );
    const { nodes, pageInfo } = mempool.transactions;
    return {
      size: mempool.size,
      transactions: await understood(each(nodes, (node) => this.#wire.transaction(node))),
      next: pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined,
    };
  }

  offer(tip: BlockHeader): Promise<Wanted | undefined> {
    return this.sendHeaders(null, [tip], this.#timeoutMs + HOLD_MS);
  }

  async sendHeaders(
    offer: string | null,
    headers: readonly BlockHeader[],
    timeoutMs = BULK_TIMEOUT_MS,
  ): Promise<Wanted | undefined> {
    const variables = { offer, headers: headers.map((header) => this.#wire.headerInput(header)) };
    const document = operations.ReceiveBroadcastHeadersDocument;
    const answer = await this.#requests.ask(document, variables, WANTED_AFTER_HEADERS, ANSWER_BYTES.wanted, timeoutMs);
    return answer.receiveBroadcastHeaders;
  }

  async sendBodies(offer: string, bodies: readonly OfferedBody[]): Promise<Wanted | undefined> {
    const inputs = bodies.map(({ hash, body }) => ({ hash: toHex(hash), body: toBase64(body) }));
    const document = operations.ReceiveBroadcastBodiesDocument;
    const answer = await this.#requests.ask(
      document,
      { offer, bodies: inputs },
      WANTED_AFTER_BODIES,
      ANSWER_BYTES.wanted,
      BULK_TIMEOUT_MS,
    );
    return answer.receiveBroadcastBodies;
  }

  close(): Promise<void> {
    return this.#requests.close();
  }
}

/** Each outcome may be a rejection with its message; the rest is for the errors of a whole request. */
function outcomeBytes(count: number): number {
  return 16 * 1024 + count * 1024;
}

function isProven(
  { id, chainId, instance, publicUrl, proof }: z.infer<typeof HANDSHAKE>['nodeInfo'],
  challenge: Uint8Array,
): boolean {
  if (typeof instance !== 'string' || typeof proof !== 'string') return false;
  const claims = { chainId: fromHex(chainId), instance: fromHex(instance), publicUrl: publicUrl ?? undefined };
  return isProof(fromHex(id), { ...claims, challenge }, fromHex(proof));
}
