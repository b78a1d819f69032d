import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { SCOPES, type Access, type Scope } from '../graphql/access.js';
import { createSecretFile, readSecretFile, refuseShared } from '../wallet/secretFile.js';
import { shown } from './refusal.js';

/** File in the data folder that holds the admin token that permits everything. */
export const ADMIN_TOKEN_FILE = 'admin.token';
/** Folder in the data folder with a file for each token that was made by name. */
export const TOKENS_FOLDER = 'tokens';
/** Bytes of the file of a token, at most: it is read for each request that carries the token. */
const MAX_FILE_BYTES = 4_096;
const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;

/**
 * The admin token of a data folder: 32 random bytes in hexadecimal, made on first use in a file that only its owner can read.
 * Throws RangeError if the file holds anything else.
 */
export async function loadAdminToken(dataFolder: string): Promise<string> {
  const path = join(dataFolder, ADMIN_TOKEN_FILE);
  const text = await readSecretFile(path);
  if (text === undefined) {
    const token = randomBytes(32).toString('hex');
    return (await createSecretFile(path, `${token}\n`)) ? token : loadAdminToken(dataFolder);
  }
  const kept = text.trim();
  if (!/^[0-9a-f]{64}$/.test(kept)) {
    throw new RangeError(
      `${path}: expected 64 hexadecimal characters, got something else; delete the file and a new token is made`,
    );
  }
  return kept;
}

/** What is kept of a token that has a name: no more than what recognizes it. */
export interface NamedToken {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** When it was made, in ISO 8601. */
  readonly created: string;
}

const tokenFile = z.strictObject({
  scopes: z.array(z.enum(SCOPES)).min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** Makes a token and returns its text, `NAME.` and 64 hexadecimal characters, which is kept nowhere; undefined if the name is taken. */
export async function createToken(
  dataFolder: string,
  name: string,
  scopes: readonly Scope[],
): Promise<string | undefined> {
  const path = pathOf(dataFolder, name);
  const token = `${name}.${randomBytes(32).toString('hex')}`;
  const kept = { scopes, sha256: sha256(token).toString('hex') };
  await mkdir(join(dataFolder, TOKENS_FOLDER), { mode: 0o700, recursive: true });
  return (await createSecretFile(path, `${JSON.stringify(tokenFile.parse(kept))}\n`)) ? token : undefined;
}

/** The tokens that were made by name, in the order of their names. Throws RangeError for a file that is none. */
export async function listTokens(dataFolder: string): Promise<NamedToken[]> {
  const names = await tokenNames(dataFolder);
  return names.flatMap((name) => {
    const token = readToken(dataFolder, name);
    return token ? [{ name, scopes: token.scopes, created: token.created }] : [];
  });
}

/** Names of the tokens that have one, in order, whatever is in their files. */
export async function tokenNames(dataFolder: string): Promise<string[]> {
  const files = await readdir(join(dataFolder, TOKENS_FOLDER)).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  // A file that is just being written has no such name.
  const names = files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length));
  return names.filter((name) => NAME.test(name)).sort();
}

/** Ends a token: from now on it permits nothing. False if there is none of this name. */
export async function revokeToken(dataFolder: string, name: string): Promise<boolean> {
  try {
    await rm(pathOf(dataFolder, name));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

export interface AuthorizerOptions {
  /** The token of the file `admin.token`, which permits everything. */
  readonly adminToken: string;
  /** Folder of the tokens with a name. */
  readonly dataFolder?: string | undefined;
}

export interface AuthorizerModules {
  /** Gets a line for each name whose file cannot be used, once. */
  readonly log: { warn(details: object, message: string): void };
}

/** What an Authorization header permits. */
export type Authorize = (authorization: string | undefined) => Access | undefined;

/**
 * Recognizes tokens by their digests, in the same time whatever is wrong with them. The file of a token with a name is read for each
 * request that names it, so that it permits something from the moment when it was made, and nothing once it is revoked.
 */
export function authorizer({ adminToken, dataFolder }: AuthorizerOptions, { log }: AuthorizerModules): Authorize {
  const own = sha256(adminToken);
  const warned = new Set<string>();
  const kept = (name: string) => {
    try {
      return dataFolder === undefined ? undefined : readToken(dataFolder, name);
    } catch (error) {
      if (!warned.has(name)) log.warn({ reason: (error as Error).message }, 'an admin token cannot be used');
      warned.add(name);
      return undefined;
    }
  };
  return (authorization) => {
    if (authorization === undefined) return undefined;
    // RFC 9110, 11.1: the scheme has no case, and blanks may be several.
    const carried = /^bearer +(.*)$/i.exec(authorization.trim())?.[1] ?? '';
    const digest = sha256(carried);
    // Digests, because only byte strings of one length can be compared in constant time.
    if (timingSafeEqual(digest, own)) return { token: 'admin', scopes: ['all'] };
    const name = carried.slice(0, Math.max(0, carried.indexOf('.')));
    const named = NAME.test(name) ? kept(name) : undefined;
    if (!named || !timingSafeEqual(digest, Buffer.from(named.sha256, 'hex'))) return undefined;
    return { token: name, scopes: named.scopes };
  };
}

interface KeptToken extends NamedToken {
  readonly sha256: string;
}

/** What is kept of a token; undefined if there is none. Throws RangeError for a file that is none, or that others can read or change. */
export function readToken(dataFolder: string, name: string): KeptToken | undefined {
  const path = pathOf(dataFolder, name);
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const stats = fstatSync(file);
    refuseShared(path, stats);
    if (stats.size > MAX_FILE_BYTES)
      throw new RangeError(`${path}: expected at most ${MAX_FILE_BYTES} bytes, got ${stats.size}`);
    const { data } = tokenFile.safeParse(parsed(readFileSync(file, 'utf8')));
    if (data) return { ...data, name, created: stats.mtime.toISOString() };
    throw new RangeError(
      `${path}: expected the file of a token, got something else; npx corrente token revoke ${name} removes it`,
    );
  } finally {
    closeSync(file);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Throws RangeError for a name that could be another path. */
function pathOf(dataFolder: string, name: string): string {
  if (NAME.test(name)) return join(dataFolder, TOKENS_FOLDER, `${name}.json`);
  throw new RangeError(`expected a name of 1 to 32 of a-z, 0-9 and -, got ${shown(name)}`);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
