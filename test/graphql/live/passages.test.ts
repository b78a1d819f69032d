import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { carried, carry } from '../../../src/graphql/live/passages.js';

describe('the passage through graphql-ws', () => {
  it('hands over the result of an operation that was begun', () => {
    const result = { data: { chain: { height: 1 } } };
    assert.equal(carried(carry({ kind: 'single', result })), result);
  });

  it('throws for a refused operation, whose errors end it before', () => {
    const refused = carry({ kind: 'refused', errors: [{ message: 'too much' }] });
    assert.throws(() => carried(refused), /expected an operation that was begun, got a refused one/);
  });
});
