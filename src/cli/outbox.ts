import { Command, Option } from '@commander-js/extra-typings';
import { formatCoins } from '../client/coins.js';
import { DEVELOPMENT_ACCOUNTS } from '../consensus/network.js';
import { toHex } from '../crypto/bytes.js';
import { Failure } from './failure.js';
import { Interruption } from './interruption.js';
import { flag, integer, jsonOption, path, transactionId } from './options.js';
import { print, table } from './output.js';
import { Outbox, outboxFolder, type KeptPayment } from './sendOutbox.js';

/** `corrente outbox`: what `corrente send` signed and has not settled, and how to give one up. */
export function outboxCommand() {
  return new Command('outbox')
    .description('payments of a key that were signed and whose fate was not told yet; the same `send` goes on with one')
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
      const outbox = new Outbox(folder);
      if (forget !== undefined) await forgetInTurn(outbox, forget);
      const payments = await outbox.payments();
      const lines = payments.length === 0 ? [`nothing is in doubt in ${folder}`] : table(payments.map(row));
      print(json, payments.map(value), lines);
    });
}

async function forgetInTurn(outbox: Outbox, id: string): Promise<void> {
  const interruption = new Interruption();
  try {
    const endTurn = await outbox.takeTurn(interruption.signal, () => {
      process.stderr.write('waits for a command that spends from this account\n');
    });
    try {
      const found = (await outbox.payments()).some((payment) => payment.id === id);
      if (!found) throw new Failure(`--forget ${id}: expected a payment of this outbox, got none`);
      await outbox.forget(id);
    } finally {
      endTurn();
    }
  } finally {
    interruption.end();
  }
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
