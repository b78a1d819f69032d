import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ADDRESSES_A_TELLER, AddressBook, AVOID_MS, BOOK_ADDRESSES } from '../../src/peers/discovery/addressBook.js';
import { hostOf, networkOf } from '../../src/peers/address.js';

const url = (host: string) => `http://${host}:4000/graphql`;
const urls = (name: string, count: number) => Array.from({ length: count }, (_, i) => url(`${name}-${i}.example`));

/** Every address of the book that is wanted. */
function all(book: AddressBook): string[] {
  const found = new Set<string>();
  const look = (address: string) => found.add(address).size === 0;
  book.pick(look, () => 0);
  return [...found];
}

describe('the address book', () => {
  it('keeps at most so many addresses from one source, the last ones, whatever the port of the source', () => {
    const book = new AddressBook();
    const told = urls('many', ADDRESSES_A_TELLER + 10);
    book.add('http://teller.example:1/graphql', told.slice(0, ADDRESSES_A_TELLER));
    assert.equal(book.size, ADDRESSES_A_TELLER);
    book.add('http://teller.example:2/graphql', told.slice(ADDRESSES_A_TELLER));
    assert.deepEqual(all(book), told.slice(10));
  });

  it('keeps at most so many in all, and a source of few keeps them', () => {
    const book = new AddressBook();
    book.add(url('small.example'), urls('small', 3));
    for (let i = 0; i < 40; i++) book.add(url(`teller-${i}.example`), urls(`t${i}`, ADDRESSES_A_TELLER));
    assert.equal(book.size, BOOK_ADDRESSES);
    const kept = all(book);
    for (const address of urls('small', 3)) assert.ok(kept.includes(address), address);
  });

  it('keeps one address a host and teller, but every port of a closed network', () => {
    const book = new AddressBook();
    book.add(url('teller.example'), ['http://victim.example:1/graphql', 'http://victim.example:2/graphql']);
    assert.deepEqual(all(book), ['http://victim.example:2/graphql']);
    book.add(url('127.0.0.1'), ['http://127.0.0.1:1/graphql', 'http://127.0.0.1:2/graphql']);
    assert.equal(book.size, 3);
  });

  it('draws a source first: a source of sixty is not drawn more often than a source of one', () => {
    const book = new AddressBook();
    book.add(url('honest.example'), [url('one.example')]);
    book.add(url('loud.example'), urls('loud', 60));
    let draws = 0;
    for (let i = 0; i < 100; i++)
      if (
        book.pick(
          () => true,
          () => i / 100,
        ) === url('one.example')
      )
        draws++;
    assert.equal(draws, 50);
  });

  it('forgets an avoided address, whatever its source, and says so for ten minutes', () => {
    const book = new AddressBook();
    const [address, other] = urls('node', 2) as [string, string];
    book.add(url('one.example'), [address]);
    book.add(url('two.example'), [address, other]);
    assert.equal(book.isAvoided(address, 0), false);
    book.avoid(address, 0);
    assert.deepEqual([all(book), book.size], [[other], 1]);
    assert.equal(book.isAvoided(address, AVOID_MS - 1), true);
    assert.equal(book.isAvoided(address, AVOID_MS), false);
  });

  it('gives only wanted addresses, and nothing when there is none', () => {
    const book = new AddressBook();
    assert.equal(
      book.pick(
        () => true,
        () => 0,
      ),
      undefined,
    );
    book.add(url('teller.example'), urls('node', 5));
    assert.equal(
      book.pick(
        () => false,
        () => 0,
      ),
      undefined,
    );
    assert.equal(
      book.pick(
        (address) => address.includes('-3.'),
        () => 0,
      ),
      url('node-3.example'),
    );
  });

  it('counts right and stays within its bounds whatever it learns and avoids', () => {
    const name = fc.integer({ min: 0, max: 120 }).map((i) => url(`node-${i}.example`));
    const told = fc.record({ teller: name, addresses: fc.array(name, { maxLength: 128 }), avoided: name });
    fc.assert(
      fc.property(fc.array(told, { maxLength: 40 }), (rounds) => {
        const book = new AddressBook();
        for (const { teller, addresses, avoided } of rounds) {
          book.add(teller, addresses);
          book.avoid(avoided, 0);
          assert.ok(!all(book).includes(avoided));
          assert.ok(book.size <= BOOK_ADDRESSES);
        }
        // Each address is drawn by one of its sources: the count is right.
        for (const address of all(book)) book.avoid(address, 0);
        assert.equal(book.size, 0);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the price for an attacker', () => {
  for (const [address, host, network] of [
    ['http://1.2.3.4:4000/a', '1.2.3.4', '1.2'],
    ['http://a.b.example.org/x', 'a.b.example.org', 'example.org'],
    ['http://[2606:4700:1::1]:4000/x', '[2606:4700:1::1]', '2606:4700'],
    ['http://10.0.0.1:4000/x', 'http://10.0.0.1:4000', 'http://10.0.0.1:4000'],
  ] as const) {
    it(`of ${address} is the host ${host} and the network ${network}`, () => {
      assert.deepEqual([hostOf(address), networkOf(address)], [host, network]);
    });
  }
});
