import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import * as operations from '../../client/operations/peer.js';
import { HeadersAfterDocument, type TypedDocumentString } from '../../client/operations/public.js';
import { NodeRequests, RequestError } from '../../client/requests.js';
import type { Block, BlockHeader } from '../../consensus/block.js';
import { MAX_HTTP_BODY_BYTES, OFFER_HOLD_MS } from '../../consensus/protocol.js';
import type { Transaction } from '../../consensus/transaction.js';
import { equalBytes, fromHex, toHex } from '../../crypto/bytes.js';
import type { Signer } from '../../crypto/ed25519.js';
import { ENVELOPE_HEADER, sealEnvelope, URL_HEADER } from './envelope.js';
import { asPeerError, isUnknownField, shown, understood } from './failures.js';
import { isProof } from './nodeProof.js';
import { PeerError } from '../standing.js';
import { poolFetch } from './connection.js';
import { patiently } from './patience.js';
import type {
  Clock,
  DatedClock,
  HandshakeAnswer,
  Log,
  OfferedBody,
  PeerConnection,
  PendingPage,
  Wanted,
} from '../ports.js';
import { HANDSHAKE, HASH, listOf, OUTCOME, PEERS, PENDING, WANTED, type Outcome, type Wire } from './wire.js';
import { each } from '../../util/turns.js';

const RECEIVED_ONE = z.object({ receiveBroadcastTransaction: OUTCOME });
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
/** How long a peer that refused this node's proof is asked without one. */
const STRANGER_MS = 60_000;

export interface PeerClientOptions {
  /** Normalised GraphQL endpoint. */
  readonly url: string;
  /** Deadline of handshake and relay requests. */
  readonly timeoutMs: number;
  /** The endpoint at which peers reach this node, sent with each request so that they can send to it, too. */
  readonly publicUrl?: string | undefined;
  /** Of the chain that both are to have. */
  readonly chainId: Uint8Array;
}

export interface PeerClientModules {
  /** Signs each request to a node that has proven its id. */
  readonly key: Signer;
  readonly wire: Wire;
  readonly connection: PeerConnection;
  readonly clock: DatedClock & Pick<Clock, 'sleep'> & { deadline(milliseconds: number): AbortSignal };
  readonly log: Pick<Log, 'warn'>;
}

/**
 * Speaks this API to one other node. Every method resolves to a checked answer or rejects with PeerError. What is to be delivered, and bodies,
 * wait as long as a node asks for that has too much to do (`patiently`); the others fail at once, and are asked again in their own time.
 */
export class PeerClient {
  readonly #options: PeerClientOptions;
  readonly #modules: PeerClientModules;
  /** The id that the peer has proven, to which requests are addressed; undefined before a handshake. */
  #receiver: Uint8Array | undefined;
  /** Until then, as `clock.elapsed` has it, the peer is asked as by a stranger, since it refused this node's proof. */
  #strangerUntil = 0;
  readonly #closing = new AbortController();

  constructor(options: PeerClientOptions, modules: PeerClientModules) {
    this.#options = options;
    this.#modules = modules;
  }

  async handshake(): Promise<HandshakeAnswer> {
    const challenge = randomBytes(32);
    const variables = { challenge: toHex(challenge) };
    const answer = this.#ask(operations.HandshakeDocument, variables, HANDSHAKE, ANSWER_BYTES.handshake).catch(
      (error: unknown) => {
        // A node of version 0.1 knows no proof: its id stays unproven, and it can still be a peer.
        if (!isUnknownField(error)) throw error;
        return this.#ask(operations.FirstHandshakeDocument, {}, HANDSHAKE, ANSWER_BYTES.handshake);
      },
    );
    const { nodeInfo, chain } = await answer;
    const { id, chainId, version, protocolVersion, instance, publicUrl } = nodeInfo;
    const proven = isProven(nodeInfo, challenge);
    this.#knowReceiver(proven ? fromHex(id) : undefined);
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
    const { peers } = await this.#ask(operations.PeerUrlsDocument, {}, PEERS, ANSWER_BYTES.peers);
    return peers.filter(({ status }) => status === 'CONNECTED').map(({ url }) => url);
  }

  /** The peer's outcome for each transaction, in order. */
  async sendTransactions(transactions: readonly Transaction[]): Promise<Outcome[]> {
    const inputs = transactions.map((transaction) => this.#modules.wire.transactionInput(transaction));
    if (inputs.length === 1) {
      const document = operations.ReceiveBroadcastTransactionDocument;
      const variables = { transaction: inputs[0]! };
      const answer = await this.#patiently(() => this.#ask(document, variables, RECEIVED_ONE, outcomeBytes(1)));
      return [answer.receiveBroadcastTransaction];
    }
    const document = operations.ReceiveBroadcastTransactionsDocument;
    const shape = z.object({ receiveBroadcastTransactions: listOf(OUTCOME, inputs.length, inputs.length) });
    const variables = { transactions: inputs };
    const answer = await this.#patiently(() => this.#ask(document, variables, shape, outcomeBytes(inputs.length)));
    return answer.receiveBroadcastTransactions;
  }

  async sendBlock(block: Block): Promise<Outcome> {
    const variables = { block: this.#modules.wire.blockInput(block) };
    const document = operations.ReceiveBroadcastBlockDocument;
    const answer = await this.#patiently(() => this.#ask(document, variables, RECEIVED_BLOCK, outcomeBytes(1)));
    return answer.receiveBroadcastBlock;
  }

  /** Headers of the peer's best chain after the first hash of the locator that it has there. Hashes are computed here. */
  async headersAfter(locator: readonly Uint8Array[], first: number): Promise<BlockHeader[]> {
    const variables = { locator: locator.map(toHex), first };
    const shape = z.object({ chain: z.object({ headersAfter: z.array(z.unknown()).max(first) }) });
    const { chain } = await this.#ask(HeadersAfterDocument, variables, shape, ANSWER_BYTES.headers, BULK_TIMEOUT_MS);
    return understood(each(chain.headersAfter, (header) => this.#modules.wire.header(header)));
  }

  /** Bodies by block hash, in order; undefined for one that the peer left out. */
  async bodies(hashes: readonly Uint8Array[]): Promise<(Transaction[] | undefined)[]> {
    const wanted = hashes.map(toHex);
    const shape = z.object({ blocks: listOf(BODY, wanted.length, wanted.length) });
    const document = operations.BlocksByHashDocument;
    const { blocks } = await this.#patiently(() =>
      this.#ask(document, { hashes: wanted }, shape, ANSWER_BYTES.bodies, BULK_TIMEOUT_MS),
    );
    const { wire } = this.#modules;
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
    const { mempool } = await this.#ask(operations.PendingPageDocument, variables, PENDING, ANSWER_BYTES.pending);
    const { nodes, pageInfo } = mempool.transactions;
    return {
      size: mempool.size,
      transactions: await understood(each(nodes, (node) => this.#modules.wire.transaction(node))),
      next: pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined,
    };
  }

  offer(tip: BlockHeader): Promise<Wanted | undefined> {
    return this.sendHeaders(null, [tip], this.#options.timeoutMs + HOLD_MS);
  }

  async sendHeaders(
    offer: string | null,
    headers: readonly BlockHeader[],
    timeoutMs = BULK_TIMEOUT_MS,
  ): Promise<Wanted | undefined> {
    const variables = { offer, headers: headers.map((header) => this.#modules.wire.headerInput(header)) };
    const document = operations.ReceiveBroadcastHeadersDocument;
    const answer = await this.#ask(document, variables, WANTED_AFTER_HEADERS, ANSWER_BYTES.wanted, timeoutMs);
    return answer.receiveBroadcastHeaders;
  }

  async sendBodies(offer: string, bodies: readonly OfferedBody[]): Promise<Wanted | undefined> {
    const inputs = bodies.map(({ hash, body }) => ({ hash: toHex(hash), body: Buffer.from(body).toString('base64') }));
    const document = operations.ReceiveBroadcastBodiesDocument;
    const answer = await this.#ask(
      document,
      { offer, bodies: inputs },
      WANTED_AFTER_BODIES,
      ANSWER_BYTES.wanted,
      BULK_TIMEOUT_MS,
    );
    return answer.receiveBroadcastBodies;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#modules.connection.destroy();
  }

  #patiently<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    return patiently(ask, this.#modules.clock, this.#closing.signal);
  }

  async #ask<Answer, Variables, Checked>(
    document: TypedDocumentString<Answer, Variables>,
    variables: Variables,
    shape: z.ZodType<Checked>,
    maxBytes: number,
    timeoutMs = this.#options.timeoutMs,
  ): Promise<Checked> {
    const ask = () => this.#requests(maxBytes).data(document, variables, { timeoutMs });
    const answer = await ask()
      .catch((error: unknown) => {
        this.#mustBeRefusedProof(error);
        return ask();
      })
      .catch((error: unknown) => {
        throw asPeerError(error);
      });
    const result = shape.safeParse(answer);
    if (result.success) return result.data;
    throw new PeerError('malformed', `expected an answer of this API, got: ${shown(z.prettifyError(result.error))}`);
  }

  /** Requests whose answers have at most so many bytes, counted before they are parsed. */
  #requests(maxBytes: number): NodeRequests {
    const { connection, clock } = this.#modules;
    const { url, publicUrl } = this.#options;
    return new NodeRequests({
      url,
      headers: publicUrl === undefined ? {} : { [URL_HEADER]: publicUrl },
      fetch: poolFetch(connection, maxBytes, (body) => this.#proof(body)),
      deadline: (milliseconds) => clock.deadline(milliseconds),
    });
  }

  /** Headers that say who sends this body. */
  async #proof(body: string): Promise<Record<string, string>> {
    const { key, clock } = this.#modules;
    const receiver = clock.elapsed() < this.#strangerUntil ? undefined : this.#receiver;
    // Only nodes of version 0.1 read it, and have no proof of theirs.
    if (!receiver) return { 'corrente-node': toHex(key.publicKey) };
    const { chainId, publicUrl = '' } = this.#options;
    return { [ENVELOPE_HEADER]: await sealEnvelope(body, { receiver, time: clock.now(), chainId, publicUrl }, key) };
  }

  #knowReceiver(id: Uint8Array | undefined): void {
    // To another node than the one that refused, this one may be no stranger.
    if (!id || !this.#receiver || !equalBytes(id, this.#receiver)) this.#strangerUntil = 0;
    this.#receiver = id;
  }

  /** Throws the error, unless the peer refused this node's proof and nothing else: for a while it is asked as by a stranger. */
  #mustBeRefusedProof(error: unknown): void {
    if (!(error instanceof RequestError && error.code === 'UNPROVEN_IDENTITY')) throw error;
    const { clock, log } = this.#modules;
    const isNew = clock.elapsed() >= this.#strangerUntil;
    this.#strangerUntil = clock.elapsed() + STRANGER_MS;
    if (!isNew) return;
    const { url } = this.#options;
    log.warn(
      { url, reason: shown(error.reason) },
      'a peer refused the proof of who this node is: for a while it is asked as by a stranger',
    );
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
