import assert from 'node:assert/strict';
import { it } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { startTestNode } from '../support/node.js';

const CHECK = 'query ($t: SignedTransactionInput!) { checkTransaction(transaction: $t) { __typename } }';

it('a variable with 15,000 faults is refused for one of them, in a few words, compressed or not', async () => {
  const { url } = await startTestNode();
  const unknown = Object.fromEntries(Array.from({ length: 15_000 }, (_, index) => [`field${index}`, 0]));
  const ask = async (t: object, isCompressed = false) => {
    const plain = JSON.stringify({ query: CHECK, variables: { t } });
    const type = { 'content-type': 'application/json' };
    const headers = isCompressed ? { ...type, 'content-encoding': 'br' } : type;
    const reply = await fetch(url, { method: 'POST', headers, body: isCompressed ? brotliCompressSync(plain) : plain });
    return { status: reply.status, text: await reply.text() };
  };
  // The first request of an operation is looked at more closely than those after it.
  await ask({});
  for (const isCompressed of [false, true]) {
    const { status, text } = await ask({ ...unknown, memo: 'x'.repeat(300_000) }, isCompressed);
    assert.equal(status, 400);
    assert.ok(text.length < 2_000, `${text.length} characters`);
    const { errors } = JSON.parse(text) as { errors: { extensions: { code: string } }[] };
    assert.deepEqual(
      errors.map(({ extensions }) => extensions.code),
      ['BAD_USER_INPUT'],
    );
  }
});
