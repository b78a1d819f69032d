import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cursorFormat, INDEX_CURSOR, type ListSource, Page, type PageArguments } from '../../src/graphql/page.js';
import { indexRange } from '../../src/util/pages.js';

const numbers = (length: number): ListSource<number, number, string> => ({
  cursor: INDEX_CURSOR,
  page: (request) => {
    const { start, end } = indexRange(request, length);
    return Array.from({ length: end - start }, (_, i) => start + i);
  },
  position: (item) => item,
  node: (item) => `item ${item}`,
  count: () => length,
});

const page = (length: number, request: PageArguments) => new Page(numbers(length), request);
const cursor = (index: number) => INDEX_CURSOR.encode(index);

describe('a page', () => {
  it('is 20 items from the front unless asked otherwise', () => {
    const { nodes, edges, totalCount, pageInfo } = page(30, {});
    assert.equal(nodes.length, 20);
    assert.equal(nodes[0], 'item 0');
    assert.deepEqual(edges[19], { cursor: cursor(19), node: 'item 19' });
    assert.equal(totalCount, 30);
    assert.equal(pageInfo.startCursor, cursor(0));
    assert.equal(pageInfo.endCursor, cursor(19));
    assert.equal(pageInfo.hasNextPage(), true);
    assert.equal(pageInfo.hasPreviousPage(), false);
  });

  it('is the end of the list with last', () => {
    assert.deepEqual(page(30, { last: 2 }).nodes, ['item 28', 'item 29']);
    assert.deepEqual(page(30, { last: 2, before: cursor(10) }).nodes, ['item 8', 'item 9']);
  });

  it('lies strictly between its cursors', () => {
    assert.deepEqual(page(30, { after: cursor(3), before: cursor(6) }).nodes, ['item 4', 'item 5']);
    assert.deepEqual(page(30, { after: cursor(6), before: cursor(3) }).nodes, []);
    assert.deepEqual(page(30, { after: cursor(29) }).nodes, []);
    assert.deepEqual(page(3, { after: cursor(4_000_000_000) }).nodes, []);
  });

  it('may be empty, and still reports whether items are before and after it', () => {
    const { nodes, pageInfo } = page(3, { first: 0 });
    assert.deepEqual(nodes, []);
    assert.equal(pageInfo.startCursor, undefined);
    assert.equal(pageInfo.hasNextPage(), true);
    assert.equal(pageInfo.hasPreviousPage(), false);
    assert.equal(page(3, { after: cursor(2) }).pageInfo.hasPreviousPage(), true);
    assert.equal(page(3, { after: cursor(2) }).pageInfo.hasNextPage(), false);
    assert.equal(page(3, { last: 5, before: cursor(0) }).pageInfo.hasNextPage(), true);
    assert.equal(page(3, { last: 5, before: cursor(0) }).pageInfo.hasPreviousPage(), false);
    assert.equal(page(0, {}).pageInfo.hasNextPage(), false);
    assert.equal(page(0, { last: 1 }).pageInfo.hasPreviousPage(), false);
  });

  it('of any size leads through the whole list, forwards and backwards', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.integer({ min: 1, max: 25 }), (length, size) => {
        const all = Array.from({ length }, (_, i) => `item ${i}`);
        const forwards: string[] = [];
        for (let after: string | undefined, more = true; more;) {
          const { nodes, pageInfo } = page(length, { first: size, after });
          forwards.push(...nodes);
          assert.equal(pageInfo.hasPreviousPage(), forwards.length > nodes.length);
          more = pageInfo.hasNextPage();
          after = pageInfo.endCursor;
        }
        assert.deepEqual(forwards, all);
        const backwards: string[] = [];
        for (let before: string | undefined, more = true; more;) {
          const { nodes, pageInfo } = page(length, { last: size, before });
          backwards.unshift(...nodes);
          assert.equal(pageInfo.hasNextPage(), backwards.length > nodes.length);
          more = pageInfo.hasPreviousPage();
          before = pageInfo.startCursor;
        }
        assert.deepEqual(backwards, all);
      }),
    );
  });
});

describe('a page is refused', () => {
  const refused = (request: PageArguments, message: RegExp) =>
    assert.throws(() => page(3, request), { message, extensions: { code: 'BAD_USER_INPUT' } });

  it('with both first and last', () => {
    page(3, { first: 1, last: null });
    refused({ first: 1, last: 1 }, /expected first or last, got both/);
  });

  it('beyond 100 items or below 0', () => {
    page(3, { first: 100 });
    page(3, { last: 100 });
    refused({ first: 101 }, /first: expected 0 to 100, got 101/);
    refused({ first: -1 }, /first: expected 0 to 100, got -1/);
    refused({ last: 101 }, /last: expected 0 to 100, got 101/);
  });

  it('with a cursor that is not one of this list', () => {
    const other = cursorFormat<number>(
      9,
      4,
      (encoder, value) => encoder.u32(value),
      (decoder) => decoder.u32(),
    );
    page(3, { after: cursor(1) });
    for (const text of ['', 'x', '!!!!', `${cursor(1)}=`, ` ${cursor(1)}`, cursor(1).slice(0, -1), other.encode(1)]) {
      refused({ after: text }, /after: expected a cursor of this list, got "/);
      refused({ before: text }, /before: expected a cursor of this list, got "/);
    }
  });
});
