import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { load } from './load.js';
import { residentMemory, TRANSACTIONS_PER_SENDER, type BenchSizes, type Measurement } from './subject.js';

// anvil and viem are installed in bench/ of the checkout, which is two folders above this compiled file.
const bench = fileURLToPath(new URL('../../bench/', import.meta.url));
const require = createRequire(`${bench}package.json`);

interface Signer {
  readonly address: string;
  readonly signTransaction: (transaction: Record<string, unknown>) => Promise<string>;
}
interface ViemAccounts {
  readonly mnemonicToAccount: (mnemonic: string, options: { addressIndex: number }) => Signer;
}

/** Measures anvil, the Ethereum development node: everything in memory, no mining, so that it times admission only. */
export async function measureAnvil(sizes: BenchSizes): Promise<Measurement> {
  const { mnemonicToAccount } = (await import(pathToFileURL(require.resolve('viem/accounts')).href)) as ViemAccounts;
  const count = Math.ceil((sizes.warmUp + sizes.transactions) / TRANSACTIONS_PER_SENDER);
  const signers = Array.from({ length: count }, (_, addressIndex) => mnemonicToAccount(MNEMONIC, { addressIndex }));
  const raw: string[] = [];
  for (let nonce = 0; nonce < TRANSACTIONS_PER_SENDER; nonce++) {
    for (const signer of signers)
      raw.push(await signer.signTransaction({ ...TRANSFER, to: signers[0]!.address, nonce }));
  }

  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const started = performance.now();
  const child = spawn(
    anvilBinary(),
    ['--port', `${port}`, '--accounts', `${count}`, '--mnemonic', MNEMONIC, '--no-mining', '--silent'],
    { stdio: 'ignore' },
  );
  try {
    while (!(await answers(url))) await new Promise((resolve) => setTimeout(resolve, 5));
    const startMs = performance.now() - started;
    const bodies = raw.map((transaction) => call('eth_sendRawTransaction', [transaction]));
    await load(url, bodies.slice(0, sizes.warmUp), sizes.connections, expectResult);
    const accept = await load(
      url,
      bodies.slice(sizes.warmUp, sizes.warmUp + sizes.transactions),
      sizes.connections,
      expectResult,
    );
    const balance = await load(
      url,
      Array.from({ length: sizes.queries }, (_, i) => call('eth_getBalance', [signers[i % count]!.address, 'latest'])),
      sizes.connections,
      expectResult,
    );
    return { name: 'anvil', startMs, accept, balance, memory: await residentMemory(child.pid) };
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
}

/** The native program itself, not the script that wraps it: its own start time and memory. */
function anvilBinary(): string {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  return require.resolve(`@foundry-rs/anvil-${process.platform}-${architecture}/bin/anvil`);
}

function call(method: string, params: unknown[]): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
}

function expectResult(answer: unknown): void {
  if (typeof (answer as { result?: unknown }).result !== 'string') throw new Error(JSON.stringify(answer));
}

async function answers(url: string): Promise<boolean> {
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: call('eth_chainId', []) };
  return fetch(url, request).then(
    (response) => response.ok,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

const MNEMONIC = 'test test test test test test test test test test test junk';
const TRANSFER = {
  type: 'eip1559',
  chainId: 31_337,
  gas: 21_000n,
  maxFeePerGas: 3_000_000_000n,
  maxPriorityFeePerGas: 1_000_000_000n,
  value: 1_000n,
};
