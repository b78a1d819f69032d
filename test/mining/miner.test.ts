import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { AddBlockOutcome } from '../../src/chain/outcome.js';
import type { Block } from '../../src/consensus/block.js';
import type { Network } from '../../src/consensus/network.js';
import { Miner, type MinerModules } from '../../src/mining/miner.js';
import { mineBlock, testAccount, testNetwork } from '../support/blocks.js';
import { testChain } from '../support/chain.js';

const network = testNetwork();
const [alice, bob] = [testAccount(0), testAccount(1)];
const { anchor } = network.schedule;

/** The same chain for a miner that finds no block on genesis in a lifetime, and one at once on anything an hour later. */
const lifelong: Network = {
  ...network,
  schedule: { ...network.schedule, anchor: { ...anchor, target: 0x1a00ffff }, halfLife: 1 },
};
const muchLater = () =>
  mineBlock({ network, parent: network.genesis.header, timestamp: network.timestamp + 3_600_000, miner: alice });

interface Setup {
  readonly network?: Network;
  readonly modules?: Partial<MinerModules>;
  /** True by default: the miner hears of new tips, as in a node. */
  readonly hearsOfTips?: boolean;
}

function setup(options: Setup = {}) {
  const { chain, add } = testChain(network);
  const errors: object[] = [];
  let searching!: () => void;
  /** Resolves when the first template is made: the search on it begins in the same turn. */
  const templateTaken = new Promise<void>((resolve) => (searching = resolve));
  const pending = {
    select: () => {
      searching();
      return [];
    },
  };
  const miner = new Miner(
    { network: options.network ?? network, intervalMs: 0 },
    {
      chain: { withSnapshot: (task) => chain.withSnapshot(task), addBlock: (block) => add(block) },
      pending,
      minerKey: () => bob.publicKey,
      // As late as the chain: a clock that is behind it does not mine.
      now: () => chain.tip().timestamp,
      sleep: () => new Promise((resolve) => setImmediate(resolve)),
      log: { error: (details) => errors.push(details) },
      ...options.modules,
    },
  );
  if (options.hearsOfTips ?? true) chain.tipChanged.on(() => miner.restart());
  after(() => miner.close());
  const height = () => chain.read((view) => view.tip().height);
  return { chain, add, miner, errors, height, templateTaken };
}

const statuses = (outcomes: readonly { readonly status: string }[]) => outcomes.map(({ status }) => status);
const timeout = 20_000;

describe('a miner whose clock is behind the chain', () => {
  it('says by how much, and once, searches nothing, and goes on when the clock is right', { timeout }, async () => {
    const clock = { now: network.timestamp };
    const { add, miner, errors, height } = setup({ modules: { now: () => clock.now } });
    await add(mineBlock({ network, parent: network.genesis.header, timestamp: network.timestamp + 30 * 60_000 }));
    const reason = 'this clock is 30 min behind the chain: check the clock';
    assert.deepEqual(await miner.mineBlocks(1), [{ status: 'rejected', rejection: { code: 'CANCELLED', reason } }]);
    miner.start();
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([errors, height()], [[{ reason }], 1]);
    miner.stop();
    clock.now += 30 * 60_000;
    assert.deepEqual(statuses(await miner.mineBlocks(1)), ['connected']);
  });
});

describe('mining on demand', () => {
  it('makes block after block, and pays the miner’s key', async () => {
    const { chain, miner } = setup();
    assert.deepEqual(statuses(await miner.mineBlocks(3)), ['connected', 'connected', 'connected']);
    const tip = chain.read((view) => view.tip());
    assert.equal(tip.height, 3);
    assert.deepEqual(tip.miner, bob.publicKey);
  });

  it('asked twice at once, searches one after the other: no two blocks on one parent', async () => {
    const { miner, height } = setup();
    const [first, second] = await Promise.all([miner.mineBlocks(2), miner.mineBlocks(2)]);
    assert.deepEqual(statuses([...first, ...second]), Array<string>(4).fill('connected'));
    assert.equal(height(), 4);
  });

  it('abandons a stale template when the tip changes, and builds on the new one', { timeout }, async () => {
    const { add, chain, miner, templateTaken } = setup({ network: lifelong });
    const mining = miner.mineBlocks(1);
    await templateTaken;
    const rival = muchLater();
    await add(rival);
    assert.deepEqual(statuses(await mining), ['connected']);
    assert.deepEqual(
      chain.read((view) => view.tip().previousHash),
      rival.header.hash,
    );
  });

  it('searches on no template whose tip changed while it was made', async () => {
    const { add, chain } = testChain(network);
    const offered: Block[] = [];
    const { miner } = setup({
      modules: {
        chain: {
          withSnapshot: async (task) => {
            const made = await chain.withSnapshot(task);
            if (chain.tip().height === 0) {
              await add(mineBlock({ network, parent: network.genesis.header }));
              miner.restart();
            }
            return made;
          },
          addBlock: (block) => {
            offered.push(block);
            return add(block);
          },
        },
      },
    });
    await miner.mineBlocks(1);
    assert.deepEqual(
      offered.map(({ header }) => header.height),
      [2],
    );
  });

  it('goes on when another block came first: a block on a side branch does not count', async () => {
    const { add, chain } = testChain(network);
    const offered: Block[] = [];
    const { miner } = setup({
      modules: {
        chain: {
          withSnapshot: (task) => chain.withSnapshot(task),
          addBlock: async (block) => {
            // genesis ── rival ── the second try
            //         └─ the first try
            if (offered.push(block) === 1) await add(mineBlock({ network, parent: network.genesis.header }));
            return add(block);
          },
        },
      },
    });
    assert.deepEqual(statuses(await miner.mineBlocks(1)), ['connected']);
    assert.deepEqual(
      offered.map(({ header }) => header.height),
      [1, 2],
    );
  });

  it('ends with the first block that is refused', async () => {
    const refused: AddBlockOutcome = { status: 'rejected', rejection: { code: 'STORAGE_FULL' }, invalid: false };
    const { chain } = testChain(network);
    const { miner } = setup({
      modules: {
        chain: { withSnapshot: (task) => chain.withSnapshot(task), addBlock: () => Promise.resolve(refused) },
      },
    });
    assert.deepEqual(await miner.mineBlocks(3), [refused]);
  });

  it('starts each search at a nonce of its own: two nodes never walk the same ones', async () => {
    const [first, second] = [setup(), setup()];
    await Promise.all([first.miner.mineBlocks(1), second.miner.mineBlocks(1)]);
    const nonces = [first, second].map(({ chain }) => chain.read((view) => view.tip().nonce));
    assert.notEqual(nonces[0], nonces[1]);
  });

  it('CANCELLED: the node stops, for the search under way and for those that wait', { timeout }, async () => {
    const { miner, templateTaken, height } = setup({ network: lifelong });
    const mining = [miner.mineBlocks(2), miner.mineBlocks(1)];
    await templateTaken;
    await miner.close();
    for (const outcomes of [...(await Promise.all(mining)), await miner.mineBlocks(1)]) {
      assert.deepEqual(outcomes, [
        { status: 'rejected', rejection: { code: 'CANCELLED', reason: 'the node is stopping' } },
      ]);
    }
    assert.equal(miner.start()?.code, 'CANCELLED');
    assert.equal(height(), 0);
  });
});

describe('mining continuously', () => {
  it('goes on until it is stopped, says so, and can be started again', { timeout }, async () => {
    const { chain, miner, errors, height } = setup();
    const reached = (wanted: number) =>
      new Promise<void>((resolve) => {
        const forget = chain.tipChanged.on(() => {
          if (height() < wanted) return;
          forget();
          resolve();
        });
      });
    assert.equal(miner.isMining(), false);
    assert.equal(miner.start(), undefined);
    assert.equal(miner.start(), undefined);
    assert.equal(miner.isMining(), true);
    await reached(3);
    miner.stop();
    assert.equal(miner.isMining(), false);
    const again = reached(height() + 2);
    miner.start();
    await again;
    miner.stop();
    assert.deepEqual(errors, []);
  });

  it(
    'stopped, gives up the search under way at once: the next one need not wait for a block',
    { timeout },
    async () => {
      const { add, miner, templateTaken, errors } = setup({ network: lifelong, hearsOfTips: false });
      miner.start();
      await templateTaken;
      miner.stop();
      await add(muchLater());
      assert.deepEqual(statuses(await miner.mineBlocks(1)), ['connected']);
      assert.deepEqual(errors, []);
    },
  );

  it(
    'survives a block that is refused and a chain that fails: it says so, pauses, and goes on',
    { timeout },
    async () => {
      const { chain, add } = testChain(network);
      const pauses: number[] = [];
      const answers: (() => Promise<AddBlockOutcome>)[] = [
        () => Promise.resolve({ status: 'rejected', rejection: { code: 'STORAGE_FULL' }, invalid: false }),
        () => Promise.reject(new Error('the disk is gone')),
      ];
      const { miner, errors } = setup({
        modules: {
          chain: {
            withSnapshot: (task) => chain.withSnapshot(task),
            addBlock: (block) => answers.shift()?.() ?? add(block),
          },
          sleep: (milliseconds) => {
            pauses.push(milliseconds);
            return new Promise((resolve) => setImmediate(resolve));
          },
        },
      });
      const connected = new Promise<void>((resolve) => void chain.tipChanged.on(() => resolve()));
      miner.start();
      await connected;
      miner.stop();
      assert.deepEqual(errors, [{ rejection: { code: 'STORAGE_FULL' } }, { err: new Error('the disk is gone') }]);
      assert.deepEqual(pauses.slice(0, 5), [0, 1_000, 0, 1_000, 0]);
    },
  );

  it('WALLET_UNAVAILABLE: there is no account to pay', async () => {
    const { miner, height } = setup({ modules: { minerKey: () => undefined } });
    assert.deepEqual(miner.start(), { code: 'WALLET_UNAVAILABLE' });
    assert.equal(miner.isMining(), false);
    assert.deepEqual(await miner.mineBlocks(2), [{ status: 'rejected', rejection: { code: 'WALLET_UNAVAILABLE' } }]);
    assert.equal(height(), 0);
    assert.deepEqual(statuses(await setup().miner.mineBlocks(1)), ['connected']);
  });
});
