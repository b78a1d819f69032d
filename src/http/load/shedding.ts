import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Access } from '../../graphql/access.js';
import { ERROR_CODES } from '../../graphql/errors.js';
import { ENVELOPE_HEADER } from '../../peers/client/envelope.js';
import type { Authorize } from '../adminToken.js';
import { addressKey, senderOf } from '../callers/callers.js';
import { OVERLOAD_HEADERS, OVERLOADED_BODY, refuseOverload } from '../refusal.js';
import { type Turn, TURN_LIMITS, Turnstile, type TurnLimits, type WorkClass } from './turnstile.js';

export interface SheddingModules {
  readonly authorize: Authorize;
  /** While it works, its blocks come before what is asked for here. */
  readonly chain: { readonly isWorking: boolean };
  readonly metrics: {
    /** A request was answered; `route` is the pattern that it matched. */
    answered(route: string, status: number, milliseconds: number): void;
    /** Registers what waits, by class. */
    observeTurns(waiting: () => readonly (readonly [WorkClass, number])[]): void;
    /** An operation of this class was refused. */
    shed(kind: WorkClass): void;
  };
}

/** Bounds of the work of a server. */
export interface LoadLimits extends TurnLimits {
  /** How long a sender of whom one operation was refused is refused the next ones from their heads. */
  readonly closedMs: number;
}

const LOAD_LIMITS: LoadLimits = { ...TURN_LIMITS, closedMs: 50 };
/** Senders of whom that is remembered. */
const MAX_CLOSED = 1_024;
const PATHS: readonly string[] = ['/graphql', '/graphql/stream'];

/**
 * What this node does first, and what it refuses with OVERLOADED while it has more to do than it can. The class of an operation is in its
 * body; but while a sender's operations are refused, the next ones are refused before anything of them is read.
 */
export class Shedding {
  readonly #turnstile: Turnstile;
  readonly #closedMs: number;
  readonly #modules: SheddingModules;
  /** Senders of whom something was refused just now, by addressKey. */
  readonly #closed = new Map<string, { readonly kind: WorkClass; readonly until: number }>();

  constructor(limits: Partial<LoadLimits>, modules: SheddingModules) {
    const { closedMs, ...turns } = { ...LOAD_LIMITS, ...limits };
    this.#closedMs = closedMs;
    this.#turnstile = new Turnstile(turns, {
      elapsed: () => performance.now(),
      afterOthers: (call) => void setImmediate(call),
      hasBlocks: () => modules.chain.isWorking,
    });
    this.#modules = modules;
    modules.metrics.observeTurns(() => this.#turnstile.waiting);
  }

  /**
   * Refuses from the head: what programs send without a token or an identity before anything else looks at it, the rest once it is known
   * who sent it. Call it after the hooks that find that out.
   */
  guard(app: FastifyInstance): void {
    const { authorize, metrics } = this.#modules;
    app.server.on('connection', () => this.#turnstile.hurry());
    refuseFirst(app.server, (request) => {
      if (this.#closed.size === 0 || !isPlain(request) || !this.#refuses(request.socket.remoteAddress)) return false;
      metrics.answered('/graphql', ERROR_CODES.OVERLOADED.status, 0);
      return true;
    });
    app.addHook('onRequest', ({ routeOptions, headers, caller, isPeer }, reply, done) => {
      const isOpen = this.#closed.size === 0 || !PATHS.includes(routeOptions.url ?? '');
      if (isOpen || isPeer || authorize(headers.authorization) || !this.#refuses(caller)) done();
      else refuseOverload(reply);
    });
  }

  /** Resolves, when it is the operation's turn, to what must be called when it is done; to undefined if it is refused. */
  turn(request: FastifyRequest, asked: Asked): Turn {
    const { isPeer, raw } = request;
    return this.#take(kindOf(asked, isPeer), senderOf(request), () => raw.socket.destroyed);
  }

  /** The same for an operation of a connection that stays open. */
  turnOf(address: string, asked: Asked): Turn {
    return this.#take(kindOf(asked, false), addressKey(address));
  }

  #take(kind: WorkClass, from: string, isGone?: () => boolean): Turn {
    const turn = this.#turnstile.take({ kind, from, isGone });
    if (turn !== undefined) return turn;
    this.#modules.metrics.shed(kind);
    this.#closed.delete(from);
    this.#closed.set(from, { kind, until: performance.now() + this.#closedMs });
    if (this.#closed.size > MAX_CLOSED) this.#closed.delete(this.#closed.keys().next().value!);
    return undefined;
  }

  /** Whether what comes from this address would be refused, by what its last operation was; counts it then. */
  #refuses(address: string | undefined): boolean {
    if (address === undefined) return false;
    const from = addressKey(address);
    const closed = this.#closed.get(from);
    if (!closed) return false;
    const { kind, until } = closed;
    if (performance.now() < until && this.#turnstile.refuses({ kind, from })) {
      this.#modules.metrics.shed(kind);
      return true;
    }
    this.#closed.delete(from);
    return false;
  }
}

/** What tells the class of an operation. */
export interface Asked {
  readonly text: string;
  readonly admin: Access | undefined;
}

/** The class of an operation. */
export function kindOf({ text, admin }: Asked, isPeer: boolean): WorkClass {
  if (isPeer) return RELAYED.test(text) ? 'relay' : 'sync';
  if (admin) return 'operator';
  const [, keyword] = KEYWORD.exec(text)!;
  if (keyword === 'subscription') return 'start';
  return keyword === 'mutation' && !OTHER.test(text) ? 'submission' : 'read';
}

const RELAYED = /\breceiveBroadcast(?:Packed)?Transaction(?:s|Ids)?\b/;
/** What a document begins with; blanks, commas and comments mean nothing. */
const KEYWORD = /^(?:[\s,\uFEFF]|#[^\n\r]*[\n\r])*([a-z]*)/;
/** In a document that may have other operations, its name chooses among them. */
const OTHER = /\b(?:query|subscription)\b/;

/** An operation of a program that names neither token nor identity, and came by no proxy. */
function isPlain({ method, url, headers }: IncomingMessage): boolean {
  return method === 'POST' && url === '/graphql' && !NAMED.some((name) => headers[name] !== undefined);
}

/** Headers of those who may be somebody, and of browsers, whose pages need others in the answer. */
const NAMED = ['authorization', ENVELOPE_HEADER, 'origin', 'sec-fetch-site', 'x-forwarded-for', 'upgrade', 'expect'];

/** Asks before each request whether it is refused, before the framework makes anything of it: that takes as long as a small query. */
function refuseFirst(server: Server, isRefused: (request: IncomingMessage) => boolean): void {
  const listeners = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (isRefused(request)) response.writeHead(ERROR_CODES.OVERLOADED.status, OVERLOAD_HEADERS).end(OVERLOADED_BODY);
    else for (const listener of listeners) listener.call(server, request, response);
  });
}
