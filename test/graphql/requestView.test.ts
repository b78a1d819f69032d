import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeBody } from '../../src/consensus/block.js';
import { auditPath, MerkleTree } from '../../src/crypto/merkle.js';
import { BlockCache } from '../../src/graphql/blockCache.js';
import { RequestView, STRANGER_WORK, type WorkLimits } from '../../src/graphql/requestView.js';
import { testAccount, transfer } from '../support/blocks.js';
import { testServices } from './testServices.js';

/** A block of three transfers, and a view that counts how often its body is read. */
async function viewed(limits: Partial<WorkLimits> = {}, blocks = new BlockCache()) {
  const { services, chain, network, mine } = testServices();
  const pay = (nonce: number) =>
    transfer({ network, from: testAccount(0), to: testAccount(1), amount: 1n, fee: 5n, nonce });
  const block = await mine({ transactions: [pay(0), pay(1), pay(2)] });
  let reads = 0;
  const snapshot = () => {
    const reader = services.chain.snapshot();
    const body = (...range: Parameters<typeof reader.body>) => {
      reads++;
      return reader.body(...range);
    };
    return new Proxy(reader, { get: (target, name): unknown => (name === 'body' ? body : Reflect.get(target, name)) });
  };
  const view = new RequestView({ chain: { snapshot }, blocks }, { ...STRANGER_WORK, ...limits });
  return { view, block, header: chain.tip(), network, reads: () => reads };
}

function busy(milliseconds: number): void {
  for (const until = performance.now() + milliseconds; performance.now() < until;);
}

const TOO_EXPENSIVE = { extensions: { code: 'QUERY_TOO_EXPENSIVE' } };

describe('what a request computes of a block', () => {
  it('is right, and computed once however often it is asked for', async () => {
    const { view, block, header, network, reads } = await viewed();
    for (let again = 0; again < 3; again++) {
      assert.deepEqual(await view.body(header), encodeBody(block.transactions));
      assert.equal(await view.fees(header), 15n);
      const leaves = block.transactions.map(({ leaf }) => leaf);
      for (const index of leaves.keys()) {
        assert.deepEqual((await view.proofs(header, network.chainId)).path(index), auditPath(leaves, index));
      }
    }
    assert.equal(reads(), 3, 'once for each');
  });

  it('threat many-blocks: counts by the bytes that it reads, up to what the operation may cost', async () => {
    const { view, header, network } = await viewed({ cost: 20 });
    assert.equal(view.cost, 0);
    await view.fees(header);
    const { cost } = view;
    await view.fees(header);
    assert.equal(view.cost, cost, 'shared');
    await assert.rejects(view.proofs(header, network.chainId), TOO_EXPENSIVE);
  });

  it('is there for the next request, which does not pay for it', async () => {
    const blocks = new BlockCache();
    const first = await viewed({}, blocks);
    await first.view.fees(first.header);
    await first.view.proofs(first.header, first.network.chainId);
    assert.ok(first.view.cost > 0);
    const next = await viewed({}, blocks);
    assert.deepEqual(next.header, first.header, 'the same block');
    assert.equal(await next.view.fees(next.header), 15n);
    const proofs = await next.view.proofs(next.header, next.network.chainId);
    const leaves = next.block.transactions.map(({ leaf }) => leaf);
    assert.deepEqual(proofs.path(1), auditPath(leaves, 1));
    assert.deepEqual([next.view.cost, next.reads()], [0, 0]);
  });

  it('is there for the fees of a block that came on top, and not read for those of many', async () => {
    const blocks = new BlockCache();
    const { view, block, header, reads } = await viewed({}, blocks);
    blocks.tipChanged({ connected: [header, header], body: () => assert.fail('read') });
    blocks.tipChanged({ connected: [header], body: () => block.transactions });
    assert.equal(await view.fees(header), 15n);
    assert.deepEqual([view.cost, reads()], [0, 0]);
  });

  it('is remembered within so many bytes, what was used last', async () => {
    const tree = (count: number) => new MerkleTree(new Uint8Array(32 * count));
    const { bytes } = tree(4);
    const { proofs } = new BlockCache(2 * bytes);
    proofs.set('a', tree(4));
    proofs.set('b', tree(4));
    assert.ok(proofs.get('a'));
    proofs.set('c', tree(4));
    assert.deepEqual(
      ['a', 'b', 'c'].filter((key) => proofs.get(key)),
      ['a', 'c'],
    );
    proofs.set('c', tree(4));
    assert.ok(proofs.get('a'), 'the same again takes no more room');
    proofs.set('d', tree(64));
    assert.deepEqual(
      ['a', 'b', 'c', 'd'].filter((key) => proofs.get(key)),
      [],
      'one that is larger than all room',
    );
  });

  it('threat long-answers: holds bodies up to a bound, and one in every case', async () => {
    const { view, header } = await viewed();
    const large = { ...header, size: 3 * 1024 * 1024 };
    assert.ok((await view.body(large)).length > 0);
    await assert.rejects(view.body(header), {
      ...TOO_EXPENSIVE,
      message: /an answer of at most 2097152 bytes, or one body/,
    });
    const { view: other } = await viewed();
    for (let i = 0; i < 100; i++) await other.body(header);
  });
});

describe('the turns of a request', () => {
  it('threat long-turns: end after 10 ms of work, and go on in the order in which they were asked for', async () => {
    const { view } = await viewed();
    assert.equal(view.turn(), undefined);
    busy(11);
    let others = 0;
    setImmediate(() => others++);
    const order: number[] = [];
    const waits = [1, 2, 3].map((number) => view.turn()!.then(() => order.push(number)));
    assert.deepEqual(order, []);
    await Promise.all(waits);
    assert.deepEqual([order, others], [[1, 2, 3], 1]);
    assert.equal(view.turn(), undefined, 'a new turn has begun');
  });

  it('threat long-turns: others have theirs while a block is read, however large it is', async () => {
    const { view, header } = await viewed();
    // As a block of many transactions, whose reading takes long.
    const large = { ...header, transactionCount: 512 * 3 };
    void view.turn();
    busy(11);
    let others = 0;
    setImmediate(() => others++);
    const body = view.body(large);
    assert.equal(others, 0);
    await body;
    assert.equal(others, 1);
  });

  it('threat long-answers-together: those of many requests take theirs one by one, with what came meanwhile in between', async () => {
    const views = await Promise.all([1, 2, 3].map(async () => (await viewed()).view));
    const order: string[] = [];
    for (const view of views) void view.turn();
    busy(11);
    const waits = views.map((view, index) => view.turn()!.then(() => order.push(`request ${index}`)));
    // Each is added when the event loop comes round.
    for (let round = 0; round < 3; round++) {
      await new Promise((resolve) => setImmediate(resolve));
      order.push('others');
    }
    await Promise.all(waits);
    assert.deepEqual(
      order.filter((who) => who !== 'others'),
      ['request 0', 'request 1', 'request 2'],
    );
    assert.match(order.join(), /request 0,others,request 1,others,request 2/);
  });

  it('threat endless-query: end with an error when all of them took too long, whatever it was estimated to cost', async () => {
    // Several turns, also where other programs take the time of one.
    const { view } = await viewed({ workMs: 300 });
    void view.turn();
    busy(11);
    await view.turn();
    await assert.rejects(async () => {
      for (let turns = 0; turns < 50; turns++) {
        busy(11);
        await view.turn();
      }
    }, TOO_EXPENSIVE);
    assert.throws(() => view.turn(), TOO_EXPENSIVE);
  });

  it('do not count what a request waits for', async () => {
    const { view } = await viewed({ workMs: 15 });
    for (let i = 0; i < 5; i++) {
      void view.turn();
      view.rest();
      busy(11);
    }
    assert.equal(view.turn(), undefined);
  });
});
