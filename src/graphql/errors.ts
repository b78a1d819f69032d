import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type ASTNode, type GraphQLFormattedError } from 'graphql';
import { StorageFullError, StorageLostError } from '../chain/chainStore.js';
import { describeRejection, type Rejection } from '../consensus/rejection.js';
import { PeerRefusedError } from '../peers/peer.js';
import { QueueFullError } from '../util/serialQueue.js';
import { SignerError } from '../wallet/signer.js';
import { literalMistake, variableMistake } from './inputErrors.js';

/** Errors that one answer holds, at most. */
export const MAX_ERRORS = 10;
/** Characters of a message, at most. */
const MAX_MESSAGE_CHARACTERS = 500;

/** Takes the errors that are this node's own fault. */
export interface ErrorLog {
  error(details: object, message: string): void;
}

/** An error of one field: others may be answered. */
export function codedError(code: ErrorCode | Rejection['code'], message: string, nodes?: ASTNode): GraphQLError {
  return new GraphQLError(message, { ...(nodes && { nodes }), extensions: { code } });
}

/** The client's mistake: the message says what was expected and what came. */
export function badUserInput(message: string, nodes?: ASTNode): GraphQLError {
  return codedError('BAD_USER_INPUT', message, nodes);
}

/** The same for a whole request: the answer has status 400, and nothing is executed. */
export function badRequestInput(message: string, nodes?: ASTNode): GraphQLError {
  return refusedRequest('BAD_USER_INPUT', message, nodes);
}

/** A request that is refused before anything is executed, with the HTTP status of its code. */
export function refusedRequest(code: ErrorCode, message: string, nodes?: ASTNode): GraphQLError {
  const { status } = ERROR_CODES[code];
  return new GraphQLError(message, { ...(nodes && { nodes }), extensions: { code, http: { status } } });
}

/** A subscription ended because its events were not read in time. */
export function slowConsumer(message: string): GraphQLError {
  return codedError('SLOW_CONSUMER', `${message}: read faster, or ask for less`);
}

/** The result, or STORAGE_FULL if the disk refused the write: to the client, an ordinary outcome. */
export async function orStorageFull<Result>(work: Promise<Result>): Promise<Result | typeof STORAGE_FULL> {
  try {
    return await work;
  } catch (failure) {
    if (failure instanceof StorageFullError) return STORAGE_FULL;
    throw failure;
  }
}

/** What a client gets of an error: an expected one in this API's words; any other is logged whole and masked. */
export function createFormatError(
  log: ErrorLog,
): (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError {
  return (whole, error) => {
    if (STOPPED.test(whole.message)) return whole;
    const formatted = asToldOfInput(whole, error);
    if (formatted.extensions?.['code'] !== 'INTERNAL_SERVER_ERROR') {
      return { ...formatted, message: formatted.message.slice(0, MAX_MESSAGE_CHARACTERS) };
    }
    const cause = unwrapResolverError(error);
    const expected = expectedFailure(cause);
    if (expected) return { ...formatted, ...expected };
    log.error({ err: cause, path: formatted.path }, 'a request failed');
    return { ...formatted, message: 'internal error', extensions: { code: 'INTERNAL_SERVER_ERROR' } };
  };
}

/** The first errors; that graphql-js stopped at as many as it was told to is not one of them. */
export function few(errors: readonly GraphQLFormattedError[]): readonly GraphQLFormattedError[] {
  const [first, ...others] = errors;
  return first ? [first, ...others.filter(({ message }) => !STOPPED.test(message))].slice(0, MAX_ERRORS) : [];
}

const STOPPED = /^Too many (?:validation errors|errors processing variables), error limit reached/;

/** The errors of an execution outside Apollo, in the form that Apollo gives them: what they say of the HTTP head is for no client. */
export function formatErrors(errors: readonly unknown[], log: ErrorLog): GraphQLFormattedError[] {
  const formatError = createFormatError(log);
  return errors.slice(0, MAX_ERRORS).map((error) => {
    const known =
      error instanceof GraphQLError ? error : new GraphQLError(String(error), { originalError: error as Error });
    const code = known.extensions['code'] ?? 'INTERNAL_SERVER_ERROR';
    const extensions: Record<string, unknown> = { ...known.extensions, code };
    delete extensions['http'];
    return formatError({ ...known.toJSON(), extensions }, error);
  });
}

/** One mistake has one code, whether the value that is wrong is a variable or a literal. */
function asToldOfInput(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  if (!(error instanceof GraphQLError)) return formatted;
  const message = variableMistake(error) ?? literalMistake(error);
  return message === undefined ? formatted : { ...formatted, message, extensions: { code: 'BAD_USER_INPUT' } };
}

/** The code that an answer has for this error. */
export function codeOf(error: unknown): string {
  const { extensions } = expectedFailure(error) ?? (error as { extensions?: { code?: unknown } });
  return typeof extensions?.['code'] === 'string' ? extensions['code'] : 'INTERNAL_SERVER_ERROR';
}

function expectedFailure(cause: unknown): Pick<GraphQLFormattedError, 'message' | 'extensions'> | undefined {
  if (cause instanceof PeerRefusedError) {
    return { message: cause.message, extensions: { code: 'PEER_REFUSED', reason: cause.code } };
  }
  if (cause instanceof StorageFullError) {
    return { message: describeRejection(STORAGE_FULL), extensions: { code: STORAGE_FULL.code } };
  }
  if (cause instanceof StorageLostError) {
    const message = 'the data folder of this node was deleted or replaced: nothing is kept any more, and it stops';
    return { message, extensions: { code: 'STORAGE_UNAVAILABLE' } };
  }
  if (cause instanceof SignerError) return { message: cause.message, extensions: { code: 'SIGNER_UNAVAILABLE' } };
  if (cause instanceof QueueFullError) {
    return { message: `this node is busy: ${cause.message}; try again`, extensions: { code: 'BUSY' } };
  }
  return undefined;
}

export const STORAGE_FULL = { code: 'STORAGE_FULL' } as const satisfies Rejection;

/**
 * Every code that `errors[].extensions.code` can have beside the codes of rejections, with the HTTP status of the whole answer: 200
 * where the error belongs to one field and others may have been answered. docs/api.md lists them with these words.
 */
export const ERROR_CODES = {
  BAD_REQUEST: { status: 400, meaning: 'It is no GraphQL request: no JSON, no `query`, a broken HTTP head.' },
  GRAPHQL_PARSE_FAILED: { status: 400, meaning: 'The document is not GraphQL, or longer than 2,000 tokens.' },
  GRAPHQL_VALIDATION_FAILED: {
    status: 400,
    meaning:
      'The document does not fit the schema, or asks for too much: 20 levels, 32 aliases, 32 directives, 2,000 selections, 4,000 pairs of fields of one name in one place.',
  },
  OPERATION_RESOLUTION_FAILURE: { status: 400, meaning: 'No operation of the document has the `operationName`.' },
  PERSISTED_QUERY_NOT_SUPPORTED: { status: 200, meaning: 'Only its hash was sent: send the text of the operation.' },
  BAD_USER_INPUT: {
    status: 400,
    meaning:
      'A value is not what its place expects, in a literal or a variable. With 200 where only a field’s resolver can tell.',
  },
  QUERY_TOO_EXPENSIVE: {
    status: 400,
    meaning:
      'The operation costs more than it may, or took this node too long. With 200 where only its execution can tell: what was answered by then comes with it.',
  },
  UNAUTHENTICATED: { status: 200, meaning: 'An admin operation without the admin token.' },
  FORBIDDEN: { status: 200, meaning: 'An admin operation with a token that lacks its scope, which the message names.' },
  UNPROVEN_IDENTITY: {
    status: 401,
    meaning: 'A node’s envelope is not right, as the message says. Without one, the request is a stranger’s.',
  },
  NOT_A_MEMBER: {
    status: 403,
    meaning:
      'This node deals with listed nodes alone (`--peers-only`), and the sender is none of them. With 200 from a field.',
  },
  UNKNOWN_BLOCK: { status: 200, meaning: 'A subscription names a block to go on after that this node does not know.' },
  SLOW_CONSUMER: { status: 200, meaning: 'A subscription ended, since its events were not read in time.' },
  TOO_MANY_SUBSCRIPTIONS: { status: 200, meaning: 'As many operations are open as there is room for.' },
  PEER_REFUSED: {
    status: 200,
    meaning: '`addPeer` was given a URL that cannot be a peer: `extensions.reason` says why.',
  },
  BUSY: { status: 200, meaning: 'Too much of this kind waits already: try again.' },
  SIGNER_UNAVAILABLE: {
    status: 200,
    meaning: 'The program that holds the keys of this node (`--signer`) gave no signature: nothing was sent.',
  },
  STORAGE_UNAVAILABLE: {
    status: 200,
    meaning: 'The data folder was deleted or replaced while this node runs: it can store nothing, and stops.',
  },
  INTERNAL_SERVER_ERROR: {
    status: 200,
    meaning: 'A bug of this node, which its log has whole. With 500 where nothing was executed.',
  },
  FORBIDDEN_HOST: {
    status: 403,
    meaning: 'The `Host` is no name of this node: see `--public-url` and `--allow-host`.',
  },
  FORBIDDEN_ORIGIN: { status: 403, meaning: 'A page of another origin asks: see `--public-url` and `--allow-origin`.' },
  NOT_FOUND: { status: 404, meaning: 'Nothing is at this path.' },
  METHOD_NOT_ALLOWED: {
    status: 405,
    meaning: 'The path has other methods: see the header `Allow`. A mutation by GET.',
  },
  NOT_ACCEPTABLE: { status: 406, meaning: 'The header `Accept` lets no JSON through.' },
  REQUEST_TIMEOUT: { status: 408, meaning: 'The request did not arrive whole within 15 s.' },
  REQUEST_TOO_LARGE: {
    status: 413,
    meaning:
      'A body above 1 MiB, 16 MiB from a node that proves its identity, or 64 KiB at /graphql/stream; compressed, above 1 MiB when unpacked; JSON of more than 40,000 names and values (600,000 from a peer), or 16 levels.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    meaning: 'A body that is no `application/json` in UTF-8, plain or as gzip, deflate or br.',
  },
  RATE_LIMITED: {
    status: 429,
    meaning:
      'A budget of this user is spent: requests, cost, bytes, signatures, connections or points for faults, as `nodeInfo.limits` has them. Nothing was done; `extensions.retryAfter` and the header `Retry-After` say in how many seconds to come again.',
  },
  HEADERS_TOO_LARGE: { status: 431, meaning: 'A head above 16 KiB.' },
  TOO_MANY_CONNECTIONS: { status: 503, meaning: 'As many WebSockets are open as there is room for.' },
  OVERLOADED: {
    status: 503,
    meaning:
      'This node has more to do than it can, and begins nothing more of this kind: nothing of the request was done. Try again after `Retry-After`.',
  },
  STOPPING: { status: 503, meaning: 'This node is being stopped.' },
} as const satisfies Readonly<Record<string, { status: number; meaning: string }>>;

export type ErrorCode = keyof typeof ERROR_CODES;
