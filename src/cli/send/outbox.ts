import { closeSync, openSync } from 'node:fs';
import { readdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { tryLock, unlock } from 'fs-native-extensions';
import { decodeTransaction, type Transaction } from '../../consensus/transaction.js';
import { equalBytes, fromHex, toHex } from '../../crypto/bytes.js';
import { makeFolders, syncFolder } from '../../util/files.js';
import { createSecretFile, readSecretFile } from '../../wallet/secretFile.js';
import { Failure, inWords } from '../failure.js';
import { flag, integer, jsonOption, homePath, path, transactionId } from '../options.js';
import { Command, Option } from '@commander-js/extra-typings';
import { formatCoins } from '../../consensus/coins.js';
import { DEVELOPMENT_ACCOUNTS } from '../../consensus/network.js';
import { interruptible, print, table } from '../terminal.js';

const LOCK_POLL_MS = 100;

/** A signed payment that was sent, or is about to be, and whose fate its command has not reported yet. */
export interface KeptPayment {
  /** Hexadecimal hash of the genesis block. */
  readonly chainId: string;
  /** Hexadecimal. */
  readonly id: string;
  readonly transaction: Transaction;
  /** Id of the pending transaction that it is to replace. */
  readonly replaces: string | undefined;
  /** Milliseconds since 1970. */
  readonly signedAt: number;
}

/**
 * The payments that `corrente send` signed with one key and has not settled yet: one file a payment, on disk before the payment can leave.
 * Also the lock by which the commands that spend from one account take turns.
 */
export class PaymentOutbox {
  readonly #folder: string;

  /** Creates the folder, for its owner only. Throws Failure. */
  constructor(folder: string) {
    this.#folder = folder;
    try {
      makeFolders(folder, 0o700);
    } catch (error) {
      throw this.#unusable(error);
    }
  }

  /** Runs `task` while no other command spends from the account; says `waiting` once if one does. The kernel ends the turn with the process. */
  async inTurn<Result>(signal: AbortSignal, waiting: string, task: () => Promise<Result>): Promise<Result> {
    const file = this.#openLock();
    try {
      for (let told = false; !tryLock(file); told = true) {
        if (!told) process.stderr.write(`${waiting}\n`);
        signal.throwIfAborted();
        await delay(LOCK_POLL_MS);
      }
      try {
        return await task();
      } finally {
        unlock(file);
      }
    } finally {
      closeSync(file);
    }
  }

  /** The payments of an account, or of all that use this outbox, in the order of their nonces. Throws Failure for a file that cannot be read: its payment may have been sent. */
  async payments(sender?: Uint8Array): Promise<KeptPayment[]> {
    try {
      const names = (await readdir(this.#folder)).filter((name) => /^[0-9a-f]{64}\.json$/.test(name));
      const all = await Promise.all(names.map((name) => this.#read(join(this.#folder, name))));
      return all
        .filter((payment) => payment !== undefined)
        .filter(({ transaction }) => !sender || equalBytes(transaction.sender, sender))
        .sort((a, b) => Number(a.transaction.nonce - b.transaction.nonce) || a.signedAt - b.signedAt);
    } catch (error) {
      throw error instanceof Failure ? error : this.#unusable(error);
    }
  }

  /** Puts a payment on disk. Throws Failure. */
  async keep({ chainId, id, transaction, replaces, signedAt }: KeptPayment): Promise<void> {
    const payment = toHex(transaction.encoded);
    const file: PaymentFile = { version: 1, chainId, payment, signedAt, ...(replaces !== undefined && { replaces }) };
    try {
      await createSecretFile(this.#path(id), `${JSON.stringify(file)}\n`);
    } catch (error) {
      throw this.#unusable(error);
    }
  }

  /** Removes a payment: its fate is known and reported. */
  async forget(id: string): Promise<void> {
    await rm(this.#path(id), { force: true });
    syncFolder(this.#folder);
  }

  async #read(path: string): Promise<KeptPayment | undefined> {
    const text = await readSecretFile(path);
    // Another command settled it in between.
    if (text === undefined) return undefined;
    try {
      const { chainId, payment, signedAt, replaces } = JSON.parse(text) as PaymentFile;
      const transaction = decodeTransaction(fromHex(chainId), fromHex(payment));
      return { chainId, id: toHex(transaction.id), transaction, replaces, signedAt };
    } catch (error) {
      const got = (error as Error).message;
      throw new Failure(`${path}: expected a signed payment, got: ${got}; what it holds may have been sent`);
    }
  }

  #path(id: string): string {
    return join(this.#folder, `${id}.json`);
  }

  #openLock(): number {
    try {
      return openSync(join(this.#folder, 'lock'), 'a', 0o600);
    } catch (error) {
      throw this.#unusable(error);
    }
  }

  #unusable(error: unknown): Failure {
    return new Failure(
      `expected a folder to keep what is signed in, got ${this.#folder}: ${inWords(error)}; name one with --outbox FOLDER`,
    );
  }
}

/** Folder of a sender's outbox: beside the key file, whatever name leads to that, or in the home folder. */
export async function outboxFolder(options: {
  readonly outbox?: string | undefined;
  readonly key?: string | undefined;
  readonly developmentAccount?: number | undefined;
}): Promise<string> {
  const { outbox, key, developmentAccount } = options;
  if (outbox !== undefined) return outbox;
  if (key !== undefined) {
    const path = await realpath(key).catch((error: unknown) => {
      throw new Failure(`--key ${key}: ${inWords(error)}`, 2);
    });
    return `${path}.outbox`;
  }
  return homePath('outbox', `development-${developmentAccount}`);
}

interface PaymentFile {
  readonly version: 1;
  readonly chainId: string;
  /** Encoded transaction (docs/protocol.md), hexadecimal. */
  readonly payment: string;
  readonly signedAt: number;
  readonly replaces?: string;
}

/** `corrente outbox`: the payments that `corrente send` signed and has not settled, and the way to give one up. */
export function outboxCommand() {
  return new Command('outbox')
    .description('signed payments of a key whose fate is not known yet; the same `send` goes on with one')
    .addOption(flag('--key <file>', 'key file of the sender').argParser(path))
    .addOption(
      flag('--development-account <number>', 'a funded account of the development network')
        .argParser(integer(0, DEVELOPMENT_ACCOUNTS - 1))
        .conflicts('key'),
    )
    .addOption(flag('--outbox <folder>', 'where they are (default: <key file>.outbox)').argParser(path))
    .addOption(
      new Option('--forget <id>', 'give a payment up: it may still be paid, until its nonce is used').argParser(
        transactionId,
      ),
    )
    .addOption(jsonOption())
    .action(async ({ forget, json, ...options }) => {
      if ((options.key ?? options.developmentAccount ?? options.outbox) === undefined) {
        throw new Failure('expected --key FILE or --development-account N to say whose', 2);
      }
      const folder = await outboxFolder(options);
      const outbox = new PaymentOutbox(folder);
      if (forget !== undefined) {
        await interruptible((signal) =>
          outbox.inTurn(signal, 'waits for a command that spends from this account', async () => {
            const found = (await outbox.payments()).some(({ id }) => id === forget);
            if (!found) throw new Failure(`--forget ${forget}: expected a payment of this outbox, got none`);
            await outbox.forget(forget);
          }),
        );
      }
      const payments = await outbox.payments();
      const lines = payments.length === 0 ? [`nothing is in doubt in ${folder}`] : table(payments.map(row));
      print(json, payments.map(value), lines);
    });
}

function value({ id, chainId, transaction, replaces, signedAt }: KeptPayment) {
  const { recipient, amount, fee, nonce, memo } = transaction;
  return {
    id,
    chainId,
    amount: `${amount}`,
    fee: `${fee}`,
    nonce: `${nonce}`,
    recipientPublicKey: toHex(recipient),
    memo,
    signedAt: new Date(signedAt).toISOString(),
    ...(replaces !== undefined && { replaces }),
  };
}

function row({ id, transaction, signedAt }: KeptPayment): string[] {
  const { recipient, amount, nonce, memo } = transaction;
  return [
    id,
    `${formatCoins(amount)} coins`,
    `to public key ${toHex(recipient)}`,
    `nonce ${nonce}`,
    `signed ${new Date(signedAt).toISOString()}`,
    memo === '' ? '' : `memo ${JSON.stringify(memo)}`,
  ];
}
