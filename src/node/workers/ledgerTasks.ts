import { Replays } from '../../http/callers/replays.js';
import type { Network } from '../../consensus/network.js';
import type { Services } from '../../graphql/services.js';
import type { NodeMonitor } from '../monitor.js';
import type { OpenStorage } from '../openStorage.js';
import type { LedgerDuties, RemoteParts } from './duties.js';
import { packOutcomes, takeSubmissions } from './submissions.js';
import { unpackTransactions } from './packing.js';
import { METHODS } from './workerServices.js';

/** What a worker asks that is not about the worker itself. */
export type SharedDuties = Omit<
  LedgerDuties,
  'ready' | 'applied' | 'ended' | 'logged' | 'tracesLost' | 'spent' | 'metrics'
>;

export interface LedgerTasksModules {
  readonly network: Network;
  readonly services: Services;
  readonly storage: Pick<OpenStorage, 'verifier' | 'admission'>;
  readonly monitor: Pick<NodeMonitor, 'readiness'>;
}

/** Does what workers ask of the ledger process, by the services that resolvers would call here. */
export function ledgerTasks({ network, services, storage, monitor }: LedgerTasksModules): SharedDuties {
  const { chainId } = network;
  const replays = new Replays();
  const { relay, compactBlocks, admission, audit, peers, exchange } = services;
  return {
    submit: async (packed) => {
      const submissions = takeSubmissions(chainId, packed, storage);
      return packOutcomes(submissions, await relay.submit(submissions));
    },
    receiveTransactions: async (packed, giver) => {
      const submissions = takeSubmissions(chainId, packed, storage);
      const transactions = submissions.map(({ transaction }) => transaction);
      return packOutcomes(submissions, await relay.receiveTransactions(transactions, giver));
    },
    receiveBlock: (header, transactions, giver) =>
      relay.receiveBlock({ header, transactions: unpackTransactions(chainId, transactions) }, giver),
    announcedTransactions: (ids, giver) => relay.announcedTransactions(ids, giver),
    announcedBlock: (block, giver) => compactBlocks.announced(block, giver),
    completedBlock: (hash, missing, giver) =>
      compactBlocks.completed(hash, unpackTransactions(chainId, missing), giver),
    refused: (content, rejections, giver) => relay.refused(content, rejections, giver),
    check: async (packed) => admission.check(takeSubmissions(chainId, packed, storage)[0]!),
    part: (part, method, args) => runMethod(services, part, method, args),
    pulse: async () => services.pulse(),
    prove: (challenge) => services.prove(challenge),
    contacted: (giver) => peers.contacted(giver),
    announced: (publicUrl, giver) => exchange.announced(publicUrl, giver),
    performed: (request) => audit.performed(request),
    refusedAdmin: (request) => audit.refused(request),
    isNewEnvelope: (signer, sent) => replays.isNew(signer, sent),
    readiness: () => monitor.readiness(),
  };
}

function runMethod(services: Services, name: RemoteParts, method: string, args: readonly unknown[]): unknown {
  const part = services[name] as unknown as Readonly<Record<string, (...given: readonly unknown[]) => unknown>>;
  if (!(METHODS[name] as readonly string[]).includes(method)) {
    throw new Error(`expected a method of ${name} that a worker may call, got ${method}`);
  }
  return part[method]!(...args);
}
