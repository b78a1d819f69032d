import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client/core';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { GraphQLClient } from 'graphql-request';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { startTestNode } from '../support/node.js';

const QUERY = '{ chain { height } }';
const ANSWER = '{"data":{"chain":{"height":0}}}';
const run = promisify(execFile);
const { url } = await startTestNode();

/** Why a test of this program is left out; false if the machine has it. */
function missing(program: string, ...version: string[]): string | false {
  const { error } = spawnSync(program, version);
  return error ? `expected ${program} on this machine, got ${(error as NodeJS.ErrnoException).code}` : false;
}

const lines = async (program: string, ...given: string[]) => (await run(program, given)).stdout.trim().split(/\s*\n/);

describe('clients that others made, as they come', () => {
  it('Java’s HttpClient, which offers h2c', { skip: missing('java', '-version') }, async () => {
    const answers = await lines('java', 'test/clients/Client.java', url);
    assert.deepEqual(answers, [`200 ${ANSWER}`, `200 ${ANSWER}`, `200 ${ANSWER}`, '200']);
  });

  it('curl, with --http2, --compressed, by GET and HEAD', { skip: missing('curl', '--version') }, async () => {
    const json = ['-sS', '-H', 'content-type: application/json', '--data', JSON.stringify({ query: QUERY })];
    const asked = ['-sS', '-G', '--data-urlencode', `query=${QUERY}`];
    for (const given of [json, ['--http2', ...json], ['--compressed', ...json], asked, ['--http2', ...asked]]) {
      assert.deepEqual(await lines('curl', ...given, url), [ANSWER], given.join(' '));
    }
    assert.match((await lines('curl', '--http2', ...asked, '--head', url))[0]!, /^HTTP\/1\.1 200/);
    assert.match((await lines('curl', '-sS', url))[0]!, /expected a POST of JSON such as/);
    const health = await lines('curl', '-sS', '--http2', new URL('/health', url).href);
    assert.match(health[0]!, /^\{"status":"ok","height":0/);
  });

  it('Python’s standard library', { skip: missing('python3', '--version') }, async () => {
    const answers = await lines('python3', 'test/clients/client.py', url);
    const data = 'data: {"data":{"blockAdded":{"height":0}}}';
    assert.deepEqual(answers, [`200 ${ANSWER}`, `200 ${ANSWER}`, `200 ${ANSWER}`, '200', data]);
  });

  it('urql, which sends queries by GET', async () => {
    const sent: string[] = [];
    const socket = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket });
    const client = new Client({
      url,
      fetch: (to, options) => {
        sent.push(options?.method ?? 'GET');
        return fetch(to, options);
      },
      preferGetMethod: 'within-url-limit',
      exchanges: [
        fetchExchange,
        subscriptionExchange({
          forwardSubscription: ({ query, variables }) => ({
            subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query: query!, variables }, sink as never) }),
          }),
        }),
      ],
    });
    assert.deepEqual((await client.query(QUERY, {}).toPromise()).data, { chain: { height: 0 } });
    const { error } = await client.mutation('mutation { stopMining { mining } }', {}).toPromise();
    assert.deepEqual(
      error?.graphQLErrors.map(({ extensions }) => extensions['code']),
      ['UNAUTHENTICATED'],
    );
    assert.deepEqual(sent, ['GET', 'POST']);
    const block = await new Promise((resolve) => {
      const following = client
        .subscription('subscription { blockAdded(afterHeight: -1) { height } }', {})
        .subscribe(({ data }) => {
          resolve(data);
          setImmediate(() => following.unsubscribe());
        });
    });
    assert.deepEqual(block, { blockAdded: { height: 0 } });
    await socket.dispose();
  });

  it('Apollo Client, by POST and by GET', async () => {
    for (const useGETForQueries of [false, true]) {
      const link = new HttpLink({ uri: url, useGETForQueries });
      const client = new ApolloClient({ link, cache: new InMemoryCache() });
      const { data } = await client.query({ query: gql(QUERY) });
      assert.deepEqual(data, { chain: { __typename: 'Chain', height: 0 } });
      client.stop();
    }
  });

  it('graphql-request, by POST and by GET', async () => {
    for (const method of ['POST', 'GET'] as const) {
      const jsonSerializer = { parse: JSON.parse as (text: string) => unknown, stringify: JSON.stringify };
      const client = new GraphQLClient(url, { method, jsonSerializer });
      assert.deepEqual(await client.request(QUERY), { chain: { height: 0 } });
    }
  });
});
