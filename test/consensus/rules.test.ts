import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { blockSize, createHeader, transactionsRoot, type Block, type BlockHeader } from '../../src/consensus/block.js';
import { meetsTarget } from '../../src/consensus/pow.js';
import { createTransaction } from '../../src/consensus/transaction.js';
import {
  checkSignatures,
  checkSize,
  checkTransactionsAlone,
  checkTransactionsRoot,
} from '../../src/consensus/blockRules.js';
import {
  checkHeader,
  checkHeaderAlone,
  checkHeaderOnParent,
  checkNotFromFuture,
  HeaderWindow,
} from '../../src/consensus/headers.js';
import { toHex } from '../../src/crypto/bytes.js';
import { mineBlock, mineBlocks, STARTING_BALANCE, testAccount, testNetwork, transfer } from '../support/blocks.js';
import { testChain } from '../support/chain.js';

const network = testNetwork();
const [alice, bob] = [testAccount(0), testAccount(1)];
const genesis = network.genesis.header;
const pay = (nonce: number, amount = 1n) => transfer({ network, from: alice, to: bob, amount, nonce });
const transactions = [pay(0), pay(1)];
const block = mineBlock({ network, parent: genesis, transactions });
const { header } = block;
const onGenesis = new HeaderWindow([genesis]);

describe('rule 1, size', () => {
  it('BLOCK_TOO_LARGE: one byte more than the network allows', () => {
    const size = blockSize(transactions);
    assert.equal(checkSize(block, { ...network, maxBlockBytes: size }), undefined);
    assert.deepEqual(checkSize(block, { ...network, maxBlockBytes: size - 1 }), {
      code: 'BLOCK_TOO_LARGE',
      maximum: size - 1,
      got: size,
    });
  });
});

describe('rule 2, header well-formed', () => {
  it('MALFORMED: a height, time or target that no header has', () => {
    assert.equal(checkHeaderAlone(header, network), undefined);
    assert.equal(
      checkHeaderAlone({ ...header, height: 2 ** 31 - 1, timestamp: 253_402_300_799_999 }, network),
      undefined,
    );
    for (const [field, values] of [
      ['height', [0, -1, 1.5, 2 ** 31, Number.NaN]],
      ['timestamp', [-1, 1.5, 253_402_300_800_000, Number.NaN]],
      ['target', [0, -1, 0x1d80ffff, 0x1d0000ff, 0xff123456]],
    ] as const) {
      for (const value of values) {
        const fault = checkHeaderAlone({ ...header, [field]: value }, network);
        assert.ok(
          fault?.code === 'MALFORMED' && fault.field === field && fault.got === `${value}`,
          `${field} ${value}`,
        );
      }
    }
  });
});

describe('rule 3, proof of work', () => {
  it('INVALID_PROOF_OF_WORK: a hash above the target', () => {
    assert.equal(checkHeaderAlone(header, network), undefined);
    let missed: BlockHeader = header;
    for (let nonce = 0n; meetsTarget(missed.hash, missed.target); nonce++) missed = createHeader(header, nonce);
    assert.deepEqual(checkHeaderAlone(missed, network), {
      code: 'INVALID_PROOF_OF_WORK',
      hash: toHex(missed.hash),
      target: header.target,
    });
  });

  it('INVALID_TARGET: a target above the network’s limit, however good the hash', () => {
    const strict = { ...network, targetLimit: 0x1f7fffff };
    assert.deepEqual(checkHeaderAlone(header, strict), {
      code: 'INVALID_TARGET',
      expected: 0x1f7fffff,
      got: header.target,
    });
  });
});

describe('rule 4, parent', () => {
  it('UNKNOWN_PARENT: the parent is missing, and the block waits for it', async () => {
    const { add } = testChain(network);
    const [first, second] = mineBlocks(2, { network, parent: genesis }) as [Block, Block];
    const orphan = await add(second);
    assert.ok(orphan.status === 'orphan');
    assert.deepEqual(orphan.rejection, { code: 'UNKNOWN_PARENT', parent: toHex(first.header.hash) });
    assert.equal((await add(first)).status, 'connected');
    assert.equal((await add(second)).status, 'known');
  });

  it('INVALID_PARENT: it breaks a rule, and so does all that stands on it', async () => {
    const { add } = testChain(network);
    const broken = mineBlock({ network, parent: genesis, transactions: [pay(7)] });
    assert.equal((await add(broken)).status, 'rejected');
    const outcome = await add(mineBlock({ network, parent: broken.header }));
    assert.ok(outcome.status === 'rejected' && outcome.invalid);
    assert.deepEqual(outcome.rejection, { code: 'INVALID_PARENT', parent: toHex(broken.header.hash) });
    assert.equal((await add(block)).status, 'connected');
  });

  it('a header is never checked on a parent that is not its own', () => {
    assert.equal(checkHeaderOnParent(header, onGenesis, network), undefined);
    assert.throws(() => checkHeaderOnParent(header, new HeaderWindow([header]), network), /expected a header on block/);
    assert.throws(() => new HeaderWindow([header]).append(header), /expected a header on block/);
  });
});

describe('rule 5, height', () => {
  it('MALFORMED: another height than the parent’s and one', () => {
    assert.equal(checkHeaderOnParent(header, onGenesis, network), undefined);
    for (const height of [2, 3]) {
      assert.deepEqual(checkHeaderOnParent({ ...header, height }, onGenesis, network), {
        code: 'MALFORMED',
        field: 'height',
        expected: '1',
        got: `${height}`,
      });
    }
  });
});

describe('rule 6, target', () => {
  it('INVALID_TARGET: easier or harder than the schedule says', () => {
    assert.equal(checkHeaderOnParent(header, onGenesis, network), undefined);
    for (const target of [0x1f7fffff, 0x2100ffff]) {
      assert.deepEqual(checkHeaderOnParent({ ...header, target }, onGenesis, network), {
        code: 'INVALID_TARGET',
        expected: header.target,
        got: target,
      });
    }
  });
});

describe('rule 7, time above the median', () => {
  it('INVALID_TIMESTAMP: at or before the median of the last eleven', () => {
    const at = (...seconds: number[]) => seconds.map((second) => genesis.timestamp + second * 1_000);
    // Only the last eleven count: the fifties before them would raise the median.
    const times = at(50, 50, 50, 100, 9, 1, 8, 2, 7, 3, 6, 4, 5, 0);
    const window = new HeaderWindow(times.map((timestamp) => ({ ...genesis, timestamp })));
    const [median] = at(5) as [number];
    assert.equal(window.medianTime(), median);
    const next = mineBlock({ network, parent: window.last, timestamp: median + 1 }).header;
    assert.equal(checkHeaderOnParent(next, window, network), undefined);
    for (const timestamp of [median, median - 1, 0]) {
      const fault = checkHeaderOnParent({ ...next, timestamp }, window, network);
      assert.ok(fault?.code === 'INVALID_TIMESTAMP' && fault.after === median && fault.got === timestamp);
    }
  });

  it('the median of an even number is the upper one, so that the first block is later than genesis', () => {
    const medianOf = (...times: number[]) =>
      new HeaderWindow(times.map((timestamp) => ({ ...genesis, timestamp }))).medianTime();
    assert.equal(medianOf(5), 5);
    assert.equal(medianOf(1, 2), 2);
    assert.equal(medianOf(4, 1, 3, 2), 3);
  });
});

describe('rule 8, time not from the future', () => {
  it('INVALID_TIMESTAMP: more than two minutes ahead of this node’s clock', () => {
    const now = header.timestamp - 120_000;
    assert.equal(checkNotFromFuture(header, onGenesis, now), undefined);
    assert.deepEqual(checkNotFromFuture(header, onGenesis, now - 1), {
      code: 'INVALID_TIMESTAMP',
      after: genesis.timestamp,
      notAfter: header.timestamp - 1,
      got: header.timestamp,
    });
  });

  it('is deferred and never held against the block: the same one is connected when its time has come', async () => {
    const { add } = testChain(network);
    const early = await add(block, header.timestamp - 120_001);
    assert.ok(early.status === 'rejected' && !early.invalid);
    assert.equal((await add(block, header.timestamp - 120_000)).status, 'connected');
  });
});

describe('headers in a row, rules 2 to 7', () => {
  it('each is checked on the one before it, with the times of the last eleven', () => {
    const window = new HeaderWindow([genesis]);
    const headers = mineBlocks(15, { network, parent: genesis }).map((mined) => mined.header);
    for (const next of headers) {
      const missed = { ...next, hash: new Uint8Array(32).fill(255) };
      assert.equal(checkHeader(missed, window, network)?.code, 'INVALID_PROOF_OF_WORK');
      assert.equal(checkHeader(next, window, network), undefined);
      window.append(next);
    }
    assert.equal(window.last, headers[14]);
    assert.equal(window.medianTime(), headers[9]!.timestamp);
    const late = mineBlock({ network, parent: window.last, timestamp: headers[9]!.timestamp }).header;
    assert.equal(checkHeader(late, window, network)?.code, 'INVALID_TIMESTAMP');
  });
});

describe('rule 9, the body belongs to the header', () => {
  it('INVALID_TRANSACTIONS_ROOT: transactions missing, added, exchanged or signed again; another count', () => {
    assert.equal(checkTransactionsRoot(block), undefined);
    const [first, second] = transactions as [(typeof transactions)[0], (typeof transactions)[0]];
    const resigned = createTransaction(network.chainId, second, first.signature);
    for (const body of [[], [first], [second, first], [first, first], [first, resigned], [first, second, second]]) {
      const fault = checkTransactionsRoot({ header, transactions: body });
      assert.ok(fault?.code === 'INVALID_TRANSACTIONS_ROOT');
      assert.equal(fault.got, `${toHex(transactionsRoot(body))} of ${body.length}`);
    }
    const miscounted = checkTransactionsRoot({ ...block, header: { ...header, transactionCount: 3 } });
    assert.equal(miscounted?.code, 'INVALID_TRANSACTIONS_ROOT');
  });

  it('is never held against the hash: junk under a good header does not keep the real block out', async () => {
    const { add } = testChain(network);
    const junk = await add({ header, transactions: [] });
    assert.ok(junk.status === 'rejected' && !junk.invalid);
    assert.equal((await add(block)).status, 'connected');
  });
});

describe('rule 10, each transaction is valid alone', () => {
  it('INVALID_TRANSACTION: the first that is not, by its place', () => {
    assert.equal(checkTransactionsAlone(block), undefined);
    const nothing = transfer({ network, from: alice, to: bob, amount: 0n, nonce: 1 });
    assert.deepEqual(checkTransactionsAlone({ header, transactions: [transactions[0]!, nothing, nothing] }), {
      code: 'INVALID_TRANSACTION',
      index: 1,
      cause: { code: 'INVALID_AMOUNT', amount: 0n, fee: 0n },
    });
    const unsigned = createTransaction(network.chainId, transactions[0]!, new Uint8Array(64));
    assert.deepEqual(checkTransactionsAlone({ header, transactions: [unsigned] }), {
      code: 'INVALID_TRANSACTION',
      index: 0,
      cause: { code: 'INVALID_SIGNATURE', fault: 'small-order' },
    });
  });
});

describe('rule 11, signatures', () => {
  it('INVALID_TRANSACTION: the first whose equation does not hold', () => {
    assert.equal(checkSignatures([]), undefined);
    assert.equal(checkSignatures([true, true]), undefined);
    assert.deepEqual(checkSignatures([true, false, false]), {
      code: 'INVALID_TRANSACTION',
      index: 1,
      cause: { code: 'INVALID_SIGNATURE', fault: 'equation' },
    });
  });

  it('is held against the hash, which commits to the signatures', async () => {
    const { add } = testChain(network);
    const forged = createTransaction(network.chainId, transactions[0]!, transactions[1]!.signature);
    const outcome = await add(mineBlock({ network, parent: genesis, transactions: [forged] }));
    assert.ok(outcome.status === 'rejected' && outcome.invalid);
    assert.equal(outcome.rejection.code, 'INVALID_TRANSACTION');
    assert.equal((await add(block)).status, 'connected');
  });
});

describe('rule 12, state', () => {
  it('INVALID_TRANSACTION: a nonce out of order or missing funds, after the transactions before it', async () => {
    for (const [body, index, code] of [
      [[pay(1)], 0, 'NONCE_TOO_HIGH'],
      [[pay(0), pay(0)], 1, 'NONCE_TOO_LOW'],
      [[pay(0), pay(1, STARTING_BALANCE)], 1, 'INSUFFICIENT_FUNDS'],
    ] as const) {
      const { add } = testChain(network);
      const outcome = await add(mineBlock({ network, parent: genesis, transactions: body }));
      assert.ok(outcome.status === 'rejected' && outcome.invalid);
      assert.ok(outcome.rejection.code === 'INVALID_TRANSACTION');
      assert.deepEqual([outcome.rejection.index, outcome.rejection.cause.code], [index, code]);
      assert.equal((await add(block)).status, 'connected');
    }
  });
});
