import type { FastifyInstance, FastifyRequest } from 'fastify';
import { equalBytes, toHex } from '../crypto/bytes.js';
import { bodyDigest, envelopePayload, ENVELOPE_HEADER, readEnvelope, URL_HEADER } from '../peers/client/envelope.js';
import { isSignedBy } from '../peers/client/nodeProof.js';
import type { Sent } from './callers/replays.js';
import { Refusal, shown } from './refusal.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Id of the node that sent the request, proven by its envelope; undefined for anybody else. Known before the body is read. */
    identity: string | undefined;
    /** That node is a peer of this one: more than a key, which anybody can make. */
    isPeer: boolean;
    /** SHA-256 that the body must have, by the envelope. */
    bodyDigest: Uint8Array | undefined;
  }
}

export interface IdentityOptions {
  readonly chainId: Uint8Array;
  /** Hexadecimal id of this node: envelopes for others are refused. */
  readonly ownId: string;
  /** Whether the node of this id is a peer, and not banned. */
  readonly isPeer: (id: string) => boolean;
  /** Whether this node deals with the node of this id. */
  readonly isMember: (id: string) => boolean;
  /** Whether an envelope of this signer is the first of its kind; one that is asked about is not new again. */
  readonly isNew: (signer: string, sent: Sent) => boolean | Promise<boolean>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Proves which node sent a request, by its envelope. Refuses one whose envelope is wrong, with UNPROVEN_IDENTITY and the reason: sent
 * without it, the same request is a stranger's. A node that is not listed, where only listed ones are dealt with, gets NOT_A_MEMBER.
 */
export function proveIdentities(app: FastifyInstance, options: IdentityOptions): void {
  app.decorateRequest('identity', undefined);
  app.decorateRequest('isPeer', false);
  app.decorateRequest('bodyDigest', undefined);
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.method !== 'POST' || request.headers[ENVELOPE_HEADER] === undefined) done();
    else prove(request, options).then(() => done(), done);
  });
}

async function prove(request: FastifyRequest, options: IdentityOptions): Promise<void> {
  const { chainId, ownId, isPeer, isMember, isNew, now } = options;
  const header = request.headers[ENVELOPE_HEADER];
  const read = typeof header === 'string' ? readEnvelope(header) : undefined;
  if (!read) throw unproven(`a header of the form of docs/protocol.md, got ${shown(String(header))}`);
  const { envelope, signature } = read;
  const receiver = toHex(envelope.receiver);
  if (receiver !== ownId) throw unproven(`one for this node, ${ownId}, got one for ${receiver}`);
  const time = now();
  if (Math.abs(envelope.time - time) > TOLERANCE_MS) {
    const [here, there] = [time, envelope.time].map((at) => new Date(at).toISOString());
    const most = `at most ${TOLERANCE_MS / 1_000} s`;
    throw unproven(`a clock that differs by ${most}: it is ${here} here, and was ${there} at the sender`);
  }
  const url = request.headers[URL_HEADER];
  const payload = envelopePayload(envelope, { chainId, publicUrl: typeof url === 'string' ? url : '' });
  if (!isSignedBy(envelope.signer, payload, signature)) {
    throw unproven('a signature by its signer over this chain, receiver, time, nonce, body and URL, got another');
  }
  const signer = toHex(envelope.signer);
  if (!(await isNew(signer, envelope))) throw unproven('one that was never sent before, got it again');
  if (!isMember(signer)) throw new Refusal('NOT_A_MEMBER', `expected a node that is listed here, got ${signer}`);
  request.identity = signer;
  request.isPeer = isPeer(signer);
  request.bodyDigest = envelope.digest;
}

/** Throws Refusal for a body, as it came, other than the one that the request's envelope names. */
export function mustBeTheBody({ bodyDigest: expected }: FastifyRequest, body: Uint8Array): void {
  if (expected === undefined) return;
  const got = bodyDigest(body);
  if (!equalBytes(expected, got)) throw unproven(`a body with SHA-256 ${toHex(expected)}, got ${toHex(got)}`);
}

function unproven(reason: string): Refusal {
  return new Refusal('UNPROVEN_IDENTITY', `${ENVELOPE_HEADER}: expected ${reason}`);
}

/** By how much the sender's clock may differ from this node's. */
const TOLERANCE_MS = 60_000;
