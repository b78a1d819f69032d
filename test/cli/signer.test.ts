import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { COIN, developmentAccount, developmentNetwork } from '../../src/consensus/network.js';
import { encodeAddress } from '../../src/crypto/address.js';
import { toHex } from '../../src/crypto/bytes.js';
import { generateKeyPair } from '../../src/crypto/ed25519.js';
import { startLocalNode, type LocalNode } from '../../examples/localNode.js';
import { eventually } from '../support/node.js';
import { closeBeforeDeletion, temporaryFolder } from '../support/temporaryFolder.js';
import { assertRefused } from './assertRefused.js';
import { corrente } from './corrente.js';

const home = temporaryFolder();
const node = generateKeyPair();
const wallet = developmentAccount(3);
const socket = join(home, 'signer.sock');
for (const [name, { seed }] of Object.entries({ node, wallet }))
  writeFileSync(join(home, `${name}.seed`), `${toHex(seed)}\n`, { mode: 0o600 });

const PAY =
  'mutation ($transaction: AddTransactionInput!) { addTransaction(transaction: $transaction) { __typename ... on TransactionAccepted { transaction { sender } } ... on Rejected { code } } }';
const address = (index: number) =>
  encodeAddress(developmentNetwork().addressPrefix, developmentAccount(index).publicKey);

/** examples/signer.ts with both keys, listening; ended with the test file. */
async function startSigner(): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('../../examples/signer.js', import.meta.url));
  const args = ['--node', join(home, 'node.seed'), '--wallet', join(home, 'wallet.seed'), '--max-coins', '10'];
  const child = spawn(process.execPath, [program, socket, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

async function startNode(data: string, ...args: readonly string[]): Promise<LocalNode> {
  const started = await startLocalNode({ data, args: ['--signer', `unix:${socket}`, ...args] });
  const stop = () => started.stop();
  closeBeforeDeletion(data, stop);
  after(stop);
  return started;
}

const pay = (to: LocalNode, amount: bigint) =>
  to.ask<{ addTransaction: object }>(PAY, { transaction: { recipient: address(1), amount: `${amount}` } });

/** Whether the memory of a process that it can write has these bytes: more than a core dump of it holds. */
function isInMemory(pid: number, ...texts: readonly Buffer[]): boolean {
  const maps = readFileSync(`/proc/${pid}/maps`, 'utf8').matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm);
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const chunk = Buffer.alloc(1 << 20);
  const overlap = Math.max(...texts.map((text) => text.length));
  try {
    for (const [, from, to] of maps) {
      for (let at = Number.parseInt(from!, 16); at < Number.parseInt(to!, 16); at += chunk.length - overlap) {
        let read = 0;
        try {
          read = readSync(memory, chunk, 0, Math.min(chunk.length, Number.parseInt(to!, 16) - at), at);
        } catch {
          // A page that the system does not give away.
          break;
        }
        if (texts.some((text) => chunk.subarray(0, read).includes(text))) return true;
      }
    }
    return false;
  } finally {
    closeSync(memory);
  }
}

describe('a node whose keys are in another program', () => {
  it('has its identity and its wallet there, pays with it, and goes on when that program is back', async () => {
    const signer = await startSigner();
    const data = temporaryFolder();
    const peer = await startLocalNode({ data: temporaryFolder() });
    after(() => peer.stop());
    const running = await startNode(data, '--peer', peer.url);
    const { nodeInfo } = await running.ask<{ nodeInfo: object }>(
      `{ nodeInfo { id proof(challenge: "${'ab'.repeat(32)}") } }`,
    );
    const { id, proof } = nodeInfo as { id: string; proof: string };
    assert.equal(id, toHex(node.publicKey));
    assert.match(proof, /^[0-9a-f]{128}$/);
    assert.deepEqual(await running.ask('{ wallet { address locked } }'), {
      wallet: { address: address(3), locked: false },
    });
    assert.deepEqual((await pay(running, COIN)).addTransaction, {
      __typename: 'TransactionAccepted',
      transaction: { sender: address(3) },
    });
    await assert.rejects(
      pay(running, 11n * COIN),
      /SIGNER_UNAVAILABLE.*|refused: expected at most 1000000000 base units/,
    );
    assert.deepEqual((await pay(running, 2n * COIN)).addTransaction, {
      __typename: 'TransactionAccepted',
      transaction: { sender: address(3) },
    });
    // By requests that the signer signed.
    const pending = () => peer.ask<{ mempool: { size: number } }>('{ mempool { size } }');
    await eventually(pending, ({ mempool: { size } }) => size === 2);

    signer.kill('SIGKILL');
    await once(signer, 'exit');
    await assert.rejects(pay(running, COIN), /the signer at .*signer\.sock: /);
    await startSigner();
    assert.equal('code' in (await pay(running, COIN)).addTransaction, false);
    assert.ok(!existsSync(join(data, 'node.key')) && !existsSync(join(data, 'wallet.json')));
  });

  it('threat key-in-process: its memory, and so a core dump, its files, log, arguments and environment hold no private key', async (context) => {
    if (!existsSync('/proc/self/mem')) {
      context.skip('/proc is of Linux');
      return;
    }
    const signer = await startSigner();
    const data = temporaryFolder();
    const log: string[] = [];
    const args = ['--signer', `unix:${socket}`, '--log-level', 'debug'];
    const running = await startLocalNode({ data, args, onLog: (line) => log.push(line) });
    after(() => running.stop());
    await pay(running, COIN);
    await running.ask('mutation { mineBlocks { __typename } }');
    const { pid } = running.process;
    const secrets = [node, wallet].flatMap(({ seed }) => [Buffer.from(seed), Buffer.from(toHex(seed))]);
    // The check itself finds what is there.
    assert.ok(isInMemory(signer.pid!, Buffer.from(node.seed)));
    assert.ok(isInMemory(pid!, Buffer.from(toHex(node.publicKey))));
    // That of the wallet is a key that every development node knows.
    assert.ok(!isInMemory(pid!, ...secrets.slice(0, 2)));
    const texts = [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`].map((file) => readFileSync(file));
    const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
    texts.push(...files.map((file) => readFileSync(join(file.parentPath, file.name))), Buffer.from(log.join('\n')));
    for (const secret of secrets) assert.ok(!texts.some((text) => text.includes(secret)));
  });

  it('is not started where a key is in both places, or the signer does not answer', async () => {
    await startSigner();
    const data = temporaryFolder();
    const start = (place: string, env = {}) =>
      corrente(['node', '--port', '0', '--data', data], { home, env: { CORRENTE_SIGNER: place, ...env } });
    writeFileSync(join(data, 'node.key'), `${'ab'.repeat(32)}\n`, { mode: 0o600 });
    assertRefused(await start(`unix:${socket}`), 1, /node\.key: expected no file beside the key that the signer has/);
    assertRefused(await start('unix:gone.sock'), 1, /gone\.sock: no such file or folder/);
    assertRefused(await start('http://127.0.0.1'), 2, /--signer.*expected unix: and the path of a socket, got "http:/);
  });
});
