import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Failure, type ExitCode } from '../src/cli/failure.js';
import { nodeClient, type Ask } from '../src/cli/nodeClient.js';
import { parseAddress } from '../src/cli/options.js';
import { sendBatch } from '../src/cli/send/batch.js';
import { PaymentOutbox } from '../src/cli/send/outbox.js';
import { PaymentRun } from '../src/cli/send/payment.js';
import { InDoubtFailure, PaymentReport } from '../src/cli/send/fate.js';
import { formatCoins } from '../src/consensus/coins.js';
import { CorrenteClient } from '../src/client/correnteClient.js';
import { AccountDocument, SendTransactionDocument } from '../src/client/operations/public.js';
import { RequestError } from '../src/client/requests.js';
import { InDoubtError, sendAndConfirm } from '../src/client/confirm.js';
import { createTransaction, sign, type SignedTransfer } from '../src/client/transfer.js';
import type { Network } from '../src/consensus/network.js';
import { toHex } from '../src/crypto/bytes.js';
import type { KeyPair } from '../src/crypto/ed25519.js';
import { sealKey } from '../src/crypto/keystore.js';
import { unreliableProxy, type Mishap, type UnreliableProxy } from '../test/support/unreliableProxy.js';
import { addressOf } from './paymentPlan.js';
import type { Random } from './random.js';

/** How an attempt to pay ended: `dead` by a signal, or at a point where a process would have been killed. */
export type Ending = ExitCode | 0 | 'dead';

export interface Attempt {
  readonly ending: Ending;
  readonly said: string;
}

/** The process ends here. */
class Death extends Error {}

class SilentReport extends PaymentReport {
  override note(): void {
    // Nobody reads it.
  }
}

export interface PaymentLaneOptions {
  readonly network: Network;
  readonly keyPair: KeyPair;
  /** Folder for the key, the outbox and the files. */
  readonly folder: string;
  readonly random: Random;
  /** URL of the node, which may come back at another one. */
  readonly url: () => string;
}

/** One paying account, with a proxy of its own that loses requests and answers. */
export class PaymentLane {
  readonly #network: Network;
  readonly #keyPair: KeyPair;
  readonly #folder: string;
  readonly #random: Random;
  readonly #proxy: UnreliableProxy;
  /** Percent of requests that meet a mishap, and percent before or after which the process dies. */
  #mishaps = 0;
  #deaths = 0;
  fired = 0;

  static async open(options: PaymentLaneOptions): Promise<PaymentLane> {
    mkdirSync(options.folder);
    const keyFile = JSON.stringify(await sealKey(options.keyPair, PASSPHRASE));
    writeFileSync(join(options.folder, 'key.json'), keyFile, { mode: 0o600 });
    return new PaymentLane(options, await unreliableProxy(options.url()));
  }

  private constructor({ network, keyPair, folder, random, url }: PaymentLaneOptions, proxy: UnreliableProxy) {
    this.#network = network;
    this.#keyPair = keyPair;
    this.#folder = folder;
    this.#random = random;
    this.#proxy = proxy;
    proxy.mishap = () => {
      proxy.target = url();
      return this.#mishap();
    };
  }

  /** Sets the faults of the next attempts, in percent of requests. */
  expose(mishaps: number, deaths: number): void {
    this.#mishaps = mishaps;
    this.#deaths = deaths;
  }

  /** A payment by `corrente send`, in this process. */
  send(recipient: string, amount: bigint, wait: boolean): Promise<Attempt> {
    return attempt(async () => {
      const { signal } = new AbortController();
      const outbox = new PaymentOutbox(join(this.#folder, 'key.json.outbox'));
      await outbox.inTurn(signal, '', async () => {
        const to = parseAddress(recipient);
        const options = { to, amount, fee: 0n, memo: '', replaces: undefined, again: false, wait, timeoutMs: 2_000 };
        const modules = { ask: this.#ask(), outbox, keyPair: this.#keyPair, report: new SilentReport(true), signal };
        await new PaymentRun(options, modules).run();
      });
    });
  }

  /** A file of payments, in this process. */
  batch(path: string): Promise<Attempt> {
    return attempt(async () => {
      const outbox = new PaymentOutbox(join(this.#folder, 'key.json.outbox'));
      await outbox.inTurn(new AbortController().signal, '', async () => {
        const { results } = await sendBatch(
          { path, keyPair: this.#keyPair, again: true, timeoutMs: 2_000 },
          this.#ask(),
          outbox,
        );
        const unpaid = results.filter(({ status }) => status !== 'paid');
        if (unpaid.length > 0) throw new Error(`not paid: lines ${unpaid.map(({ line }) => line).join()}`);
      });
    });
  }

  /** A transfer of a program that saves a signed transfer, and sends it again whenever it starts. */
  async signed(recipient: string, amount: bigint): Promise<SignedTransfer> {
    const sender = addressOf(this.#network, this.#keyPair);
    for (;;) {
      try {
        const { balance } = await this.#client().request(AccountDocument, { address: sender });
        const chainId = toHex(this.#network.chainId);
        const fields = { chainId, sender, recipient, amount, nonce: BigInt(balance.nextNonce) };
        return sign(createTransaction(fields), this.#keyPair);
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        await delay(20);
      }
    }
  }

  client(transfer: SignedTransfer): Promise<Attempt> {
    return attempt(async () => {
      const timeoutMs = this.#random.pick([50, 500, 2_000]);
      const outcome = await sendAndConfirm({ node: this.#client() }, { transfer, timeoutMs, pollMs: 20 });
      if (outcome.status === 'pending') throw new InDoubtFailure(transfer.id, 'is pending');
      if (outcome.status !== 'confirmed') throw new Failure(`${outcome.status}: ${outcome.code}: ${outcome.message}`);
    });
  }

  /** A payment by the node's wallet; the same request key pays once. */
  wallet(requestKey: string, recipient: string, amount: bigint, token: string): Promise<Attempt> {
    return attempt(async () => {
      const node = new CorrenteClient({ url: this.#proxy.url, token, timeoutMs: ANSWER_MS });
      const transaction = { recipient, amount: `${amount}`, requestKey };
      const { addTransaction } = await node
        .request(SendTransactionDocument, { transaction })
        .catch((error: unknown) => {
          if (!(error instanceof RequestError) || !error.mayHaveArrived) throw error;
          throw new Failure(`${requestKey} may have been taken: ${error.message}; the same command again`, 3);
        });
      if (addTransaction.__typename === 'Rejected')
        throw new Failure(`${addTransaction.code}: ${addTransaction.message}`);
    });
  }

  /** The command as a process of its own; a signal ends it at a random moment of `stopWithinMs`. */
  async process(args: readonly string[], stopWithinMs: number | undefined): Promise<Attempt> {
    const cli = fileURLToPath(new URL('../src/cli.js', import.meta.url));
    const command = [...args, '--key', 'key.json', '--node', this.#proxy.url, '--timeout', '5'];
    const child = spawn(process.execPath, [cli, 'send', ...command], {
      cwd: this.#folder,
      env: { PATH: process.env['PATH'], HOME: this.#folder, CORRENTE_PASSPHRASE: PASSPHRASE },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
    const timer =
      stopWithinMs === undefined
        ? undefined
        : setTimeout(() => {
            this.fired++;
            child.kill(this.#random.pick(['SIGKILL', 'SIGINT', 'SIGTERM', 'SIGHUP'] as const));
          }, this.#random.below(stopWithinMs));
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const code = await closed;
    clearTimeout(timer);
    return { ending: code === null ? 'dead' : (code as Ending), said: `${stdout}${stderr}` };
  }

  /** A file of payments to the recipient. */
  file(name: string, recipient: string, amounts: readonly bigint[]): string {
    const folder = join(this.#folder, name);
    mkdirSync(folder);
    const path = join(folder, 'pay.csv');
    writeFileSync(path, amounts.map((amount) => `${recipient},${formatCoins(amount)}\n`).join(''));
    return path;
  }

  close(): void {
    this.#proxy.close();
  }

  #client(): CorrenteClient {
    return new CorrenteClient({ url: this.#proxy.url, timeoutMs: ANSWER_MS });
  }

  /** Requests of a process that may die before or after any of them. */
  #ask(): Ask {
    const ask = nodeClient(this.#proxy.url);
    return async (document, variables) => {
      this.#maybeDie();
      const answer = await ask(document, variables, ANSWER_MS);
      this.#maybeDie();
      return answer;
    };
  }

  #maybeDie(): void {
    if (this.#random.below(100) >= this.#deaths) return;
    this.fired++;
    throw new Death();
  }

  #mishap(): Mishap {
    if (this.#random.below(100) >= this.#mishaps) return 'none';
    this.fired++;
    return this.#random.pick(MISHAPS);
  }
}

async function attempt(pay: () => Promise<void>): Promise<Attempt> {
  try {
    await pay();
    return { ending: 0, said: '' };
  } catch (error) {
    if (error instanceof Death) return { ending: 'dead', said: '' };
    if (error instanceof InDoubtError) return { ending: 3, said: error.message };
    if (error instanceof RequestError) return { ending: 1, said: error.message };
    if (error instanceof Failure) return { ending: error.exitCode, said: error.message };
    throw error;
  }
}

const MISHAPS = ['cut before', 'cut after', 'HTTP 502', 'page', 'internal error', 'silence'] as const;
const PASSPHRASE = 'campaign';
/** A node that answers at all answers sooner. */
const ANSWER_MS = 1_000;
