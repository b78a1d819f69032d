import type { Readable } from 'node:stream';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import type { FastifyRequest } from 'fastify';
import { MAX_BATCH_TRANSACTIONS, MAX_HEADERS, MAX_HTTP_BODY_BYTES } from '../consensus/protocol.js';
import { Refusal, shown } from './refusal.js';

/** Bounds of a body, counted before anything is made of it. */
export interface BodyLimit {
  readonly bytes: number;
  /** Names, texts, numbers, lists, objects and other values of its JSON together. */
  readonly values: number;
}

/** Levels of lists and objects in a body: a batch of transactions has four. */
const MAX_LEVELS = 16;

/** Twice a batch of 1,000 transactions; the headers of one part of an offer, 34,000 values, fit as well. */
export const STRANGER_BODY: BodyLimit = {
  bytes: 1024 * 1024,
  values: Math.max(2 * 17 * MAX_BATCH_TRANSACTIONS, 20 * MAX_HEADERS),
};

/** Of a node that proved its identity: bodies of blocks are a few long texts. */
export const NODE_BODY: BodyLimit = { bytes: MAX_HTTP_BODY_BYTES, values: STRANGER_BODY.values };

/** Of a peer: the largest block that fits into the bytes has 580,000 values. */
export const PEER_BODY: BodyLimit = { bytes: MAX_HTTP_BODY_BYTES, values: 600_000 };

/** Decompressed in one go: 3 ms. More would let few bytes make much work, whoever sends them. */
const MAX_UNCOMPRESSED_BYTES = 1024 * 1024;

/** What the body of this request may hold, by who sends it and by its route. */
export function limitOf({ identity, isPeer, routeOptions }: FastifyRequest): BodyLimit {
  const { bytes, values } = isPeer ? PEER_BODY : identity === undefined ? STRANGER_BODY : NODE_BODY;
  return { bytes: Math.min(bytes, routeOptions.bodyLimit), values };
}

/** Reads a body to its end. Rejects with Refusal as soon as it is, or says that it is, longer than `bytes`. */
export function readBody({ headers }: FastifyRequest, payload: Readable, { bytes }: BodyLimit): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const refuse = () => {
      payload.off('data', take);
      const stranger =
        bytes === STRANGER_BODY.bytes ? `; a node that proves its identity may send ${NODE_BODY.bytes}` : '';
      reject(new Refusal('REQUEST_TOO_LARGE', `expected a body of at most ${bytes} bytes, got more${stranger}`));
    };
    const chunks: Buffer[] = [];
    let length = 0;
    const take = (chunk: Buffer) => {
      length += chunk.length;
      if (length > bytes) refuse();
      else chunks.push(chunk);
    };
    if (Number(headers['content-length'] ?? 0) > bytes) {
      refuse();
      return;
    }
    payload.on('data', take);
    payload.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)));
    payload.once('error', () => reject(new Refusal('BAD_REQUEST', 'expected a whole body, got a part of it')));
  });
}

/** Throws Refusal for an unknown encoding, for bytes not in it, and for a body that becomes too large: a kilobyte can hold a megabyte. */
export function uncompressed({ headers }: FastifyRequest, body: Buffer, { bytes }: BodyLimit): Buffer {
  const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding === 'identity') return body;
  const decompress = DECOMPRESS[encoding];
  if (!decompress) {
    throw new Refusal(
      'UNSUPPORTED_MEDIA_TYPE',
      `content-encoding: expected gzip, deflate, br or none, got ${shown(encoding)}`,
    );
  }
  const maxOutputLength = Math.min(MAX_UNCOMPRESSED_BYTES, bytes);
  const tooLarge = `expected a compressed body of at most ${maxOutputLength} bytes when unpacked, got more`;
  if (body.length > maxOutputLength) throw new Refusal('REQUEST_TOO_LARGE', tooLarge);
  try {
    return decompress(body, { maxOutputLength });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new Refusal('REQUEST_TOO_LARGE', tooLarge);
    }
    throw new Refusal('BAD_REQUEST', `expected a body in ${encoding}, as content-encoding says, got something else`);
  }
}

const DECOMPRESS: Readonly<Record<string, (body: Buffer, options: { maxOutputLength: number }) => Buffer>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

/**
 * Throws Refusal for JSON of more values or levels than it may have: they are counted in its bytes, since millions of empty lists
 * fit into a few megabytes, and a parser makes an object of each. Whether it is JSON at all is for the parser to say.
 */
export function countValues(body: Buffer, { values }: Pick<BodyLimit, 'values'>): void {
  let count = 0;
  let level = 0;
  let isBetween = true;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i]!;
    if (byte === QUOTE) {
      count++;
      i = endOfText(body, i);
      isBetween = true;
    } else if (byte === 0x7b || byte === 0x5b) {
      count++;
      isBetween = true;
      if (++level > MAX_LEVELS) throw tooLarge(`${MAX_LEVELS} levels`);
    } else if (byte === 0x7d || byte === 0x5d) {
      level--;
      isBetween = true;
    } else if (byte <= 0x20 || byte === 0x2c || byte === 0x3a) {
      isBetween = true;
    } else if (isBetween) {
      count++;
      isBetween = false;
    }
    if (count > values) throw tooLarge(`${values} names and values`);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Index of the quotation mark that ends a text; the body's length if none does. */
function endOfText(body: Buffer, start: number): number {
  for (let end = body.indexOf(QUOTE, start + 1); end >= 0; end = body.indexOf(QUOTE, end + 1)) {
    let first = end;
    while (body[first - 1] === BACKSLASH) first--;
    if ((end - first) % 2 === 0) return end;
  }
  return body.length;
}

function tooLarge(most: string): Refusal {
  return new Refusal('REQUEST_TOO_LARGE', `expected JSON of at most ${most}, got more`);
}
