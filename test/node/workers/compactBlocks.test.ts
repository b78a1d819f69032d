import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Transaction } from '../../../src/consensus/transaction.js';
import type { Services } from '../../../src/graphql/services.js';
import { Calls } from '../../../src/node/workers/calls.js';
import type { LedgerDuties, WorkerDuties } from '../../../src/node/workers/duties.js';
import { ledgerTasks, type LedgerTasksModules } from '../../../src/node/workers/ledgerTasks.js';
import { workerServices, type WorkerServicesModules } from '../../../src/node/workers/workerServices.js';
import type { PeerState } from '../../../src/peers/peerState.js';
import { CompactBlocks } from '../../../src/peers/relay/compactBlocks.js';
import { writingShortIds } from '../../../src/peers/shortIds.js';
import { atOnce } from '../../../src/util/turns.js';
import { testServices } from '../../graphql/testServices.js';
import { mineBlock, testAccount, transfer } from '../../support/blocks.js';

const PEER = 'a'.repeat(64);

/** What resolvers call in a worker of a ledger process that has these services. */
function inWorker(services: Services): Services {
  const { network, info } = services;
  const failed = (failure: unknown) => assert.fail(String(failure));
  const unused = {} as LedgerTasksModules['storage'] & LedgerTasksModules['monitor'];
  const ledger = new Calls<WorkerDuties, LedgerDuties>({
    tasks: ledgerTasks({ network, services, storage: unused, monitor: unused }) as LedgerDuties,
    send: (message) => worker.receive(structuredClone(message)),
    failed,
  });
  const worker = new Calls<LedgerDuties, WorkerDuties>({
    tasks: {} as WorkerDuties,
    send: (message) => ledger.receive(structuredClone(message)),
    failed,
  });
  const replica = {} as WorkerServicesModules['replica'];
  const signatures = {} as WorkerServicesModules['signatures'];
  return workerServices({ network, info, ledger: worker, replica, signatures });
}

describe('transactions that are announced to an API worker', () => {
  it('are answered by the ledger process, which knows what others are to bring', async () => {
    const { services } = testServices();
    const given: unknown[] = [];
    const announcedTransactions: Services['relay']['announcedTransactions'] = (ids, giver) => {
      given.push([...ids], giver);
      return Promise.resolve(['later']);
    };
    const { relay } = inWorker({ ...services, relay: { ...services.relay, announcedTransactions } });
    const ids = new Uint8Array(32).fill(5);
    assert.deepEqual(await relay.announcedTransactions(ids, PEER), ['later']);
    assert.deepEqual(given, [[...ids], PEER]);
  });
});

describe('a block that is announced to an API worker', () => {
  it('is built by the ledger process of what is pending there, and completed', async () => {
    const { services, network, chain } = testServices();
    const pay = (from: number) =>
      transfer({ network, from: testAccount(from), to: testAccount(9), amount: 1n, nonce: 0 });
    const pending: Transaction[] = [pay(0), pay(1), pay(2)];
    const peer = {} as PeerState;
    const compactBlocks = new CompactBlocks({
      pending: { bySenders: () => pending.map((transaction) => ({ transaction })) },
      relay: {
        receiveBlock: (block, giver) => services.relay.receiveBlock(block, giver),
        judge: (header) => chain.judge(header, network.timestamp + 60_000),
      },
      peers: { byId: (id) => (id === PEER ? peer : undefined) },
      clock: { elapsed: () => 0 },
    });
    const worker = inWorker({ ...services, compactBlocks }).compactBlocks;
    const announce = (transactions: readonly Transaction[]) => {
      const { header } = mineBlock({ network, parent: chain.tip(), transactions });
      const shortIds = atOnce(writingShortIds(header.hash, transactions));
      return { header, outcome: worker.announced({ header, shortIds }, PEER) };
    };
    const first = announce(pending.slice(0, 2));
    const built = await first.outcome;
    assert.ok('status' in built && built.status === 'connected');
    assert.deepEqual(chain.tip().hash, first.header.hash);
    const missing = pay(3);
    const second = announce([pending[2]!, missing]);
    assert.deepEqual(await second.outcome, { missing: [1] });
    const completed = await worker.completed(second.header.hash, [missing], PEER);
    assert.ok('status' in completed && completed.status === 'connected');
    assert.deepEqual(chain.tip().hash, second.header.hash);
  });
});
