import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { freePort, startServer, type ServerCommand } from './server.js';
import type { Subject, Works } from './subject.js';
import { ACCOUNTS, type Dialect } from './works.js';

// What is compared is installed in bench/ of the checkout, which is three folders above this compiled file.
const bench = fileURLToPath(new URL('../../../bench/', import.meta.url));
const require = createRequire(`${bench}package.json`);

/** An Ethereum development node: how it is started on a port, and how accounts get their money. */
interface DevelopmentNode {
  readonly name: string;
  readonly command: (port: string) => Pick<ServerCommand, 'program' | 'args' | 'env'>;
  readonly setBalance: string;
  /** Calls after which transactions wait for a block, where no flag does it. */
  readonly stopMining: readonly string[];
}

/** The Ethereum development nodes: each keeps everything in memory and makes no block, so that transactions are admitted and wait. */
export function ethereumNodes(works: Works, addresses: readonly string[]): Subject[] {
  return NODES.map((node) => ({ name: node.name, works, start: () => start(node, addresses) }));
}

async function start({ command, setBalance, stopMining }: DevelopmentNode, addresses: readonly string[]) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const probe = JSON.stringify(call('eth_chainId', []));
  const server = await startServer({ ...command(`${port}`), url, probe, cwd: bench });
  try {
    await ask(
      url,
      stopMining.map((method) => call(method, [])),
    );
    for (let from = 0; from < addresses.length; from += CALLS) {
      const some = addresses.slice(from, from + CALLS);
      await ask(
        url,
        some.map((address) => call(setBalance, [address, ENOUGH])),
      );
    }
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { url, ...server };
}

async function ask(url: string, calls: readonly unknown[]): Promise<void> {
  if (calls.length === 0) return;
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(calls) };
  const answers = (await (await fetch(url, request)).json()) as readonly { error?: unknown }[];
  const refused = answers.find(({ error }) => error !== undefined);
  if (refused) throw new Error(`expected ${JSON.stringify(calls[0])} to succeed, got ${JSON.stringify(refused)}`);
}

/** How Ethereum nodes are asked, and the addresses of the accounts. */
export async function ethereumDialect(): Promise<{ dialect: Dialect<string>; addresses: readonly string[] }> {
  const { privateKeyToAccount } = (await import(pathToFileURL(require.resolve('viem/accounts')).href)) as ViemAccounts;
  const accounts = Array.from({ length: ACCOUNTS }, (_, index) =>
    privateKeyToAccount(`0x${createHash('sha256').update(`bench/${index}`).digest('hex')}`),
  );
  const to = accounts[0]!.address;
  const balanceOf = (account: number) => call('eth_getBalance', [accounts[account]!.address, 'latest']);
  const send = (signed: string) => call('eth_sendRawTransaction', [signed]);
  const result = '"result":"0x';
  const dialect: Dialect<string> = {
    accepted: { trivial: result, balance: result, balances: result, transaction: result, transactions: result },
    trivial: call('eth_chainId', []),
    balance: balanceOf,
    balances: (asked) => asked.map(balanceOf),
    sign: (account, nonce) => accounts[account]!.signTransaction({ ...TRANSFER, to, nonce }),
    transaction: send,
    transactions: (signed) => signed.map(send),
  };
  return { dialect, addresses: accounts.map(({ address }) => address) };
}

interface ViemAccounts {
  readonly privateKeyToAccount: (key: string) => {
    readonly address: string;
    readonly signTransaction: (transaction: Record<string, unknown>) => Promise<string>;
  };
}

function call(method: string, params: readonly unknown[]) {
  return { jsonrpc: '2.0', id: 1, method, params };
}

const CHAIN_ID = 31_337;
const TRANSFER = {
  type: 'eip1559',
  chainId: CHAIN_ID,
  gas: 21_000n,
  maxFeePerGas: 3_000_000_000n,
  maxPriorityFeePerGas: 1_000_000_000n,
  value: 1_000n,
};
/** A hundred ether. */
const ENOUGH = '0x56bc75e2d63100000';
/** Calls of a request. */
const CALLS = 256;

const NODES: readonly DevelopmentNode[] = [
  {
    name: 'anvil',
    // The native program itself, not the script that wraps it: its own start time and memory.
    command: (port) => ({ program: anvilProgram(), args: ['--port', port, '--no-mining', '--silent'] }),
    setBalance: 'anvil_setBalance',
    stopMining: [],
  },
  {
    name: 'ganache',
    command: (port) => ({
      program: process.execPath,
      args: [
        require.resolve('ganache/dist/node/cli.js'),
        ...['--server.port', port, '--chain.chainId', `${CHAIN_ID}`, '--logging.quiet'],
      ],
    }),
    setBalance: 'evm_setAccountBalance',
    stopMining: ['miner_stop'],
  },
  {
    name: 'hardhat',
    command: (port) => ({
      program: process.execPath,
      args: [
        require.resolve('hardhat/internal/cli/bootstrap'),
        ...['--config', `${bench}compare/hardhat.config.cjs`, 'node', '--port', port],
      ],
      env: { HARDHAT_DISABLE_TELEMETRY_PROMPT: 'true' },
    }),
    setBalance: 'hardhat_setBalance',
    stopMining: [],
  },
];

function anvilProgram(): string {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  return require.resolve(`@foundry-rs/anvil-${process.platform}-${architecture}/bin/anvil`);
}
