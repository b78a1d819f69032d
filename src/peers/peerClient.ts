import { ClientError, GraphQLClient } from 'graphql-request';
import { Pool } from 'undici';
import { z } from 'zod';
import * as operations from '../client/operations.js';
import type { Block, BlockHeader } from '../consensus/block.js';
import type { Transaction } from '../consensus/transaction.js';
import { toHex } from '../crypto/bytes.js';
import { PeerError } from './peerError.js';
import { poolFetch } from './poolFetch.js';
import { HANDSHAKE, HASH, OUTCOME, type Outcome, type Wire } from './wire.js';

export interface PeerClientOptions {
  /** Normalised GraphQL endpoint. */
  readonly url: string;
  /** This node's id, sent with each request so that the peer does not give back what it was given. */
  readonly ownId: string;
  /** Deadline of handshake and relay requests. */
  readonly timeoutMs: number;
}

/** What a peer says of itself. */
export interface HandshakeAnswer {
  readonly id: string;
  readonly chainId: string;
  readonly version: string;
  readonly protocolVersion: number;
  readonly height: number;
  readonly work: bigint;
}

/** Speaks this API to one other node. Every method resolves to a checked answer or rejects with PeerError. */
export class PeerClient {
  readonly #timeoutMs: number;
  readonly #wire: Wire;
  readonly #pool: Pool;
  readonly #client: GraphQLClient;

  constructor({ url, ownId, timeoutMs }: PeerClientOptions, modules: { readonly wire: Wire }) {
    this.#timeoutMs = timeoutMs;
    this.#wire = modules.wire;
    this.#pool = new Pool(new URL(url).origin, { connections: CONNECTIONS, pipelining: 1 });
    this.#client = new GraphQLClient(url, {
      fetch: poolFetch(this.#pool, MAX_ANSWER_BYTES),
      headers: { 'corrente-node': ownId },
      // Else graphql-request parses each document to find its name.
      excludeOperationName: true,
    });
  }

  async handshake(): Promise<HandshakeAnswer> {
    const answer = await this.#ask(operations.HandshakeDocument, {}, this.#timeoutMs);
    const { nodeInfo, chain } = checked(HANDSHAKE, answer);
    return { ...nodeInfo, height: chain.height, work: BigInt(chain.work) };
  }

  /** The peer's outcome for each transaction, in order. */
  async sendTransactions(transactions: readonly Transaction[]): Promise<Outcome[]> {
    const inputs = transactions.map((transaction) => this.#wire.transactionInput(transaction));
    if (inputs.length === 1) {
      const variables = { transaction: inputs[0]! };
      const answer = await this.#ask(operations.ReceiveBroadcastTransactionDocument, variables, this.#timeoutMs);
      return [checked(OUTCOME, answer.receiveBroadcastTransaction)];
    }
    const variables = { transactions: inputs };
    const answer = await this.#ask(operations.ReceiveBroadcastTransactionsDocument, variables, this.#timeoutMs);
    return checked(z.array(OUTCOME).length(inputs.length), answer.receiveBroadcastTransactions);
  }

  async sendBlock(block: Block): Promise<Outcome> {
    const variables = { block: this.#wire.blockInput(block) };
    const answer = await this.#ask(operations.ReceiveBroadcastBlockDocument, variables, this.#timeoutMs);
    return checked(OUTCOME, answer.receiveBroadcastBlock);
  }

  /** Headers of the peer's best chain after the first hash of the locator that it has there. Hashes are computed here. */
  async headersAfter(locator: readonly Uint8Array[], first: number): Promise<BlockHeader[]> {
    const variables = { locator: locator.map(toHex), first };
    const { chain } = await this.#ask(operations.HeadersAfterDocument, variables, BULK_TIMEOUT_MS);
    const headers = checked(z.array(z.unknown()).max(first), chain.headersAfter);
    return this.#understood(() => headers.map((header) => this.#wire.header(header)));
  }

  /** Bodies by block hash, in order; undefined for one that the peer left out. */
  async bodies(hashes: readonly Uint8Array[]): Promise<(Transaction[] | undefined)[]> {
    const wanted = hashes.map(toHex);
    const { blocks } = await this.#ask(operations.BlocksByHashDocument, { hashes: wanted }, BULK_TIMEOUT_MS);
    const bodies = checked(z.array(BODY).length(wanted.length), blocks);
    return this.#understood(() =>
      bodies.map((body, index) => (body?.hash === wanted[index] ? this.#wire.body(body!.body) : undefined)),
    );
  }

  /** Ends its connections; requests under way fail. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #ask<Answer, Variables>(
    document: operations.TypedDocumentString<Answer, Variables>,
    variables: Variables,
    timeoutMs: number,
  ): Promise<Answer> {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      return await this.#client.request<Answer>({
        document: document.toString(),
        variables: variables as Record<string, unknown>,
        signal,
      });
    } catch (error) {
      throw classify(error, signal, timeoutMs);
    }
  }

  #understood<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      throw new PeerError('malformed', `expected data of this chain, got: ${messageOf(error)}`, { cause: error });
    }
  }
}

function checked<Output>(shape: z.ZodType<Output>, answer: unknown): Output {
  const result = shape.safeParse(answer);
  if (result.success) return result.data;
  throw new PeerError(
    'malformed',
    `expected an answer of this API, got: ${z.prettifyError(result.error).slice(0, 500)}`,
  );
}

/** Everything that a request can throw, as one of three faults. */
function classify(error: unknown, signal: AbortSignal, timeoutMs: number): PeerError {
  if (error instanceof PeerError) return error;
  if (signal.aborted) return new PeerError('timedOut', `expected an answer within ${timeoutMs} ms, got none`);
  if (error instanceof ClientError) {
    const { status, errors } = error.response;
    const reason = errors?.[0]?.message ?? 'no GraphQL answer';
    return new PeerError('malformed', `expected an answer, got HTTP ${status}: ${reason.slice(0, 200)}`, {
      cause: error,
    });
  }
  // What remains is a body that is no JSON, or no connection.
  if (error instanceof SyntaxError)
    return new PeerError('malformed', 'expected JSON, got something else', { cause: error });
  return new PeerError('unreachable', messageOf(error), { cause: error });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const BODY = z.object({ hash: HASH, body: z.base64() }).nullable();
/** One for relay, and room for sync beside it. */
const CONNECTIONS = 4;
/** Bodies of 8 MiB in base64, and some. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
/** Deadline of headers and bodies. */
const BULK_TIMEOUT_MS = 30_000;
