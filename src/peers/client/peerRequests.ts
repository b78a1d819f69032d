import { z } from 'zod';
import type { TypedDocumentString } from '../../client/operations/public.js';
import { NodeRequests, RequestError } from '../../client/requests.js';
import { equalBytes, toHex } from '../../crypto/bytes.js';
import type { Signer } from '../../crypto/ed25519.js';
import type { Clock, DatedClock, Log, PeerConnection } from '../ports.js';
import { PeerError } from '../standing.js';
import { poolFetch } from './connection.js';
import { ENVELOPE_HEADER, sealEnvelope, URL_HEADER } from './envelope.js';
import { asPeerError, isUnknownField, shown } from './failures.js';
import { patiently } from './patience.js';

/** How long a peer that refused this node's proof is asked without one. */
const STRANGER_MS = 60_000;

export interface PeerRequestsOptions {
  /** Normalised GraphQL endpoint. */
  readonly url: string;
  /** Deadline of handshake and relay requests. */
  readonly timeoutMs: number;
  /** The endpoint at which peers reach this node, sent with each request so that they can send to it, too. */
  readonly publicUrl?: string | undefined;
  /** Of the chain that both are to have. */
  readonly chainId: Uint8Array;
}

export interface PeerRequestsModules {
  /** Signs each request to a node that has proven its id. */
  readonly key: Signer;
  readonly connection: PeerConnection;
  readonly clock: DatedClock & Pick<Clock, 'sleep'> & { deadline(milliseconds: number): AbortSignal };
  readonly log: Pick<Log, 'warn'>;
}

/** Requests to one other node, signed once it has proven its id. Each resolves to a checked answer or rejects with PeerError. */
export class PeerRequests {
  readonly #options: PeerRequestsOptions;
  readonly #modules: PeerRequestsModules;
  /** The id that the peer has proven, to which requests are addressed; undefined before a handshake. */
  #receiver: Uint8Array | undefined;
  /** Until then, as `clock.elapsed` has it, the peer is asked as by a stranger, since it refused this node's proof. */
  #strangerUntil = 0;
  /** Of the node as it was greeted last: another one may be of another version. */
  #instance: string | undefined;
  /** Operations that the schema of this instance lacks. */
  readonly #unknown = new Set<string>();
  readonly #closing = new AbortController();

  constructor(options: PeerRequestsOptions, modules: PeerRequestsModules) {
    this.#options = options;
    this.#modules = modules;
  }

  async ask<Answer, Variables, Checked>(
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

  /** The same as often as the peer has too much to do, after the pauses that it asks for (`patiently`). */
  askPatiently<Answer, Variables, Checked>(
    ...request: Parameters<typeof this.ask<Answer, Variables, Checked>>
  ): Promise<Checked> {
    return patiently(() => this.ask(...request), this.#modules.clock, this.#closing.signal);
  }

  /**
   * Asks the newer way of doing it, by this operation; the older one from when the peer's schema turns out not to have it until the peer
   * is started again, perhaps in another version.
   */
  async newest<Answer>(operation: string, newer: () => Promise<Answer>, older: () => Promise<Answer>): Promise<Answer> {
    if (this.#unknown.has(operation)) return older();
    try {
      return await newer();
    } catch (error) {
      if (!isUnknownField(error)) throw error;
      this.#unknown.add(operation);
      return older();
    }
  }

  /** A handshake has shown this node: its id if it has proven one, and its instance. */
  know(id: Uint8Array | undefined, instance: string | undefined): void {
    // To another node than the one that refused, this one may be no stranger.
    if (!id || !this.#receiver || !equalBytes(id, this.#receiver)) this.#strangerUntil = 0;
    this.#receiver = id;
    if (instance !== this.#instance) this.#unknown.clear();
    this.#instance = instance;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#modules.connection.destroy();
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
