import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { OperationRequest } from '../graphql/execution/executor.js';
import { countValues, limitOf, readBody, uncompressed } from './body.js';
import { mustBeTheBody } from './identity.js';
import { Refusal, shown } from './refusal.js';
import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';

/** The operation of a request: of the body of a POST, of the URL of a GET or HEAD. Throws Refusal for anything else. */
export function operationOf({ method, query, body, headers }: FastifyRequest): OperationRequest {
  const isPost = method === 'POST';
  const given = (isPost ? body : query) as Record<string, unknown> | null | undefined;
  if (!isPost && Object.keys(given!).length === 0) throw notAnOperation('a GET without a query');
  if (given === undefined) throw notAnOperation(`no body${headers['content-type'] ? '' : ' and no content-type'}`);
  if (typeof given !== 'object' || given === null) throw notAnOperation(JSON.stringify(given).slice(0, 80));
  if (Array.isArray(given)) throw notAnOperation('a list: send one operation a request');
  const { query: text, operationName } = given;
  const variables = isPost ? given['variables'] : parsed(given['variables']);
  const extensions = isPost ? given['extensions'] : parsed(given['extensions']);
  const isPersisted = isObject(extensions) && 'persistedQuery' in extensions;
  if (text === undefined && !isPersisted) throw notAnOperation('no query');
  if (text !== undefined && typeof text !== 'string') throw wrong('query', 'a text', text);
  if (text === '') throw wrong('query', 'an operation', text);
  if (operationName != null && typeof operationName !== 'string') throw wrong('operationName', 'a text', operationName);
  if (variables != null && !isObject(variables)) throw wrong('variables', 'an object', variables);
  if (extensions != null && !isObject(extensions)) throw wrong('extensions', 'an object', extensions);
  return {
    query: text ?? '',
    operationName: operationName ?? null,
    variables: variables ?? null,
    extensions: extensions ?? null,
  };
}

function notAnOperation(got: string): Refusal {
  return new Refusal('BAD_REQUEST', `${EXPECTED}, got ${got}`);
}

function wrong(parameter: string, expected: string, got: unknown): Refusal {
  const text = typeof got === 'string' ? shown(got) : JSON.stringify(got).slice(0, 80);
  return new Refusal('BAD_REQUEST', `${parameter}: expected ${expected}, got ${text}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of JSON text; the text itself if it is not JSON. */
function parsed(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const EXPECTED =
  'expected a POST of JSON such as {"query":"{ chain { height } }"} with content-type: application/json, or GET ?query=…';

/**
 * Takes JSON in UTF-8 as a body, plain or compressed, and nothing else: a page of another origin can send this type only after
 * a preflight allowed it.
 */
export function parseJsonBodies(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', async (request: FastifyRequest, payload: Readable) => {
    const limit = limitOf(request);
    const body = await readBody(request, payload, limit);
    mustBeTheBody(request, body);
    const plain = uncompressed(request, body, limit);
    countValues(plain, limit);
    const text = textOf(request, plain);
    return new Promise((resolve, reject) => {
      void parseJson(request, text, (error, value) => (error ? reject(notJson(text)) : resolve(value)));
    });
  });
}

function textOf({ headers }: FastifyRequest, body: Buffer): string {
  const charset = /;\s*charset="?([^";\s]*)/i.exec(headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    throw new Refusal('UNSUPPORTED_MEDIA_TYPE', `content-type: expected the charset utf-8, got ${shown(charset)}`);
  }
  // Decoded all the same, it would hold U+FFFD where a character was.
  if (!isUtf8(body)) throw new Refusal('BAD_REQUEST', 'expected a body in UTF-8, got bytes that are none');
  return body.toString();
}

function notJson(text: string): Refusal {
  if (text === '') return new Refusal('BAD_REQUEST', 'expected a body of JSON, got an empty one');
  try {
    JSON.parse(text);
  } catch (error) {
    return new Refusal('BAD_REQUEST', `expected a body of JSON, got something else: ${(error as Error).message}`);
  }
  return new Refusal('BAD_REQUEST', 'expected a body of JSON, got the name __proto__ or constructor in it');
}
