import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { toHex } from '../../src/crypto/bytes.js';
import { assertRefused } from './assertRefused.js';
import { corrente, type Ended } from './corrente.js';
import { startPayer } from './payer.js';
import { noTypist, type } from './typist.js';

const { env, home, mine, network, proxy, received, run, to } = await startPayer();

let folders = 0;
/** A file of payments in a folder of its own. */
function file(text: string | Buffer, name = 'pay.csv'): string {
  const folder = join(home, `files-${folders++}`);
  mkdirSync(folder);
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const batch = (path: string, ...more: string[]): Promise<Ended> =>
  run(['send', '--batch', path, '--key', 'key.json', ...more], env);
/** The node mines whenever a batch asks for its account. */
const mining = (body: string): 'none' => {
  if (body.includes('query Account(')) void mine();
  return 'none';
};
afterEach(() => {
  proxy.mishap = mining;
});
proxy.mishap = mining;

describe('corrente send --batch, from the file to the receipts', () => {
  it('shows a preview before it signs, pays, and names the blocks; a second run says that all was paid before', async () => {
    const path = file(`address,amount\n${to},0.00000001\n${to},0.00000003\n${to},0.00000001\n`);
    const dry = await batch(path, '--dry-run', '--fee', '0.00000002');
    assert.equal(dry.code, 0, dry.stderr);
    for (const expected of [
      /^file {6}.*pay\.csv: 3 payments$/m,
      /^total {5}0\.00000005 coins, fees 0\.00000006 \(0\.00000002 each\)$/m,
      /^largest {3}0\.00000003 coins to cortest1.*, line 3$/m,
      /^left {6}\d+\.\d+ of \d+(\.\d+)? coins available$/m,
      /^takes {5}at least 1 block: 64 payments/m,
      /^the same {2}line 4 as line 2$/m,
      /^nothing was signed or sent$/m,
    ]) {
      assert.match(dry.stdout, expected);
    }
    assert.ok(!existsSync(`${path}.journal`));
    const start = await received();
    const paid = await batch(path);
    assert.equal(paid.code, 0, paid.stderr);
    assert.match(paid.stderr, /^total {5}0\.00000005 coins/m);
    assert.match(paid.stdout, /^paid {2}3 payments of .*, each in a block: blocks? \d+/);
    assert.match(
      (await batch(path)).stdout,
      /^paid {2}all 3 payments of .* before, in blocks? \d+.*; this run sent nothing/,
    );
    assert.equal(await received(), start + 5n);
    // The balance now is after these payments, so the preview leaves it out.
    const signed = await batch(path, '--dry-run', '--json');
    assert.deepEqual(JSON.parse(signed.stdout), { file: path, payments: 3, signedBefore: true });
    assert.match(
      (await batch(path, '--dry-run')).stdout,
      /^\S+pay\.csv was signed before: a run goes on with it, .*\n$/,
    );
    const receipts = readFileSync(`${path}.receipts.csv`, 'utf8');
    assert.match(receipts, /^line,id,block,status\n(\d,[0-9a-f]{64},\d+,paid\n){3}$/);
  });

  it('pays the lines of a copied, renamed or linked file once, and again only with --again', async () => {
    const path = file(`${to},0.00000004\n${to},0.00000005\n`);
    assert.equal((await batch(path)).code, 0);
    const start = await received();
    const [copy, link, renamed] = ['copy.csv', 'link.csv', 'renamed.csv'].map((name) => join(path, '..', name));
    symlinkSync(path, link!);
    assert.match((await batch(link!)).stdout, /^paid {2}all 2 payments/);
    copyFileSync(path, copy!);
    writeFileSync(copy!, `${readFileSync(copy!, 'utf8')}${to},0.00000006\n`);
    assertRefused(await batch(copy!), 1, /2 of its 3 payments are in .*pay\.csv\.journal too; nothing was sent/);
    renameSync(path, renamed!);
    assertRefused(await batch(renamed!), 1, /run the command for .*pay\.csv; to pay them a second time, give --again/);
    assert.equal(await received(), start);
    assert.equal((await batch(renamed!, '--again')).code, 0);
    assert.equal(await received(), start + 9n);
  });

  it('asked in a terminal, sends nothing unless the answer is yes', { skip: noTypist }, async () => {
    const path = file(`${to},0.00000002\n`);
    const start = await received();
    const args = ['send', '--batch', path, '--key', 'key.json'];
    for (const answer of ['\r', 'n\r', '\x03', '\x04']) {
      const { shown, code } = await type(home, args, [['send? [y/N] ', answer]], env);
      assert.equal(code, 1, shown);
      assert.match(shown, /\nerror: nothing was signed or sent\r\n$/, JSON.stringify(answer));
      assert.ok(!existsSync(`${path}.journal`));
    }
    const { shown, code } = await type(home, args, [['send? [y/N] ', 'y\r']], env);
    assert.equal(code, 0, shown);
    assert.equal(await received(), start + 2n);
  });

  it('goes on with the fee that was signed', async () => {
    const path = file(`${to},0.00000007\n`);
    assert.equal((await batch(path, '--fee', '0.0001')).code, 0);
    assert.equal((await batch(path)).code, 0);
    assertRefused(await batch(path, '--fee', '0.5'), 1, /leave --fee out, or give --fee 0\.0001$/);
  });

  it('signs nothing of text that is not UTF-8', async () => {
    const latin = file(Buffer.from(`${to},1,a\n${to},1.25,M\xfcller\n`, 'latin1'));
    assertRefused(await batch(latin), 2, /--batch .*: expected text in UTF-8, got other bytes in line 2/);
    const utf16 = file(Buffer.from(`\ufeff${to},1\n`, 'utf16le'));
    assertRefused(await batch(utf16), 2, /expected text in UTF-8, got UTF-16/);
  });

  it('a refusal of the disk is one clear line', async () => {
    assertRefused(await batch('/dev/null'), 2, /expected a file, beside which a journal can be kept/);
    assertRefused(await batch(home), 2, /expected a file, beside which/);
    const path = file(`${to},1\n`);
    // A folder in the journal's place can neither be read nor replaced.
    mkdirSync(`${path}.journal`);
    assertRefused(await batch(path), 1, /pay\.csv\.journal: EISDIR/);
    for (const text of ['null', '[]', '{"chainId":"00","payments":null}', '{}', 'x']) {
      const damaged = file(`${to},1\n`);
      writeFileSync(`${damaged}.journal`, text, { mode: 0o600 });
      assertRefused(await batch(damaged), 1, /\.journal: expected the journal of a batch, got: something else/);
    }
    // It ignores another program's journal beside it.
    const beside = file(`${to},0.00000001\n`);
    writeFileSync(join(beside, '..', 'database.journal'), 'null');
    mkdirSync(join(beside, '..', 'folder.journal'));
    assert.equal((await batch(beside)).code, 0);
    // One of a batch that cannot be read may hold the same payments.
    const payment = { version: 1, chainId: toHex(network.chainId), payments: ['00'] };
    const doubtful = file(`${to},0.00000001\n`);
    writeFileSync(join(doubtful, '..', 'damaged.journal'), JSON.stringify(payment));
    assertRefused(await batch(doubtful), 1, /damaged\.journal: expected a journal .* got: .*; nothing was sent$/);
  });

  it('receipts that cannot be written end it with 3, and leave nothing of theirs', async () => {
    const path = file(`${to},0.00000001\n`);
    mkdirSync(`${path}.receipts.csv`);
    const ended = await batch(path);
    assert.equal(ended.code, 3, ended.stderr);
    assert.match(ended.stderr, /error: the receipts cannot be written: .*; the journal has all: run the same/);
    const names = ['pay.csv', 'pay.csv.journal', 'pay.csv.receipts.csv'];
    assert.deepEqual(readdirSync(dirname(path)).sort(), names);
  });

  it('goes on with payments that version 0.1.0 signed through a link, with the journal beside the link', async () => {
    const path = file(`${to},0.00000003\n`);
    assert.equal((await batch(path)).code, 0);
    const start = await received();
    const link = file('');
    unlinkSync(link);
    symlinkSync(path, link);
    renameSync(`${path}.journal`, `${link}.journal`);
    assert.match((await batch(link)).stdout, /^paid {2}all 1 payments of .* before/);
    assert.equal(await received(), start);
  });

  it('a node that is cut off meanwhile is asked again; when it stays away, it ends with 3 and where it stands', async () => {
    const path = file(`${to},0.00000008\n${to},0.00000009\n`);
    const start = await received();
    let requests = 0;
    proxy.mishap = (body) => (!body.includes('query Account(') && ++requests % 2 === 1 ? 'cut after' : mining(body));
    assert.equal((await batch(path)).code, 0);
    assert.equal(await received(), start + 17n);

    const other = file(`${to},0.0000001\n${to},0.00000011\n`);
    proxy.mishap = (body) => (body.includes('addTransactions(') ? 'cut after' : 'none');
    const stopped = await batch(other, '--timeout', '1');
    assert.equal(stopped.code, 3, stopped.stderr);
    assert.match(stopped.stderr, /Stopped: 0 of 2 are in blocks, 2 are on their way; run the same command to go on$/m);
    assert.match(readFileSync(`${other}.receipts.csv`, 'utf8'), /^(\d,[0-9a-f]{64},,inDoubt\n){2}$/m);
    const { code, stdout } = await batch(other, '--timeout', '1', '--json');
    const answer = JSON.parse(stdout) as { status: string; inDoubt: { id: string }[] };
    assert.deepEqual([code, answer.status, answer.inDoubt.length], [3, 'inDoubt', 2]);
    assert.match(answer.inDoubt[0]!.id, /^[0-9a-f]{64}$/);
    proxy.mishap = mining;
    assert.equal((await batch(other)).code, 0);
    assert.equal(await received(), start + 38n);
  });

  it('Ctrl-C ends it with 3 and where it stands', async () => {
    const path = file(`${to},0.00000012\n`);
    let child: ChildProcess | undefined;
    proxy.mishap = (body) => {
      if (body.includes('addTransactions(')) setImmediate(() => child!.kill('SIGINT'));
      return 'none';
    };
    const args = ['send', '--batch', path, '--key', 'key.json'];
    const stopped = await corrente(args, { home, env, started: (started) => (child = started) });
    assert.equal(stopped.code, 3, stopped.stderr);
    assert.match(stopped.stderr, /stopped by SIGINT\. Stopped: 0 of 1 are in blocks, 1 are on their way; run the same/);
  });
});
