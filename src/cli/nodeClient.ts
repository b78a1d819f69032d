import type { TypedDocumentString } from '../client/operations/public.js';
import { pause } from '../client/live.js';
import { NodeRequests, RequestError } from '../client/requests.js';
import { Failure } from './failure.js';
import { lookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { join } from 'node:path';
import { Agent, fetch as fetchBy } from 'undici';
import { ADMIN_TOKEN_FILE } from '../http/adminToken.js';
import { addressScope } from '../peers/address.js';
import { readSecretFile } from '../wallet/secretFile.js';
import { defaultDataFolder } from './options.js';

/** Sends one operation to a node; a failure is one clear line. */
export type Ask = <Answer, Variables>(
  document: TypedDocumentString<Answer, Variables>,
  variables: Variables,
  timeoutMs?: number,
) => Promise<Answer>;

/** A request that got no result: `cause` says what became of it. */
export class RequestFailure extends Failure {
  override readonly cause: RequestError;

  constructor(error: RequestError, url: string, token?: AdminToken) {
    super(explain(error, url, token));
    this.cause = error;
  }
}

/**
 * A client of the node at `url`, with the admin token if it is given. Rejects with RequestFailure, or with the reason of `signal` when that
 * aborts.
 */
export function nodeClient(url: string, token?: AdminToken, signal?: AbortSignal): Ask {
  const headers = token && { authorization: `Bearer ${token.text}` };
  // What was asked of one node, and the token for it, is for no other.
  const requests = new NodeRequests({ url, headers, fetch: token?.fetch, redirect: 'manual' });
  return (document, variables, timeoutMs = TIMEOUT_MS) =>
    patiently(() => requests.request(document, variables, { timeoutMs, signal }), signal).catch((error: unknown) => {
      throw error instanceof RequestError ? new RequestFailure(error, url, token) : error;
    });
}

/** Deadline of a request. */
const TIMEOUT_MS = 10_000;

/** One line that says what to do, where something can be done. */
function explain({ code, fault, message }: RequestError, url: string, token: AdminToken | undefined): string {
  if (fault === 'unreachable' && UNTRUSTED.test(message)) return `${message}; ${TRUST}`;
  if (fault === 'unreachable') return `${message}; start one with: npx corrente node, or name another with --node`;
  if (fault !== 'refused') return message;
  if (code !== 'UNAUTHENTICATED') return `${code}: ${message}`;
  const got = token ? ', got another one' : '';
  return `${code}: ${url}: expected the admin token of the node${got}: name its data folder with --data FOLDER, or its token with --token-file FILE`;
}

/** Codes of OpenSSL and Node.js for a certificate that leads to no authority that is trusted, or that is for another name. */
const UNTRUSTED = /\b(SELF_SIGNED_CERT|DEPTH_ZERO_SELF|UNABLE_TO_(GET|VERIFY)|CERT_|ERR_TLS_CERT)/;
const TRUST = 'a file with an authority of your own goes into the variable NODE_EXTRA_CA_CERTS';

/** Asks again while the node has too much to do and begins nothing, MORE_TRIES times. */
async function patiently<Answer>(ask: () => Promise<Answer>, signal: AbortSignal | undefined): Promise<Answer> {
  for (let left = MORE_TRIES; left > 0; left--) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof RequestError && error.code === 'OVERLOADED')) throw error;
      await pause(RETRY_MS, signal);
    }
  }
  return ask();
}

const MORE_TRIES = 4;
/** As `Retry-After` of a node that refuses for overload has it. */
const RETRY_MS = 1_000;

/** A node's admin token and the way it travels. */
export interface AdminToken {
  readonly text: string;
  /** A `fetch` that cannot carry it further than it may go. */
  readonly fetch: typeof fetch;
}

export interface TokenOptions {
  /** The node that it is for. */
  readonly node: string;
  /** File that holds it. */
  readonly tokenFile?: string | undefined;
  /** Data folder that holds it. */
  readonly data?: string | undefined;
}

/**
 * The admin token that a command's options name: in `--token-file`, in CORRENTE_TOKEN, or in the data folder. It spends from an unlocked
 * wallet: the token of this machine's own node, which no option named, goes to a loopback address only, and no token goes over plain HTTP
 * elsewhere. Undefined if there is no token to read. Throws Failure.
 */
export async function findAdminToken({ node, tokenFile, data }: TokenOptions): Promise<AdminToken | undefined> {
  const given = process.env['CORRENTE_TOKEN'];
  const isNamed = tokenFile !== undefined || given !== undefined || data !== undefined;
  const isLocal = !isNamed || node.startsWith('http:');
  if (isLocal && !(await isLoopback(new URL(node).hostname))) {
    const remedy = isNamed
      ? 'expected https or a loopback address to send the admin token to'
      : "expected --token-file FILE or --data FOLDER, since the token of this machine's own node goes to a loopback address only";
    throw new Failure(`${remedy}, got ${node}`, 2);
  }
  const text = tokenFile === undefined && given !== undefined ? given : await readToken(tokenFile, data);
  return text === undefined ? undefined : { text, fetch: isLocal ? loopbackFetch : fetch };
}

/** The same for a command that needs it of some nodes only: where none is named, or it may not travel to the node, there is none. */
export async function findNamedToken(options: TokenOptions): Promise<AdminToken | undefined> {
  const { node, tokenFile, data } = options;
  const isNamed = [tokenFile, data, process.env['CORRENTE_TOKEN']].some((each) => each !== undefined);
  const mayTravel = isNamed && (node.startsWith('https:') || (await isLoopback(new URL(node).hostname)));
  return mayTravel ? findAdminToken(options) : undefined;
}

async function readToken(tokenFile: string | undefined, data: string | undefined): Promise<string | undefined> {
  const path = tokenFile ?? join(data ?? defaultDataFolder('development'), ADMIN_TOKEN_FILE);
  let text: string | undefined;
  try {
    text = await readSecretFile(path);
  } catch (error) {
    throw new Failure((error as Error).message);
  }
  if (text !== undefined) return text.trim();
  if (tokenFile === undefined && data === undefined) return undefined;
  throw new Failure(`expected the admin token in ${path}, got no file`);
}

/** A resolver that gives loopback addresses only, and fails for a name without one: the connection goes to the address that it gave. */
const loopbackLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    const addresses = error ? [] : found.filter(isLoopbackAddress);
    const [first] = addresses;
    if (!first) callback(error ?? new Error(`expected ${hostname} to be a loopback address, got another`), []);
    else if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

const loopbackAgent = new Agent({ connect: { lookup: loopbackLookup } });
const loopbackFetch = ((url: string, init: object) =>
  fetchBy(url, { ...init, dispatcher: loopbackAgent })) as unknown as typeof fetch;

/** Whether a host as URL writes it, an address or a name, is this machine. */
function isLoopback(hostname: string): Promise<boolean> {
  const address = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  if (isIP(address) !== 0) return Promise.resolve(addressScope(address) === 'loopback');
  return new Promise((resolve) =>
    lookup(hostname, { all: true }, (error, found) => resolve(!error && found.some(isLoopbackAddress))),
  );
}

function isLoopbackAddress({ address }: LookupAddress): boolean {
  return addressScope(address) === 'loopback';
}
