import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { auditServer } from 'graphql-http';
import { testServer } from './testServer.js';

describe('GraphQL over HTTP', () => {
  it('is spoken without an error, and with the three documented warnings at most', async () => {
    const { url } = await testServer();
    const results = await auditServer({ url });
    assert.ok(results.length > 50, `${results.length} audits`);
    const broken = results.filter(({ status }) => status === 'error').map(({ id, name }) => `${id} ${name}`);
    assert.deepEqual(broken, []);
    // For `Accept: application/json` the specification would have 200 where nothing was executed, so that old clients see the
    // errors. Ours see them with 400, as they do for application/graphql-response+json, and so do caches and proxies.
    const documented = [
      '572B SHOULD use 200 status code on document parsing failure when accepting application/json',
      'FDE2 SHOULD use 200 status code on document validation failure when accepting application/json',
      '7B9B SHOULD use a status code of 200 on variable coercion failure when accepting application/json',
    ];
    const warned = results.filter(({ status }) => status === 'warn').map(({ id, name }) => `${id} ${name}`);
    assert.deepEqual(
      warned.filter((warning) => !documented.includes(warning)),
      [],
    );
  });

  it('gives its schema on request, within the limits of every operation', async () => {
    const { post } = await testServer();
    const { status, text } = await post(getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true }));
    assert.equal(status, 200);
    const { data, errors } = JSON.parse(text) as { data: IntrospectionQuery; errors?: unknown };
    assert.equal(errors, undefined);
    const fields = Object.keys(buildClientSchema(data).getSubscriptionType()!.getFields());
    assert.deepEqual(fields.sort(), [
      'balanceChanged',
      'blockAdded',
      'chainReorganized',
      'peerChanged',
      'transactionAdded',
      'transactionStatus',
    ]);
  });
});
