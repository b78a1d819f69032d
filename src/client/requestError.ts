import { ClientError } from 'graphql-request';

/**
 * A request that got no result: `code` is what the node answered, such as BAD_USER_INPUT, or UNREACHABLE (no node answers there),
 * TIMED_OUT, NO_GRAPHQL (something else answers) or SLOW_CONSUMER (a subscription was not read in time). Refused transactions are no
 * errors: they are outcomes.
 */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What a failed request or subscription means, whoever threw it. */
export function asRequestError(error: unknown, url: string): RequestError {
  if (error instanceof RequestError) return error;
  if (error instanceof ClientError) {
    const { errors, status } = error.response;
    return errors ? answered(errors) : new RequestError('NO_GRAPHQL', `${url}: expected GraphQL, got HTTP ${status}`);
  }
  // A subscription that the node refuses ends with the list of its errors.
  if (Array.isArray(error)) return answered(error as Answered);
  const { name, message, cause, code, reason } = error as Failed;
  if (name === 'TimeoutError') return new RequestError('TIMED_OUT', `${url}: expected an answer in time, got none`);
  // What fetch throws says why in its cause; a WebSocket ends with an event that has a code.
  const got = cause?.code ?? cause?.message ?? (message || reason || `a closed connection (${code ?? name})`);
  return new RequestError('UNREACHABLE', `${url}: expected a running node, got: ${got}`, { cause: error });
}

type Failed = Error & {
  readonly cause?: { readonly code?: string; readonly message?: string };
  readonly code?: number;
  readonly reason?: string;
};
type Answered = readonly { readonly message: string; readonly extensions?: Record<string, unknown> }[];

function answered([first]: Answered): RequestError {
  const code = first?.extensions?.['code'];
  return new RequestError(
    typeof code === 'string' ? code : 'NO_GRAPHQL',
    first?.message ?? 'expected a reason, got none',
  );
}
