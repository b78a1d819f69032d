import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ServerOptions } from 'node:https';
import { createSecureContext, type Server as TlsServer } from 'node:tls';
import { readSecretBytes } from '../wallet/secretFile.js';

/** For the whole handshake; Node.js waits 120 s by default. */
const HANDSHAKE_TIMEOUT_MS = 15_000;

/** Where a certificate, with the chain that leads to its authority, and its key are, both in PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** What a server that speaks TLS is made with. Throws RangeError for files that are no such pair, or a key that others can read. */
export async function tlsOptions(files: TlsFiles): Promise<Pick<ServerOptions, 'cert' | 'key' | 'handshakeTimeout'>> {
  return { ...(await readPair(files)), handshakeTimeout: HANDSHAKE_TIMEOUT_MS };
}

/**
 * Gives a server the pair that the files hold now: connections that are open go on with the old one. Resolves to the date until which the
 * new one is valid. Throws as tlsOptions, and changes nothing then.
 */
export async function renewTls(server: TlsServer, files: TlsFiles): Promise<Date> {
  const pair = await readPair(files);
  server.setSecureContext(pair);
  return new Date(new X509Certificate(pair.cert).validTo);
}

async function readPair(files: TlsFiles): Promise<{ readonly cert: Buffer; readonly key: Buffer }> {
  const [cert, key] = await Promise.all([readFile(files.cert), readSecretBytes(files.key)]);
  try {
    createSecureContext({ cert, key });
    return { cert, key };
  } catch (error) {
    const got = (error as Error).message;
    throw new RangeError(`${files.cert}: expected a certificate in PEM that ${files.key} is the key of, got: ${got}`);
  }
}
