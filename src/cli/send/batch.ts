import { createInterface } from 'node:readline/promises';
import { Failure, inWords } from '../failure.js';
import { print, withProgress } from '../terminal.js';
import type { Ask } from '../nodeClient.js';
import { BatchStopped, Delivery, type PaymentResult } from './delivery.js';
import type { PaymentOutbox } from './outbox.js';
import { type BatchPreview, parsePayments, type Payment, previewLines, previewOf, previewValue } from './payments.js';
import { existsSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { AccountDocument } from '../../client/operations/public.js';
import { createTransaction, signingPayload, type Transaction } from '../../consensus/transaction.js';
import { encodeAddress } from '../../crypto/address.js';
import { fromHex } from '../../crypto/bytes.js';
import { sign, type KeyPair } from '../../crypto/ed25519.js';
import { formatCoins } from '../../consensus/coins.js';
import { putFile } from '../../wallet/secretFile.js';
import { letPass } from './fate.js';
import { type BatchTerms, SendJournal } from './journal.js';
import { readText } from '../textFile.js';

export interface PayAllOptions extends Pick<BatchOptions, 'path' | 'keyPair' | 'fee' | 'signal' | 'timeoutMs'> {
  readonly again: boolean;
  readonly dryRun: boolean;
  /** Ask no question. */
  readonly yes: boolean;
  readonly json: boolean;
}

/** Pays a file and reports what became of it: a preview first, on a terminal with a question. Throws Failure. */
export async function payAll(
  options: PayAllOptions,
  { ask, outbox }: { readonly ask: Ask; readonly outbox: PaymentOutbox },
): Promise<void> {
  const { path, json, dryRun, yes, signal } = options;
  const attended = !yes && process.stdin.isTTY && process.stderr.isTTY;
  const note = (text: string): void => void process.stderr.write(`${text}\n`);
  const approve = async (preview: BatchPreview): Promise<void> => {
    if (!json || attended) for (const line of previewLines(preview)) note(line);
    if (attended) await approved(signal);
  };
  const outcome = await sendBatch({ ...options, attended, approve, note }, ask, outbox).catch((error: unknown) => {
    if (json && error instanceof BatchStopped) {
      const { message, results, inDoubt } = error;
      print(true, { status: inDoubt.length > 0 ? 'inDoubt' : 'stopped', message, results, inDoubt }, []);
    }
    throw error;
  });
  if (dryRun) showDryRun(outcome, options);
  else report(outcome, path, json);
}

async function approved(signal: AbortSignal | undefined): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question('send? [y/N] ', signal ? { signal } : {});
    if (/^y(es)?$/i.test(answer.trim())) return;
  } catch (error) {
    signal?.throwIfAborted();
    // Ctrl-D, and Ctrl-C, which comes to the reader and not as a signal.
    if ((error as Error).name !== 'AbortError') throw error;
    process.stderr.write('\n');
  } finally {
    terminal.close();
  }
  throw new Failure('nothing was signed or sent');
}

function showDryRun({ preview, payments }: BatchOutcome, { path, json }: PayAllOptions): void {
  if (preview) {
    const lines = [...previewLines(preview), 'nothing was signed or sent'];
    print(json, { ...previewValue(preview), signedBefore: false }, lines);
    return;
  }
  const line = `${path} was signed before: a run goes on with it, and pays no line twice`;
  print(json, { file: path, payments, signedBefore: true }, [line]);
}

function report({ results, before }: BatchOutcome, path: string, json: boolean): void {
  const unpaid = results.filter(({ status }) => status === 'nonceUsed').map(({ line }) => line);
  const paid = results.length - unpaid.length;
  const blocks = results.flatMap(({ block }) => (block === undefined ? [] : [block]));
  const [from, to] = [Math.min(...blocks), Math.max(...blocks)];
  const where = from === to ? `block ${from}` : `blocks ${from} to ${to}`;
  const text = before
    ? `paid  all ${paid} payments of ${path} before, in ${where}; this run sent nothing`
    : `paid  ${paid} payments of ${path}, each in a block: ${where}`;
  if (json || unpaid.length === 0) print(json, results, [text]);
  if (unpaid.length === 0) return;
  throw new Failure(
    `${path}: paid ${paid}, but another payment of the account used the nonce of line ${unpaid.join(', ')}: put what is still to be paid into a new file, and give --again for it`,
  );
}

export interface BatchOptions {
  /** CSV file of payments. */
  readonly path: string;
  readonly keyPair: KeyPair;
  /** Base units, for each payment; undefined: no fee, or the one that an earlier run signed. */
  readonly fee?: bigint | undefined;
  /** Pay lines, too, that the journal of another file in the folder holds. */
  readonly again?: boolean;
  /** Checks and shows, signs nothing. */
  readonly dryRun?: boolean;
  /** Without a block that has any of the payments, or an answer; ten minutes by default. */
  readonly timeoutMs?: number;
  /** Called before anything is signed; throws if it is not to be. */
  readonly approve?: (preview: BatchPreview) => Promise<void> | void;
  /** A person who sees the preview decides whether lines of another journal are paid again. */
  readonly attended?: boolean;
  /** About earlier payments of the account. */
  readonly note?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** What became of a batch. */
export interface BatchOutcome {
  readonly results: readonly PaymentResult[];
  /** How many payments the file has. */
  readonly payments: number;
  /** Every line was settled before this run, which sent nothing; of a dry run: the file was signed before. */
  readonly before: boolean;
  /** Of a dry run, unless the file was signed before: then it would speak of coins that the account may have paid already. */
  readonly preview?: BatchPreview;
}

/**
 * Pays every line of a file, each once, and resolves when all are in blocks. Everything is signed and on disk before anything is sent; a
 * run that was cut off goes on with the same signatures. Throws Failure; run again, it goes on.
 */
export async function sendBatch(
  options: BatchOptions,
  ask: Ask,
  outbox?: Pick<PaymentOutbox, 'payments' | 'forget'>,
): Promise<BatchOutcome> {
  const { keyPair, fee, signal, timeoutMs, dryRun = false } = options;
  const { path, text } = await readFileOfPayments(options.path);
  const payments = parsePayments(text, options.path);
  const sender = encodeAddress(payments[0]!.recipient.prefix, keyPair.publicKey);
  const account = await ask(AccountDocument, { address: sender });
  const terms = { chainId: fromHex(account.chain.id), sender: keyPair.publicKey, fee };
  const journal = new SendJournal(`${path}.journal`, terms);
  let transactions = await journal.read(payments);
  const resumed = transactions !== undefined;
  if (transactions && dryRun) return { results: [], payments: payments.length, before: true };
  if (!transactions) {
    const available = BigInt(account.balance.available);
    const elsewhere = await journal.elsewhere(payments);
    const preview = previewOf(payments, { path: options.path, fee: fee ?? 0n, available, elsewhere });
    refuseUnpayable(preview, options);
    if (dryRun) return { results: [], payments: payments.length, before: false, preview };
    await options.approve?.(preview);
    const nextNonce = await nonceAfterEarlier(sender, account.chain.id, { ...options, ask, outbox });
    transactions = await signAll(payments, nextNonce, { ...terms, fee: fee ?? 0n }, keyPair, signal);
    if (!(await journal.write(transactions))) transactions = (await journal.read(payments))!;
  }
  const signed = payments.map((payment, index) => ({ ...payment, transaction: transactions[index]! }));
  const receipts = `${path}.receipts.csv`;
  const delivery = new Delivery(signed, sender, { ask, signal, timeoutMs, resumed });
  await delivery.run().catch(async (error: unknown) => {
    if (error instanceof BatchStopped) {
      const inDoubt = error.inDoubt.map((payment) => ({ ...payment, status: 'inDoubt' as const }));
      await writeReceipts(receipts, [...error.results, ...inDoubt]);
    }
    throw error;
  });
  const { results, offered } = delivery;
  await writeReceipts(receipts, results);
  return { results, payments: payments.length, before: resumed && !offered };
}

/** Throws Failure for payments that the account cannot pay, or seems to have paid. */
function refuseUnpayable(preview: BatchPreview, { again, attended }: BatchOptions): void {
  const { path, count, total, fees, available, elsewhere } = preview;
  if (total + fees > available) {
    throw new Failure(
      `${path}: expected ${formatCoins(total + fees)} coins available, got ${formatCoins(available)}; nothing was sent`,
    );
  }
  // A copy stays one when a line is added to it.
  const same = elsewhere.find(({ lines }) => lines * 2 > count);
  if (!same || again === true || attended === true) return;
  const file = same.journal.replace(/\.journal$/, '');
  throw new Failure(
    `${path}: ${same.lines} of its ${count} payments are in ${same.journal} too; nothing was sent. To go on with those, run the command for ${file}; to pay them a second time, give --again`,
  );
}

/** The nonce of the first payment, as of now: earlier payments of unknown fate keep theirs, and a person took time to approve. */
async function nonceAfterEarlier(
  sender: string,
  chain: string,
  modules: Pick<BatchOptions, 'keyPair' | 'note'> & {
    readonly ask: Ask;
    readonly outbox: Pick<PaymentOutbox, 'payments' | 'forget'> | undefined;
  },
): Promise<bigint> {
  const { ask, outbox, keyPair, note = () => undefined } = modules;
  const kept = (await outbox?.payments(keyPair.publicKey)) ?? [];
  const earlier = kept.filter(({ chainId }) => chainId === chain);
  if (outbox) await letPass(earlier, sender, { ask, outbox, note });
  return BigInt((await ask(AccountDocument, { address: sender })).balance.nextNonce);
}

async function signAll(
  payments: readonly Payment[],
  nextNonce: bigint,
  { chainId, sender, fee }: BatchTerms & { readonly fee: bigint },
  keyPair: KeyPair,
  signal: AbortSignal | undefined,
): Promise<Transaction[]> {
  const transactions: Transaction[] = [];
  await withProgress({ what: 'sign', total: payments.length, unit: 'payments' }, async (progressed) => {
    for (const { recipient, amount, memo } of payments) {
      const nonce = nextNonce + BigInt(transactions.length);
      const unsigned = { sender, recipient: recipient.publicKey, amount, fee, nonce, memo };
      transactions.push(createTransaction(chainId, unsigned, sign(signingPayload(chainId, unsigned), keyPair)));
      progressed(transactions.length);
      // Between two signatures there is time for Ctrl-C.
      await turn();
      signal?.throwIfAborted();
    }
  });
  return transactions;
}

/** Text and path of the file; its journal is beside it, whatever name led to it, unless version 0.1.0 began it through a link. */
async function readFileOfPayments(path: string) {
  try {
    if (!(await stat(path)).isFile()) {
      throw new Failure(
        `--batch ${path}: expected a file, beside which a journal can be kept, got something else: save it first`,
        2,
      );
    }
    return {
      path: existsSync(`${path}.journal`) ? resolve(path) : await realpath(path),
      text: await readText(path),
    };
  } catch (error) {
    throw error instanceof Failure ? error : new Failure(`--batch ${path}: ${inWords(error)}`, 2);
  }
}

type Receipt = Pick<PaymentResult, 'line' | 'id' | 'block'> & {
  readonly status: PaymentResult['status'] | 'inDoubt';
};

/** What came of each line, for the books: whole or not at all. */
async function writeReceipts(path: string, receipts: readonly Receipt[]): Promise<void> {
  const lines = receipts.map(({ line, id, block, status }) => `${line},${id},${block ?? ''},${status}\n`);
  try {
    await putFile(path, `line,id,block,status\n${lines.join('')}`);
  } catch (error) {
    throw new Failure(
      `the receipts cannot be written: ${inWords(error)}; the journal has all: run the same command again`,
      3,
    );
  }
}
