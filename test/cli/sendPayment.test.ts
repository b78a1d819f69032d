import assert from 'node:assert/strict';
import { statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { testAccount, transfer } from '../support/blocks.js';
import { addressOf, transactionInput } from '../support/node.js';
import { unreliableProxy } from '../support/unreliableProxy.js';
import { toHex } from '../../src/crypto/bytes.js';
import { assertRefused } from './assertRefused.js';
import { commandLines } from './corrente.js';
import { idOf, isSend, startPayer } from './payer.js';

const { env, home, kept, mine, network, node, once, outbox, payer, proxy, received, run, send, to } =
  await startPayer();

describe('corrente send', () => {
  it('has the signed payment on disk, for its owner only, when it leaves, and forgets it after it printed the outcome', async () => {
    let seen = 0;
    proxy.mishap = (body) => {
      if (!isSend(body)) return 'none';
      seen++;
      const [name] = kept();
      assert.equal(statSync(join(outbox, name!)).mode & 0o777, 0o600);
      return 'none';
    };
    const ended = await send('0.00000001');
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /^accepted {3}[0-9a-f]{64}\n {11}0\.00000001 coins to cortest1.*, nonce \d+\n$/);
    assert.deepEqual([seen, kept()], [1, []]);
  });

  for (const mishap of [
    'cut before',
    'cut after',
    'HTTP 502',
    'page',
    'other JSON',
    'no data',
    'internal error',
  ] as const) {
    it(`${mishap}: ends with 3 and the id, and run again pays once with the same signature`, async () => {
      const start = await received();
      once(mishap);
      const lost = await send('0.00000007', '--memo', mishap);
      const [name] = kept();
      const id = name!.replace('.json', '');
      assertRefused(
        lost,
        3,
        new RegExp(
          `^error: ${id} may have been taken: .*transaction\\(id: "${id}"\\), or the same command again, without --again: it`,
        ),
      );
      const again = await send('0.00000007', '--memo', mishap);
      assert.equal(again.code, 0, again.stderr);
      assert.equal(idOf(again), id);
      assert.match(again.stderr, new RegExp(`goes on with ${id}`));
      assert.equal(await received(), start + 7n);
      assert.deepEqual(kept(), []);
      // From now on it is one more payment.
      assert.notEqual(idOf(await send('0.00000007', '--memo', mishap)), id);
      assert.equal(await received(), start + 14n);
    });
  }

  it('in doubt, its one answer for programs has the id', async () => {
    once('cut after');
    const { code, stdout } = await send('0.00000002', '--json');
    const answer = JSON.parse(stdout) as { id: string; status: string };
    assert.deepEqual([code, answer.status, `${answer.id}.json`], [3, 'inDoubt', kept()[0]]);
    const done = JSON.parse((await send('0.00000002', '--json')).stdout) as Record<string, unknown>;
    assert.deepEqual([done['id'], done['status'], done['earlier']], [answer.id, 'accepted', true]);
  });

  it('says that a payment in doubt was paid meanwhile, and does not pay it again', async () => {
    const start = await received();
    once('cut after');
    assert.equal((await send('0.00000003')).code, 3);
    assert.equal(await received(), start + 3n);
    const { code, stdout } = await send('0.00000003');
    assert.equal(code, 0);
    assert.match(stdout, /signed by an earlier command, and paid once\nconfirmed {2}in block \d+/);
    assert.equal(await received(), start + 3n);
  });

  it('another payment lets the one in doubt go first, which is still not paid twice', async () => {
    const start = await received();
    once('cut before');
    assert.equal((await send('0.00000004')).code, 3);
    const other = await send('0.0000001');
    assert.equal(other.code, 0, other.stderr);
    assert.match(other.stderr, /offers the earlier payment [0-9a-f]{64} of 0\.00000004 coins first/);
    assert.equal(await received(), start + 14n);
    assert.match((await send('0.00000004')).stdout, /paid once/);
    assert.equal(await received(), start + 14n);
  });

  it('--again pays a second time although the first is in doubt', async () => {
    const start = await received();
    once('cut before');
    assert.equal((await send('0.00000005')).code, 3);
    assert.equal((await send('0.00000005', '--again')).code, 0);
    assert.equal(await received(), start + 10n);
    assert.equal((await send('0.00000005')).code, 0);
    assert.equal(await received(), start + 10n);
  });

  it('signs a new payment, and says so, when another payment used the nonce of the one in doubt', async () => {
    const start = await received();
    once('cut before');
    assert.equal((await send('0.00000006')).code, 3);
    const { balance } = await node.ask<{ balance: { nextNonce: string } }>(
      'query ($address: Address!) { balance(address: $address) { nextNonce } }',
      { address: addressOf(network, payer) },
    );
    const nonce = BigInt(balance.nextNonce);
    const other = transfer({ network, from: payer, to: testAccount(9), amount: 1n, nonce });
    await node.ask(
      'mutation ($transaction: AddTransactionInput!) { addTransaction(transaction: $transaction) { __typename } }',
      {
        transaction: transactionInput(network, other),
      },
    );
    const refused = await send('0.00000006');
    assertRefused(
      { ...refused, stderr: refused.stderr.replace(/^goes on.*\n/, '') },
      3,
      /refused now \(NONCE_CONFLICT/,
    );
    await mine();
    const { code, stderr } = await send('0.00000006');
    assert.equal(code, 0, stderr);
    assert.match(stderr, /was not paid and cannot be any more: another payment used nonce/);
    assert.equal(await received(), start + 6n);
  });

  it('keeps no payment that certainly never left', async () => {
    const gone = await unreliableProxy(node.url);
    gone.close();
    const refused = await run(['send', '--to', to, '--amount', '1', '--key', 'key.json'], {
      ...env,
      CORRENTE_NODE: gone.url,
    });
    assertRefused(refused, 1, /expected a running node, got ECONNREFUSED/);
    assertRefused(await send('5000'), 1, /rejected: INSUFFICIENT_FUNDS/);
    assert.deepEqual(kept(), []);
  });

  it('two at once take turns: both are paid, neither replaces the other', async () => {
    const start = await received();
    const second = commandLines(home);
    const args = (amount: string, fee: string) =>
      ['send', '--to', to, '--amount', amount, '--fee', fee, '--key', 'key.json'] as const;
    const [one, two] = await Promise.all([
      run(args('0.00000001', '0.00001'), env),
      second(args('0.00000002', '0.00002'), env),
    ]);
    assert.deepEqual([one.code, two.code], [0, 0]);
    assert.equal(await received(), start + 3n);
  });

  it('replaces the pending transaction that --replaces names, says so, and no other', async () => {
    proxy.mishap = () => 'none';
    const start = await received();
    const first = idOf(await send('0.00000001'))!;
    const args = ['--fee', '0.00001', '--replaces', first];
    once('cut after');
    assert.equal((await send('0.00000002', ...args)).code, 3);
    const second = await send('0.00000002', ...args);
    assert.equal(second.code, 0, second.stderr);
    assert.match(second.stdout, /^accepted {3}/);
    assert.equal(await received(), start + 2n);
    const third = await send('0.00000001');
    const fourth = await send('0.00000002', '--fee', '0.00001', '--replaces', idOf(third)!);
    assert.match(fourth.stdout, new RegExp(`^replaced {3}${idOf(third)}$`, 'm'));
    assert.equal(await received(), start + 4n);
    assertRefused(await send('1', '--replaces', first), 1, /rejected: NONCE_TOO_LOW/);
    assert.deepEqual(kept(), []);
  });

  it('prints the accepted payment before a slow delivery, which ends nothing', async () => {
    once('cut after', (body) => body.includes('deliveries'));
    const { code, stdout } = await send('0.00000001');
    assert.equal(code, 0);
    assert.match(stdout, /^accepted {3}[0-9a-f]{64}\n.*\n {11}what its peers answered is not known in time\n$/);
  });

  it('--wait goes on through failed polls, and ends with 3 and the id when the time is over', async () => {
    let polls = 0;
    proxy.mishap = (body) => {
      if (!body.includes('query TransactionStatus(')) return 'none';
      polls++;
      if (polls === 3) void mine();
      return polls < 3 ? 'cut before' : 'none';
    };
    const waited = await send('0.00000001', '--wait');
    assert.equal(waited.code, 0, waited.stderr);
    assert.match(waited.stdout, /^accepted .*\n.*\nconfirmed {2}in block \d+ [0-9a-f]{64}\n$/);
    assert.ok(polls >= 3);
    // Reported once, however often it does not answer.
    assert.match(waited.stderr, /^http:\S+: expected .*; asks again for up to \d+ s \(--timeout\)\n$/);
    proxy.mishap = () => 'none';
    const late = await send('0.00000001', '--wait', '--timeout', '1');
    assert.equal(late.code, 3);
    assert.match(late.stderr, new RegExp(`^error: ${idOf(late)} was accepted, and is in no block yet`));
    await mine();
    assert.equal(idOf(await send('0.00000001', '--wait')), idOf(late));
  });

  it('lists payments in doubt, and gives one up on request', async () => {
    once('cut before');
    assert.equal((await send('0.00000008')).code, 3);
    const id = kept()[0]!.slice(0, 64);
    const list = await run(['outbox', '--key', 'key.json'], env);
    assert.match(
      list.stdout,
      new RegExp(
        `^${id} {2}0\\.00000008 coins {2}to public key ${toHex(testAccount(5).publicKey)} {2}nonce \\d+ {2}signed 20`,
      ),
    );
    assertRefused(
      await run(['outbox', '--key', 'key.json', '--forget', '0'.repeat(64)], env),
      1,
      /expected a payment of/,
    );
    const forgot = await run(['outbox', '--key', 'key.json', '--forget', id, '--json'], env);
    assert.deepEqual([forgot.code, JSON.parse(forgot.stdout), kept()], [0, [], []]);
  });

  it('a key file by another name has the same outbox', async () => {
    once('cut before');
    assert.equal((await send('0.00000008')).code, 3);
    const id = kept()[0]!.slice(0, 64);
    symlinkSync(join(home, 'key.json'), join(home, 'link.json'));
    const args = ['send', '--to', to, '--amount', '0.00000008', '--key', 'link.json'];
    assert.equal(idOf(await run(args, env)), id);
  });

  it('a memo that lost its bytes is refused', async () => {
    assertRefused(await send('1', '--memo', 'M\ufffdller'), 2, /--memo.*expected text in UTF-8, got the replacement/);
    assert.deepEqual(kept(), []);
  });

  it('a development account pays on the development network only', async () => {
    const args = ['send', '--to', to, '--amount', '1', '--development-account', '0'];
    assertRefused(
      await run(args, env),
      2,
      /--development-account: expected a node of the development network, got one of/,
    );
  });

  it('takes no payment from variables', async () => {
    const stale = { ...env, CORRENTE_TO: to, CORRENTE_AMOUNT: '1', CORRENTE_BATCH: 'x.csv', CORRENTE_FEE: '1' };
    const { code, stderr } = await run(['send', '--key', 'key.json'], stale);
    assert.equal(code, 2);
    assert.match(stderr, /^error: .*'--to <address>' not specified/m);
    assert.match(stderr, /^warning: CORRENTE_AMOUNT is no setting/m);
  });
});
