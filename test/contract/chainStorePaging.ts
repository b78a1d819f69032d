import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import type { ChainReader, ChainStore } from '../../src/chain/chainStore.js';
import type { Network } from '../../src/consensus/network.js';
import { mineBlock, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { makeTip, readStore } from '../support/storeCommits.js';
import type { PageRequest } from '../../src/util/pages.js';

const network = testNetwork();
const [alice, bob] = [testAccount(0), testAccount(1)];

/** The contract of every ChainStore for pages; `open` gives an empty one of the network. */
export function chainStorePagingContract(name: string, open: (network: Network) => Promise<ChainStore>): void {
  describe(`${name}: paging contract`, () => {
    let store: ChainStore;

    before(async () => {
      // Four blocks of two or three transactions; accounts 4 to 8 get equal balances.
      store = await open(network);
      let parent = network.genesis.header;
      for (let height = 0; height < 4; height++) {
        const recipients = [testAccount(4 + height), bob, ...(height % 2 === 0 ? [testAccount(8)] : [])];
        const transactions = recipients.map((to, index) =>
          transfer({ network, from: alice, to, amount: 5n, nonce: 10 * height + index - skipped(height) }),
        );
        const block = mineBlock({ network, parent, transactions });
        await makeTip(store, network, block);
        parent = block.header;
      }
    });
    after(() => store.close());

    it('lists an account with its newest transaction first', () => {
      readStore(store, (reader) => {
        const all = reader.history(alice.publicKey, { limit: 100, fromEnd: false });
        assert.deepEqual(
          all.map(({ block, index }) => [block.height, index]),
          [
            [4, 1],
            [4, 0],
            [3, 2],
            [3, 1],
            [3, 0],
            [2, 1],
            [2, 0],
            [1, 2],
            [1, 1],
            [1, 0],
          ],
        );
        assert.equal(reader.historyCount(alice.publicKey), all.length);
        assert.equal(reader.historyCount(bob.publicKey), 4);
      });
    });

    it('lists equal balances in the order the accounts were first seen', () => {
      readStore(store, (reader) => {
        const equal = reader.richest({ limit: 100, fromEnd: false }).filter(({ balance }) => balance === 5n);
        assert.deepEqual(
          equal.map(({ publicKey }) => publicKey),
          [4, 5, 6, 7].map((index) => testAccount(index).publicKey),
        );
      });
    });

    it('gives exactly a slice of the whole history', () => {
      readStore(store, (reader) => {
        for (const party of [alice, bob]) {
          const list = (page: PageRequest<{ height: number; index: number }>) => reader.history(party.publicKey, page);
          checkPages(list, ({ block, index }) => ({ height: block.height, index }));
        }
      });
    });

    it('gives exactly a slice of the whole list of the richest', () => {
      readStore(store, (reader: ChainReader) => {
        checkPages(
          (page: PageRequest<{ balance: bigint; number: number }>) => reader.richest(page),
          ({ balance, number }) => ({ balance, number }),
        );
      });
    });
  });
}

/** Pages between any two items, from both ends, against the whole list. */
function checkPages<Item, Position>(
  list: (page: PageRequest<Position>) => Item[],
  positionOf: (item: Item) => Position,
) {
  const all = list({ limit: 1_000, fromEnd: false });
  assert.ok(all.length > 3);
  const index = fc.option(fc.nat(all.length - 1), { nil: undefined });
  fc.assert(
    fc.property(index, index, fc.integer({ min: 0, max: all.length + 2 }), fc.boolean(), (from, to, limit, fromEnd) => {
      const inside = all.slice(from === undefined ? 0 : from + 1, to ?? all.length);
      const expected = fromEnd ? inside.slice(Math.max(0, inside.length - limit)) : inside.slice(0, limit);
      const after = from === undefined ? undefined : positionOf(all[from]!);
      const before = to === undefined ? undefined : positionOf(all[to]!);
      assert.deepEqual(list({ after, before, limit, fromEnd }), expected);
    }),
  );
}

/** Turns ten nonces a block into consecutive ones. */
function skipped(height: number): number {
  return [0, 7, 15, 22][height]!;
}
