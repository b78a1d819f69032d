import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Failure } from '../../src/cli/failure.js';
import { RequestError } from '../../src/client/requests.js';
import { nodeClient, RequestFailure, type Ask } from '../../src/cli/nodeClient.js';
import { sendBatch as sendWhole, type BatchOptions } from '../../src/cli/send/batch.js';
import type { BatchStopped, PaymentResult } from '../../src/cli/send/delivery.js';
import { AccountDocument, SendTransactionsDocument } from '../../src/client/operations/public.js';
import { COIN } from '../../src/consensus/network.js';
import { encodeAddress } from '../../src/crypto/address.js';
import { sealKey } from '../../src/crypto/keystore.js';
import { testAccount, testNetwork, transfer } from '../support/blocks.js';
import { startTestNode, transactionInput } from '../support/node.js';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { assertRefused } from './assertRefused.js';
import { commandLines } from './corrente.js';
import { mistyped } from './developmentAddress.js';

const home = temporaryFolder();
const network = testNetwork();
const node = await startTestNode({ network });
const run = commandLines(home);
const keyPair = testAccount(1);
const addressOf = (account: number) => encodeAddress(network.addressPrefix, testAccount(account).publicKey);
const env = { CORRENTE_PASSPHRASE: 'correct horse', CORRENTE_NODE: node.url };
writeFileSync(join(home, 'key.json'), JSON.stringify(await sealKey(keyPair, env.CORRENTE_PASSPHRASE)), {
  mode: 0o600,
});
const ACCOUNT = String(AccountDocument);
const SEND = String(SendTransactionsDocument);

/** A node that mines its pending payments whenever it is asked for the account. */
const ask: Ask = async (document, variables, timeoutMs) => {
  if (String(document) === ACCOUNT) await node.admin('mutation { mineBlocks { __typename } }');
  return nodeClient(node.url)(document, variables, timeoutMs);
};

/** The same, but the process ends at one of its requests: before the node gets it, or before the answer arrives. */
function cutOff(at: number, before: boolean): Ask {
  let asked = 0;
  return async (document, variables) => {
    const cut = asked++ === at;
    if (cut && before) throw new Failure('cut off');
    const answer = await ask(document, variables);
    if (cut) throw new Failure('cut off');
    return answer;
  };
}

const sendBatch = async (...args: Parameters<typeof sendWhole>) => (await sendWhole(...args)).results;

let files = 0;
/** A file of payments of 1, 2, 3 … base units; account 5 and up receive them. */
function paymentsFile(count: number, lines = (index: number) => `${addressOf(5 + (index % 3))},${units(index)}`) {
  // In a folder of its own: lines in another journal beside it are not paid a second time.
  const folder = join(home, `${files++}`);
  mkdirSync(folder);
  const path = join(folder, 'payments.csv');
  writeFileSync(path, Array.from({ length: count }, (_, index) => `${lines(index)}\n`).join(''));
  return path;
}
const units = (index: number) => `0.0000000${index + 1}`;
const options = (path: string): BatchOptions => ({ path, keyPair, fee: 0n });
const statuses = (results: readonly PaymentResult[]) => results.map(({ line, status }) => `${line} ${status}`);

/** Balance and nonce of the account, and the memos of its last payments. */
async function payer() {
  const { balance } = await node.ask<{
    balance: { confirmed: string; nonce: string; transactions: { nodes: { memo: string }[] } };
  }>(
    'query ($address: Address!) { balance(address: $address) { confirmed nonce transactions(first: 9) { nodes { memo } } } }',
    { address: addressOf(1) },
  );
  return {
    confirmed: BigInt(balance.confirmed),
    nonce: BigInt(balance.nonce),
    memos: balance.transactions.nodes.map(({ memo }) => memo),
  };
}

describe('corrente send --batch', () => {
  it('pays every line once, more than a node holds of one sender, and nothing when it is run again', async () => {
    const path = paymentsFile(70, () => `${addressOf(5)},0.00000001`);
    const before = await payer();
    const results = await sendBatch(options(path), ask);
    assert.deepEqual(
      statuses(results),
      Array.from({ length: 70 }, (_, index) => `${index + 1} paid`),
    );
    const after = await payer();
    assert.deepEqual([before.confirmed - after.confirmed, after.nonce - before.nonce], [70n, 70n]);
    assert.deepEqual(await sendBatch(options(path), ask), results);
    assert.deepEqual(await payer(), after);
  });

  it('has its signed payments on disk, for its owner only, before the node gets any of them', async () => {
    const path = paymentsFile(2);
    let seen = 0;
    await sendBatch(options(path), (document, variables) => {
      if (String(document) === SEND) {
        seen++;
        assert.equal(statSync(`${path}.journal`).mode & 0o777, 0o600);
        assert.equal((JSON.parse(readFileSync(`${path}.journal`, 'utf8')) as { payments: [] }).payments.length, 2);
      }
      return ask(document, variables);
    });
    assert.ok(seen > 0);
  });

  for (const before of [true, false]) {
    it(`cut off at any question, ${before ? 'unheard' : 'unanswered'}, it goes on and has paid each line once`, async () => {
      for (let at = 0, cut = true; cut; at++) {
        const path = paymentsFile(3);
        const start = await payer();
        cut = await sendBatch(options(path), cutOff(at, before)).then(
          () => false,
          (error: unknown) => {
            assert.match(String(error), /cut off/);
            return true;
          },
        );
        const results = await sendBatch(options(path), ask);
        assert.deepEqual(statuses(results), ['1 paid', '2 paid', '3 paid']);
        const end = await payer();
        assert.deepEqual([start.confirmed - end.confirmed, end.nonce - start.nonce], [6n, 3n], `cut off at ${at}`);
        assert.ok(cut || at > 4, `${at} questions`);
      }
    });
  }

  it('says which line was not paid because another payment used its nonce, and pays the others', async () => {
    const path = paymentsFile(3);
    const start = await payer();
    // The journal is written, and nothing is sent.
    await assert.rejects(sendBatch(options(path), cutOff(2, true)), /cut off/);
    const other = transfer({
      network,
      from: keyPair,
      to: testAccount(9),
      amount: 50n,
      nonce: start.nonce + 1n,
    });
    // In the mempool before the batch comes back.
    const sent = await node.ask<{ addTransaction: { alreadyKnown: boolean } }>(
      'mutation ($transaction: AddTransactionInput!) { addTransaction(transaction: $transaction) { ... on TransactionAccepted { alreadyKnown } } }',
      { transaction: transactionInput(network, other) },
    );
    assert.deepEqual(sent.addTransaction, { alreadyKnown: false });
    assert.deepEqual(statuses(await sendBatch(options(path), ask)), ['1 paid', '2 nonceUsed', '3 paid']);
    const end = await payer();
    assert.deepEqual([start.confirmed - end.confirmed, end.nonce - start.nonce], [1n + 50n + 3n, 3n]);

    const args = ['send', '--batch', path, '--key', 'key.json'];
    assertRefused(
      await run(args, env),
      1,
      /paid 2, but another payment of the account used the nonce of line 2: put what/,
    );
    assert.deepEqual(await payer(), end);
  });

  it('pays each line although the account paid something else until a person approved it', async () => {
    const path = paymentsFile(2);
    const approve = async (): Promise<void> => {
      await sendBatch(options(paymentsFile(1, () => `${addressOf(9)},0.5`)), ask);
    };
    assert.deepEqual(statuses(await sendBatch({ ...options(path), approve }, ask)), ['1 paid', '2 paid']);
  });

  for (const [what, account, amounts, unanswered, rejected, inDoubt] of [
    ['before it, which the node took', 0, ['0.1', '5000'], false, 2, [1]],
    ['after it too, which the node holds back', 2, ['0.1', '5000', '0.1'], false, 2, [1, 2, 3]],
    ['of an earlier offer, which had no answer', 3, ['5000', '0.1'], true, 1, [1, 2]],
  ] as const) {
    it(`ends at a line that is rejected; in doubt are those ${what}`, async () => {
      const path = paymentsFile(amounts.length, (index) => `${addressOf(5)},${amounts[index]}`);
      let lost = !unanswered;
      const rich: Ask = async (document, variables) => {
        if (String(document) === SEND && !lost) {
          lost = true;
          throw new RequestFailure(new RequestError('TIMED_OUT', 'cut'), node.url);
        }
        const answer = await ask(document, variables);
        // Its balance when the batch began.
        if (String(document) === ACCOUNT) {
          (answer as { balance: { available: string } }).balance.available = `${10_000n * COIN}`;
        }
        return answer;
      };
      const sent = sendBatch({ ...options(path), keyPair: testAccount(account) }, rich);
      await assert.rejects(sent, (error: BatchStopped) => {
        assert.match(error.message, new RegExp(`^line ${rejected} was rejected: INSUFFICIENT_FUNDS: `));
        const lines = error.inDoubt.map(({ line }) => line);
        assert.deepEqual([lines, error.exitCode], [inDoubt, 3]);
        return true;
      });
      assert.match(
        readFileSync(`${path}.receipts.csv`, 'utf8'),
        new RegExp(`^line,id,block,status\\n(\\d,[0-9a-f]{64},,inDoubt\\n){${inDoubt.length}}$`),
      );
    });
  }

  it('takes memos, quoted where they must be, the names of the columns, and a file of a spreadsheet', async () => {
    const to = addressOf(5);
    const path = join(home, 'memos.csv');
    const lines = ['address,amount,memo', `${to},0.1,rent`, `${to},0.1,"a, ""b"""`, `${to},0.1,`, `${to},0.1`, ''];
    writeFileSync(path, `\ufeff${lines.join('\r\n')}`);
    assert.deepEqual(statuses(await sendBatch(options(path), ask)), ['2 paid', '3 paid', '4 paid', '5 paid']);
    const { memos } = await payer();
    assert.deepEqual(memos.slice(0, 4).sort(), ['', '', 'a, "b"', 'rent']);
  });

  for (const [what, wrong, expected] of [
    ['no amount', addressOf(5), /line 2: expected address,amount/],
    ['no address', ',1', /line 2: expected an address such as cor1…, got ""/],
    ['a mistyped address', `${mistyped(addressOf(5))},1`, /line 2: .*checksum/],
    ['another network’s address', `${addressOf(5).replace('cortest1', 'cor1')},1`, /line 2: /],
    ['an amount of 0', `${addressOf(5)},0`, /line 2: expected an amount above 0/],
    ['a comma in the amount', `${addressOf(5)},"1,5"`, /line 2: expected coins with a point/],
    ['an exponent', `${addressOf(5)},1e3`, /line 2: expected coins with at most 8 decimal places/],
    ['too much', `${addressOf(5)},92233720369`, /line 2: expected at most/],
    ['an open quote', `${addressOf(5)},1,"a`, /line 2: expected a field with quotes/],
    ['a fourth column', `${addressOf(5)},1,a,b`, /line 2: expected address,amount/],
    ['a long memo', `${addressOf(5)},1,${'é'.repeat(33)}`, /line 2: expected a memo of at most 64 bytes, got 66/],
  ] as const) {
    it(`sends nothing of a file with a line that has ${what}`, async () => {
      const good = `${addressOf(5)},1`;
      const path = paymentsFile(3, (index) => (index === 1 ? wrong : good));
      const start = await payer();
      await assert.rejects(sendBatch(options(path), ask), { name: 'Failure', exitCode: 2, message: expected });
      assert.ok(!existsSync(`${path}.journal`));
      assert.deepEqual(await payer(), start);
    });
  }

  it('sends nothing of an empty file, and lists the lines that are wrong', async () => {
    await assert.rejects(sendBatch(options(paymentsFile(0)), ask), /expected 1 to 10000 payments, got 0/);
    await assert.rejects(
      sendBatch(options(paymentsFile(3, () => 'x')), ask),
      /3 lines are malformed; nothing was sent\n {2}line 1: .*\n {2}line 2: .*\n {2}line 3: /,
    );
  });

  it('sends nothing if the account cannot pay all of it', async () => {
    const path = paymentsFile(2, () => `${addressOf(5)},600`);
    await assert.rejects(sendBatch(options(path), ask), /expected 1200 coins available, got 99\d\./);
    assert.ok(!existsSync(`${path}.journal`));
  });

  it('refuses a file that is not the one that was signed, another key, another fee, and a damaged journal', async () => {
    const path = paymentsFile(2);
    const results = await sendBatch(options(path), ask);
    const start = await payer();
    const [text, journal] = [readFileSync(path, 'utf8'), readFileSync(`${path}.journal`, 'utf8')];
    const refused = (expected: RegExp, changed: Partial<BatchOptions> = {}) =>
      assert.rejects(sendBatch({ ...options(path), ...changed }, ask), { name: 'Failure', message: expected });
    writeFileSync(path, text.replace(/1\n/, '9\n'));
    await refused(/expected the payments that were signed, got another line 1; what it holds may have been sent/);
    writeFileSync(path, `${text}${text}`);
    await refused(/expected 2 payments, got 4/);
    writeFileSync(path, text);
    await refused(/expected the key that signed them, got another/, { keyPair: testAccount(2) });
    await refused(/expected the fee of 0 coins that was signed, got 0\.00000007: leave --fee out, or give --fee 0/, {
      fee: 7n,
    });
    for (const damaged of ['', 'null', '{}', journal.slice(0, -9), journal.replace(/"[0-9a-f]{20}/, '"')]) {
      writeFileSync(`${path}.journal`, damaged);
      await refused(/journal: expected .*, got/);
    }
    writeFileSync(`${path}.journal`, journal);
    assert.deepEqual(await sendBatch(options(path), ask), results);
    assert.deepEqual(await payer(), start);
  });

  it('is a command with an answer for programs', async () => {
    const path = paymentsFile(2);
    await sendBatch(options(path), ask);
    const args = ['send', '--batch', path, '--key', 'key.json'];
    const { stdout: text } = await run(args, env);
    assert.match(
      text,
      new RegExp(`^paid {2}all 2 payments of ${path} before, in block \\d+; this run sent nothing\n$`),
    );
    const { stdout } = await run([...args, '--json'], env);
    assert.deepEqual(statuses(JSON.parse(stdout) as PaymentResult[]), ['1 paid', '2 paid']);
    assertRefused(await run([...args, '--to', addressOf(5)], env), 2, /'--batch <file>' cannot be used with/);
    assertRefused(
      await run(['send', '--batch', 'missing.csv', '--key', 'key.json'], env),
      2,
      /missing\.csv: no such file or folder/,
    );
  });
});
