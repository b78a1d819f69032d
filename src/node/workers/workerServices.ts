import type { Network } from '../../consensus/network.js';
import type { Services } from '../../graphql/services.js';
import type { NodeDescription } from '../../graphql/types/node.js';
import { relayed, type Submission } from '../../mempool/submission.js';
import type { Calls } from './calls.js';
import type { LedgerDuties, RemoteParts, WorkerDuties } from './duties.js';
import { packTransactions } from './packing.js';
import type { Replica } from './replica.js';
import { type SignatureCheck, unpackOutcomes } from './submissions.js';

/** The ledger process, as a worker calls it. */
export type Ledger = Pick<Calls<LedgerDuties, WorkerDuties>, 'call' | 'tell'>;

export interface WorkerServicesModules {
  readonly network: Network;
  readonly info: NodeDescription;
  readonly ledger: Ledger;
  readonly replica: Replica;
  readonly signatures: SignatureCheck;
}

/** What resolvers call, where they run in a worker: reads from its own view, everything else from the ledger process. */
export function workerServices({ network, info, ledger, replica, signatures }: WorkerServicesModules): Services {
  const { chainId } = network;
  const part = <Name extends RemoteParts>(name: Name) => remotePart(ledger, name) as Services[Name];
  const { mempool, activity, blocks } = replica;
  return {
    network,
    info,
    mempool,
    activity,
    blocks,
    // Its blocks take nothing from those who are answered here.
    chain: { snapshot: () => replica.snapshot(), isWorking: false },
    relay: {
      submit: async (submissions) => {
        const packed = await signatures.checked(submissions);
        return unpackOutcomes(chainId, submissions, await ledger.call('submit', packed));
      },
      receiveTransactions: async (transactions, giver) => {
        const submissions: Submission[] = relayed(transactions);
        const packed = await signatures.checked(submissions);
        return unpackOutcomes(chainId, submissions, await ledger.call('receiveTransactions', packed, giver));
      },
      receiveBlock: ({ header, transactions }, giver) =>
        ledger.call('receiveBlock', header, packTransactions(transactions), giver),
      announcedTransactions: (ids, giver) => ledger.call('announcedTransactions', ids, giver),
      refused: (content, rejections, giver) => ledger.tell('refused', content, rejections, giver),
    },
    // What is pending, and what a peer announced before, the ledger process has, whichever worker the peer talks to.
    compactBlocks: {
      announced: (block, giver) => ledger.call('announcedBlock', block, giver),
      completed: (hash, missing, giver) => ledger.call('completedBlock', hash, packTransactions(missing), giver),
    },
    admission: { check: async (submission) => ledger.call('check', await signatures.checked([submission])) },
    members: { admits: (id) => replica.admits(id) },
    peers: {
      ...part('peers'),
      byId: (id) => replica.byId(id),
      contacted: (id) => ledger.tell('contacted', id),
    },
    exchange: { announced: (publicUrl, giver) => ledger.tell('announced', publicUrl, giver) },
    audit: {
      performed: (request) => ledger.tell('performed', request),
      refused: (request) => ledger.tell('refusedAdmin', request),
    },
    pulse: () => ledger.call('pulse'),
    prove: (challenge) => ledger.call('prove', challenge),
    sync: part('sync'),
    offers: part('offers'),
    miner: part('miner'),
    wallet: part('wallet'),
    operator: part('operator'),
    gossip: part('gossip'),
    payments: part('payments'),
  };
}

/** A part of the services whose every method the ledger process runs. */
function remotePart(ledger: Ledger, name: RemoteParts): object {
  const methods = METHODS[name].map((method) => [
    method,
    (...args: unknown[]) => ledger.call('part', name, method, args),
  ]);
  return Object.fromEntries(methods) as object;
}

/** Methods of the parts that a worker may call. */
export const METHODS = {
  sync: ['progress', 'resolutionNeeded', 'resolve'],
  peers: ['list', 'add', 'remove'],
  offers: ['begin', 'headers', 'bodies'],
  miner: ['isMining', 'start', 'stop', 'mineBlocks'],
  wallet: ['state', 'create', 'unlock', 'lock'],
  operator: ['vitals', 'log', 'spenders'],
  gossip: ['deliveries'],
  payments: ['send'],
} as const satisfies { readonly [Name in RemoteParts]: readonly (keyof Services[Name])[] };
