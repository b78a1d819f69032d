import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parse } from 'graphql';
import { keptDocuments, MAX_KEPT_CHARACTERS } from '../../src/graphql/execution/executor.js';
import { testApi } from './testApi.js';

it('threat kept-documents: keeps admitted documents of so many characters, those that were used last', async () => {
  const kept = keptDocuments();
  const document = (index: number) => parse(`{ a${index}: chain { height } # ${'x'.repeat(1_000)}\n }`);
  const { length } = document(0).loc!.source.body;
  const most = Math.floor(MAX_KEPT_CHARACTERS / length);
  for (let index = 0; index < 2 * most; index++) {
    await kept.set(`${index}`, document(index));
    await kept.get('0');
  }
  // An index has more digits later.
  assert.ok(kept.keys().length <= most && kept.keys().length > most - 10, `${kept.keys().length} of ${most}`);
  assert.ok(await kept.get('0'));
  assert.equal(await kept.get('1'), undefined);
  const { execute } = testApi();
  for (let again = 0; again < 2; again++) assert.equal((await execute('{ chain { height } }')).errors.length, 0);
});
