import { createInterface } from 'node:readline/promises';
import { Failure } from './failure.js';
import { print } from './output.js';
import { sendBatch, type BatchOptions, type BatchOutcome } from './sendBatch.js';
import type { Ask } from './nodeClient.js';
import { BatchStopped } from './sendDelivery.js';
import type { Outbox } from './sendOutbox.js';
import { previewLines, previewValue, type BatchPreview } from './sendPreview.js';

export interface PayAllOptions extends Pick<BatchOptions, 'path' | 'keyPair' | 'fee' | 'signal' | 'timeoutMs'> {
  readonly again: boolean;
  readonly dryRun: boolean;
  /** Nobody is asked. */
  readonly yes: boolean;
  readonly json: boolean;
}

/** Pays a file and reports what became of it: a preview first, on a terminal with a question. Throws Failure. */
export async function payAll(
  options: PayAllOptions,
  { ask, outbox }: { readonly ask: Ask; readonly outbox: Outbox },
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
