import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClientError } from 'graphql-request';
import { asRequestError, mayPass, RequestError } from '../../src/client/requests.js';

const URL = 'http://node.example/graphql';
const answer = (status: number, errors?: unknown): ClientError =>
  new ClientError({ status, ...(errors !== undefined && { errors }), headers: new Headers() } as never, { query: '' });
const refusal = (code: unknown, message: unknown = 'no'): unknown[] => [{ message, extensions: { code } }];
const connection = (cause: object): TypeError => new TypeError('fetch failed', { cause });

describe('what becomes of a request:', () => {
  for (const [title, error, expected] of [
    // fault, code, may have arrived, may have an answer later
    [
      'no connection',
      connection({ code: 'ECONNREFUSED', syscall: 'connect' }),
      ['unreachable', 'UNREACHABLE', false, true],
    ],
    [
      'no connection to any of its addresses',
      connection(new AggregateError([{ syscall: 'connect' }, { syscall: 'connect' }])),
      ['unreachable', 'UNREACHABLE', false, true],
    ],
    [
      'failures of which nothing is known',
      connection(new AggregateError([])),
      ['unreachable', 'UNREACHABLE', true, true],
    ],
    ['no such name', connection({ syscall: 'getaddrinfo' }), ['unreachable', 'UNREACHABLE', false, true]],
    [
      'a connection that breaks',
      connection({ code: 'ECONNRESET', syscall: 'read' }),
      ['unreachable', 'UNREACHABLE', true, true],
    ],
    ['a page that may not say why', new TypeError('Failed to fetch'), ['unreachable', 'UNREACHABLE', true, true]],
    ['a proxy without a node', answer(503), ['unreachable', 'UNREACHABLE', true, true]],
    ['no answer in time', new DOMException('late', 'TimeoutError'), ['timedOut', 'TIMED_OUT', true, true]],
    ['a page', new SyntaxError('Unexpected token <'), ['noGraphql', 'NO_GRAPHQL', true, true]],
    ['a page that says 404', answer(404), ['noGraphql', 'NO_GRAPHQL', true, true]],
    ['errors that are no list', answer(400, {}), ['noGraphql', 'NO_GRAPHQL', true, true]],
    ['an error without words', answer(400, refusal('BUSY', 5)), ['noGraphql', 'NO_GRAPHQL', true, true]],
    ['an error without a code', answer(200, refusal(undefined)), ['noGraphql', 'NO_GRAPHQL', true, true]],
    ['a mistake of the request', answer(400, refusal('BAD_USER_INPUT')), ['refused', 'BAD_USER_INPUT', false, false]],
    ['no admin token', answer(401, refusal('UNAUTHENTICATED')), ['refused', 'UNAUTHENTICATED', false, false]],
    ['a busy node', answer(200, refusal('BUSY')), ['refused', 'BUSY', true, true]],
    ['a node with too much to do', answer(503, refusal('OVERLOADED')), ['refused', 'OVERLOADED', false, true]],
    ['a code of another version', answer(200, refusal('NEW')), ['refused', 'NEW', true, false]],
    ['a code that every object has', answer(200, refusal('constructor')), ['refused', 'constructor', true, false]],
  ] as const) {
    it(title, () => {
      const result = asRequestError(error, URL);
      assert.deepEqual([result.fault, result.code, result.mayHaveArrived, mayPass(result)], expected);
    });
  }

  it('is told with the URL of the node, unless the node said it', () => {
    assert.equal(asRequestError(answer(404), URL).message, `${URL}: expected a GraphQL answer, got HTTP 404`);
    assert.equal(asRequestError(answer(404), URL).reason, 'expected a GraphQL answer, got HTTP 404');
    assert.equal(asRequestError(answer(400, refusal('BAD_USER_INPUT', 'expected')), URL).message, 'expected');
    assert.equal(new RequestError('SLOW_CONSUMER', 'slow').fault, 'slowConsumer');
  });
});
