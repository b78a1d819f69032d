import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HeaderChain } from '../../src/client/headers.js';
import type { HeaderFragment } from '../../src/client/operations/public.js';
import { readHeader } from '../../src/client/codec.js';
import { createHeader, encodeHeader, decodeHeader, type BlockHeader } from '../../src/consensus/block.js';
import { workOf } from '../../src/consensus/pow.js';
import { toHex } from '../../src/crypto/bytes.js';
import { mineBlock, mineBlocks, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { blockInput } from '../support/node.js';

const network = testNetwork();
const transactions = [transfer({ network, from: testAccount(0), to: testAccount(1), amount: 5n, nonce: 0 })];
const headers = mineBlocks(30, { network, parent: network.genesis.header }).map(({ header }) => header);
const now = headers.at(-1)!.timestamp;
const tip = headers.at(-1)!;

/** Headers as a node sends them. */
function told(header: BlockHeader): HeaderFragment {
  const input = blockInput(network, { header, transactions: [] });
  return { ...input, transactionCount: header.transactionCount, hash: toHex(header.hash) } as unknown as HeaderFragment;
}

function chainTo(count: number): HeaderChain {
  const chain = new HeaderChain(network);
  for (const header of headers.slice(0, count)) assert.equal(chain.append(header, now), undefined);
  return chain;
}

describe('a chain of headers', () => {
  it('is followed from genesis, and adds up its work', () => {
    const chain = chainTo(30);
    assert.equal(chain.tip, tip);
    const genesisWork = workOf(network.genesis.header.target);
    assert.equal(
      chain.work,
      headers.reduce((work, { target }) => work + workOf(target), genesisWork),
    );
  });

  it('is refused when one bit of any byte of a header is changed', () => {
    // Some 4,096 tries a block: no change is good by chance, and the fixed keys and times make it the same in every run.
    const hard = testNetwork({ target: 0x1f0f_ffff, targetLimit: 0x1f0f_ffff });
    const { header } = mineBlock({ network: hard, parent: hard.genesis.header });
    const good = encodeHeader(header);
    assert.equal(new HeaderChain(hard).append(decodeHeader(good), header.timestamp), undefined);
    const isRefused = (bytes: Uint8Array): boolean => {
      try {
        return new HeaderChain(hard).append(decodeHeader(bytes), header.timestamp) !== undefined;
      } catch (error) {
        // The tag, or a number that no double holds.
        return error instanceof RangeError;
      }
    };
    const passed = [...good.keys()].filter((at) => !isRefused(good.map((byte, i) => (i === at ? byte ^ 1 : byte))));
    assert.deepEqual(passed, []);
  });

  const next = (options: Partial<Parameters<typeof mineBlock>[0]>) =>
    mineBlock({ network, parent: tip, ...options }).header;
  for (const [code, wrong] of [
    ['UNKNOWN_PARENT', () => next({ parent: headers[5]! })],
    ['MALFORMED', () => sealed({ ...next({}), height: tip.height + 2 })],
    ['INVALID_TARGET', () => next({ target: 0x2000_ffff })],
    ['INVALID_TIMESTAMP', () => next({ timestamp: headers[24]!.timestamp })],
    ['INVALID_TIMESTAMP', () => next({ timestamp: now + 120_001 })],
    ['INVALID_PROOF_OF_WORK', () => unsealed(next({}))],
  ] as const) {
    it(`${code}: says which rule is broken, and adds nothing`, () => {
      const chain = chainTo(30);
      const { work } = chain;
      assert.equal(chain.append(wrong(), now)?.code, code);
      assert.deepEqual([chain.tip, chain.work], [tip, work]);
      assert.equal(chain.append(next({}), now), undefined);
    });
  }
});

describe('a header from a node', () => {
  const block = mineBlock({ network, parent: tip, transactions }).header;

  it('is read with its hash computed here', () => {
    assert.deepEqual(readHeader(network, told(block)), block);
  });

  for (const [field, wrong] of Object.entries({
    height: block.height + 1,
    previousHash: toHex(tip.previousHash),
    transactionsRoot: toHex(tip.transactionsRoot),
    transactionCount: 2,
    timestamp: new Date(block.timestamp + 1).toISOString(),
    target: block.target - 1,
    miner: told(headers[0]!).miner.replace(/^cortest1/, 'cor1'),
    nonce: `${block.nonce + 1n}`,
    hash: toHex(tip.hash),
  })) {
    it(`is refused with another ${field}`, () => {
      readHeader(network, told(block));
      assert.throws(() => readHeader(network, { ...told(block), [field]: wrong }), RangeError);
    });
  }

  for (const [field, wrong] of Object.entries({
    height: -1,
    previousHash: 'zz',
    transactionsRoot: '00',
    transactionCount: 2 ** 32,
    timestamp: 'yesterday',
    target: 1.5,
    miner: '',
    nonce: '0x10',
  })) {
    it(`is refused with a malformed ${field}`, () => {
      assert.throws(() => readHeader(network, { ...told(block), [field]: wrong }), RangeError);
    });
  }
});

/** With a nonce that is good for these fields. */
function sealed(header: BlockHeader): BlockHeader {
  for (let nonce = 0n; ; nonce++) {
    const tried = createHeader(header, nonce);
    if (tried.hash[0]! < 0x40) return tried;
  }
}

/** With a nonce that is not. */
function unsealed(header: BlockHeader): BlockHeader {
  for (let nonce = 0n; ; nonce++) {
    const tried = createHeader(header, nonce);
    if (tried.hash[0]! >= 0x80) return tried;
  }
}
