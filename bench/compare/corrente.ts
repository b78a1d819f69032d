import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeAddress } from '../../src/crypto/address.js';
import { toHex } from '../../src/crypto/bytes.js';
import { parseNetworkFile } from '../../src/node/openChain.js';
import { benchKey, signTransfer } from '../benchKey.js';
import { freePort, startServer } from './server.js';
import type { Subject, Works } from './subject.js';
import { ACCOUNTS, writeWorks, type Amounts, type Dialect } from './works.js';

/** What nodes of this project are asked, and the network on which they know the accounts. */
export interface CorrenteWorks {
  readonly works: Works;
  readonly networkFile: string;
}

/** Writes a network file and signed requests for it into a folder. */
export async function correnteWorks(folder: string, amounts: Amounts): Promise<CorrenteWorks> {
  const networkFile = join(folder, 'network.json');
  await writeFile(networkFile, JSON.stringify(NETWORK));
  const { chainId } = parseNetworkFile(await readFile(networkFile, 'utf8'), networkFile);
  return { networkFile, works: await writeWorks(join(folder, 'corrente'), dialect(chainId), amounts) };
}

/** This node: a fresh chain on disk, no peers, no mining, every acknowledgement durable. */
export function corrente(name: string, folder: string, { works, networkFile }: CorrenteWorks, apiWorkers = 0): Subject {
  const start = async () => {
    const data = await mkdtemp(join(folder, 'data-'));
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/graphql`;
    const ofNode = ['--data', data, '--port', `${port}`, '--network', networkFile, '--mine', 'off'];
    const probe = JSON.stringify(TRIVIAL);
    const ofWorkers = ['--api-workers', `${apiWorkers}`];
    const nodeArgs = [...process.execArgv, CLI, 'node', '--log-level', 'warn', ...ofNode, ...ofWorkers];
    return { url, ...(await startServer({ program: process.execPath, args: nodeArgs, url, probe })) };
  };
  return { name, works, start };
}

function dialect(chainId: Uint8Array): Dialect<SignedTransfer> {
  const recipient = benchKey(1_000_000).publicKey;
  return {
    accepted: {
      trivial: '"__typename":"Query"',
      balance: '"confirmed":"',
      balances: '"confirmed":"',
      transaction: '"__typename":"TransactionAccepted"',
      transactions: '"__typename":"TransactionAccepted"',
    },
    trivial: TRIVIAL,
    balance: (account) => ({ query: BALANCE, variables: { address: ADDRESSES[account] } }),
    balances: (accounts) => ({
      query: BALANCES,
      variables: { addresses: accounts.map((account) => ADDRESSES[account]) },
    }),
    sign: (account, index) => {
      const sender = KEYS[account]!;
      const nonce = BigInt(index);
      const unsigned = { sender: sender.publicKey, recipient, amount: 1_000n, fee: 10n, nonce, memo: '' };
      return {
        sender: ADDRESSES[account]!,
        recipient: encodeAddress(PREFIX, recipient),
        amount: `${unsigned.amount}`,
        fee: `${unsigned.fee}`,
        nonce: `${nonce}`,
        signature: toHex(signTransfer(chainId, unsigned, sender)),
      };
    },
    transaction: (transaction) => ({ query: ADD_ONE, variables: { transaction } }),
    transactions: (transactions) => ({ query: ADD_MANY, variables: { transactions } }),
  };
}

/** As the schema's SignedTransactionInput. */
type SignedTransfer = Readonly<Record<'sender' | 'recipient' | 'amount' | 'fee' | 'nonce' | 'signature', string>>;

const PREFIX = 'corbench';
const KEYS = Array.from({ length: ACCOUNTS }, (_, index) => benchKey(index));
const ADDRESSES = KEYS.map(({ publicKey }) => encodeAddress(PREFIX, publicKey));
const NETWORK = {
  name: 'bench',
  addressPrefix: PREFIX,
  timestamp: '2026-01-01T00:00:00.000Z',
  target: 0x1e7fff00,
  targetLimit: 0x1e7fff00,
  blockIntervalMs: 10_000,
  halfLifeMs: 3_600_000,
  subsidy: '1000000000',
  halvingInterval: 4_000_000,
  maxBlockBytes: 2_097_152,
  allocations: ADDRESSES.map((address) => ({ address, amount: '100000000000' })),
};

const TRIVIAL = { query: '{ __typename }' };
const BALANCE = 'query ($address: Address!) { balance(address: $address) { confirmed } }';
const BALANCES =
  'query ($addresses: [Address!]!) { balances(addresses: $addresses, first: 100) { nodes { confirmed } } }';
const OUTCOME = '{ __typename ... on TransactionAccepted { transaction { id } } ... on Rejected { code } }';
const ADD_ONE = `mutation ($transaction: AddTransactionInput!) { addTransaction(transaction: $transaction) ${OUTCOME} }`;
const ADD_MANY = `mutation ($transactions: [SignedTransactionInput!]!) { addTransactions(transactions: $transactions) ${OUTCOME} }`;
const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
