/** A code that `errors[].extensions.code` can have beside the codes of rejections, and the HTTP status that it comes with. */
export interface ErrorCodeEntry {
  /** Of the whole answer; 200 where the error belongs to one field and others may have been answered. */
  readonly status: number;
  readonly meaning: string;
}

/** Every code of an error; docs/api.md lists them with these words. */
export const ERROR_CODES = {
  BAD_REQUEST: { status: 400, meaning: 'It is no GraphQL request: no JSON, no `query`, a broken HTTP head.' },
  GRAPHQL_PARSE_FAILED: { status: 400, meaning: 'The document is not GraphQL, or longer than 2,000 tokens.' },
  GRAPHQL_VALIDATION_FAILED: {
    status: 400,
    meaning:
      'The document does not fit the schema, or asks for too much: 20 levels, 32 aliases, 32 directives, 2,000 selections.',
  },
  OPERATION_RESOLUTION_FAILURE: { status: 400, meaning: 'No operation of the document has the `operationName`.' },
  PERSISTED_QUERY_NOT_SUPPORTED: { status: 200, meaning: 'Only its hash was sent: send the text of the operation.' },
  BAD_USER_INPUT: {
    status: 400,
    meaning:
      'A value is not what its place expects, in a literal or a variable, or the operation costs too much. With 200 where only a field’s resolver can tell.',
  },
  UNAUTHENTICATED: { status: 200, meaning: 'An admin operation without the admin token.' },
  UNKNOWN_BLOCK: { status: 200, meaning: 'A subscription names a block to go on after that this node does not know.' },
  SLOW_CONSUMER: { status: 200, meaning: 'A subscription ended, since its events were not read in time.' },
  TOO_MANY_SUBSCRIPTIONS: { status: 200, meaning: 'As many operations are open as there is room for.' },
  PEER_REFUSED: {
    status: 200,
    meaning: '`addPeer` was given a URL that cannot be a peer: `extensions.reason` says why.',
  },
  BUSY: { status: 200, meaning: 'Too much of this kind waits already: try again.' },
  STORAGE_UNAVAILABLE: {
    status: 200,
    meaning: 'The data folder was deleted or replaced under this node, which keeps nothing any more and stops.',
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
  REQUEST_TIMEOUT: { status: 408, meaning: 'The request did not arrive whole within 30 s.' },
  REQUEST_TOO_LARGE: {
    status: 413,
    meaning: 'A body above 16 MiB, or compressed, above 1 MiB when unpacked; 64 KiB at /graphql/stream.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    meaning: 'A body that is no `application/json` in UTF-8, plain or as gzip, deflate or br.',
  },
  HEADERS_TOO_LARGE: { status: 431, meaning: 'A head above 16 KiB.' },
  TOO_MANY_CONNECTIONS: { status: 503, meaning: 'As many WebSockets are open as there is room for.' },
  STOPPING: { status: 503, meaning: 'This node is being stopped.' },
} as const satisfies Readonly<Record<string, ErrorCodeEntry>>;

export type ErrorCode = keyof typeof ERROR_CODES;
