import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { ERROR_CODES, type ErrorCode } from '../graphql/errors.js';

const SHOWN_CHARACTERS = 80;

/** A request that is refused before GraphQL sees it: the code decides the HTTP status. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Answers a request with an error in the form of GraphQL's: `{"errors":[{"message","extensions":{"code"}}]}`. */
export function refuse(reply: FastifyReply, code: ErrorCode, message: string): FastifyReply {
  return reply.code(ERROR_CODES[code].status).send(errorBody(code, message));
}

/** Answers that there is too much to do; with fewer steps than `refuse`. */
export function refuseOverload(reply: FastifyReply): FastifyReply {
  return reply.code(ERROR_CODES.OVERLOADED.status).headers(OVERLOAD_HEADERS).send(OVERLOADED_BODY);
}

/** What a client is told that should come again later. */
export const OVERLOADED = 'expected less to do than this node can in a moment: try again in a second';

/** What a client sent, quoted, as far as it helps. */
export function shown(text: string): string {
  return JSON.stringify(text.slice(0, SHOWN_CHARACTERS));
}

/** Errors outside GraphQL, whether this node's own or the framework's: in this API's form, codes and words. */
export function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => {
    const { method, url } = request;
    const [path] = url.split('?', 1);
    const got = `${method} ${url.slice(0, SHOWN_CHARACTERS)}`;
    // As a pattern of routes, such a path would be another, or none: the router throws.
    const isPlain = !/[*:(]/.test(path!);
    const allowed = METHODS.filter((other) => isPlain && app.hasRoute({ method: other, url: path! }));
    if (allowed.length === 0) {
      return refuse(reply, 'NOT_FOUND', `expected POST /graphql, GET /health or a page such as /, got ${got}`);
    }
    return refuse(
      reply.header('allow', allowed.join(', ')),
      'METHOD_NOT_ALLOWED',
      `expected ${allowed.join(' or ')}, got ${got}`,
    );
  });
  app.setErrorHandler((error: Error & { readonly statusCode?: number; readonly code?: string }, request, reply) => {
    if (error instanceof Refusal) return refuse(reply, error.code, error.message);
    const { headers } = request;
    if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
      const type = headers['content-type'];
      const got = type === undefined ? 'none' : shown(type);
      return refuse(reply, 'UNSUPPORTED_MEDIA_TYPE', `content-type: expected application/json, got ${got}`);
    }
    // Of the server of files: a range or a precondition that cannot be met.
    const { statusCode = 500 } = error;
    if (statusCode < 500) return reply.code(statusCode).send(errorBody('BAD_REQUEST', error.message));
    request.log.error({ err: error }, 'a request failed');
    return reply.code(500).send(errorBody('INTERNAL_SERVER_ERROR', 'internal error'));
  });
}

/** Answers a malformed URL, which is found before routing. */
export function answerBadUrl(_error: Error, { url }: { readonly url?: string }, reply: FastifyReply): void {
  void refuse(reply, 'BAD_REQUEST', `expected a path in percent-encoded UTF-8, got ${shown(url ?? '')}`);
}

/** Answers malformed HTTP, or a request that did not arrive whole within `timeoutMs`, on the bare connection. */
export function answerNoRequest(timeoutMs: number) {
  const late = `expected the whole request within ${timeoutMs / 1_000} s, got a part of it`;
  return ({ code }: Error & { readonly code?: string }, socket: Socket): void => {
    if (code === 'ERR_HTTP_REQUEST_TIMEOUT') answerBare(socket, 'REQUEST_TIMEOUT', late);
    else if (code === 'HPE_HEADER_OVERFLOW') answerBare(socket, 'HEADERS_TOO_LARGE', HEAD_TOO_LARGE);
    else if (code !== 'ECONNRESET') answerBare(socket, 'BAD_REQUEST', NO_HTTP);
    socket.destroy();
  };
}

function answerBare(socket: Socket, code: ErrorCode, message: string): void {
  if (!socket.writable) return;
  const body = JSON.stringify(errorBody(code, message));
  socket.write(
    [
      `HTTP/1.1 ${ERROR_CODES[code].status} Refused`,
      'content-type: application/json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

function errorBody(code: ErrorCode, message: string) {
  return { errors: [{ message, extensions: { code } }] };
}

export const OVERLOADED_BODY = JSON.stringify(errorBody('OVERLOADED', OVERLOADED));
/** By then what waits now is done. */
export const OVERLOAD_HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'content-length': `${Buffer.byteLength(OVERLOADED_BODY)}`,
  'retry-after': '1',
};

const METHODS = ['GET', 'HEAD', 'POST', 'OPTIONS'] as const;
const NO_HTTP = 'expected a request in HTTP/1.1, got something else';
const HEAD_TOO_LARGE = 'expected a head of at most 16384 bytes, got more';
