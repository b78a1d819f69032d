import { Command, Option } from '@commander-js/extra-typings';
import { ChainIdDocument } from '../../client/operations/public.js';
import { DEVELOPMENT_ACCOUNTS, developmentAccount, developmentNetwork } from '../../consensus/network.js';
import { toHex } from '../../crypto/bytes.js';
import type { KeyPair } from '../../crypto/ed25519.js';
import { Failure } from '../failure.js';
import { interruptible } from '../terminal.js';
import { nodeClient, type Ask } from '../nodeClient.js';
import {
  address,
  coins,
  paidCoins,
  flag,
  integer,
  jsonOption,
  memo,
  nodeOption,
  type ParsedAddress,
  path,
  transactionId,
} from '../options.js';
import { openKeyFile, passphraseFileOption } from '../keys.js';
import { payAll } from './batch.js';
import { PaymentOutbox, outboxFolder } from './outbox.js';
import { type PaymentModules, PaymentRun } from './payment.js';
import { PaymentReport } from './fate.js';

const WAITING =
  'waits for another command that spends from this account: until it ends, with --wait when its payment is in a block; nothing is signed so far';

function optionsOfSend() {
  return (
    new Command('send')
      .description('sign a transfer and send it')
      // These have no variables: a variable left over from yesterday must not make a payment.
      .addOption(new Option('--to <address>', 'address of the recipient').argParser(address))
      .addOption(new Option('--amount <coins>', 'amount in coins, such as 1.5').argParser(paidCoins))
      .addOption(new Option('--fee <coins>', 'fee of each payment, for the miner (default: 0)').argParser(coins))
      .addOption(new Option('--memo <text>', 'at most 64 bytes, public').argParser(memo).default(''))
      .addOption(
        new Option(
          '--batch <file>',
          'pay each line of a CSV file, address,amount[,memo], once, however often it is run',
        )
          .argParser(path)
          .conflicts(['to', 'amount', 'memo', 'wait', 'replaces']),
      )
      .addOption(
        new Option('--replaces <id>', 'replace this pending transaction, for a higher fee').argParser(transactionId),
      )
      .addOption(new Option('--again', 'pay although the same payment is in doubt, or in the journal of another file'))
      .addOption(new Option('--dry-run', 'with --batch: check everything and show it, sign nothing').conflicts('to'))
      .addOption(new Option('--yes', 'with --batch: do not ask').conflicts('to'))
      .addOption(flag('--key <file>', 'key file of the sender').argParser(path))
      .addOption(
        flag('--development-account <number>', 'send from a funded account of the development network')
          .argParser(integer(0, DEVELOPMENT_ACCOUNTS - 1))
          .conflicts('key'),
      )
      .addOption(passphraseFileOption())
      .addOption(
        flag(
          '--outbox <folder>',
          'folder that keeps each signed payment until its fate is known (default: <key file>.outbox)',
        ).argParser(path),
      )
      .addOption(nodeOption())
      .addOption(flag('--wait', 'wait until a block confirms it; --batch always does'))
      .addOption(
        flag('--timeout <seconds>', 'how long to wait for a block')
          .argParser(integer(1, 86_400 * 7))
          .default(600),
      )
      .addOption(jsonOption())
  );
}

type SendOptions = ReturnType<ReturnType<typeof optionsOfSend>['opts']>;

/** `corrente send`: signs a transfer here and gives it to a node, or every line of a file of payments. */
export function sendCommand() {
  return optionsOfSend().action(async (options) => {
    const { to, amount, batch } = options;
    if (batch !== undefined) return payFile(batch, options);
    if (!to) throw new Failure("required option '--to <address>' not specified (or --batch <file>)", 2);
    if (amount === undefined) throw new Failure("required option '--amount <coins>' not specified", 2);
    await payOne(to, amount, options);
  });
}

async function payOne(to: ParsedAddress, amount: bigint, options: SendOptions): Promise<void> {
  const { fee = 0n, memo, replaces, again = false, wait = false, timeout, json = false } = options;
  const report = new PaymentReport(json);
  try {
    await inTurn(options, (modules) => {
      const payment = { to, amount, fee, memo, replaces, again, wait, timeoutMs: timeout * 1_000 };
      return new PaymentRun(payment, { ...modules, report }).run();
    });
  } catch (error) {
    report.end(error);
    throw error;
  }
  report.end();
}

async function payFile(path: string, options: SendOptions): Promise<void> {
  const { fee, again = false, yes = false, dryRun = false, json = false, timeout } = options;
  await inTurn(options, ({ keyPair, ask, outbox, signal }) =>
    payAll({ path, keyPair, fee, again, yes, dryRun, json, signal, timeoutMs: timeout * 1_000 }, { ask, outbox }),
  );
}

/** Runs `pay` while no other command spends from the account; a signal that would end the process aborts it first. */
async function inTurn(
  options: SendOptions,
  pay: (modules: Omit<PaymentModules, 'report'>) => Promise<void>,
): Promise<void> {
  const keyPair = await senderKey(options);
  const outbox = new PaymentOutbox(await outboxFolder(options));
  await interruptible(async (signal) => {
    const ask = nodeClient(options.node, undefined, signal);
    if (options.developmentAccount !== undefined) await checkDevelopmentChain(ask);
    const task = (): Promise<void> => pay({ keyPair, ask, outbox, signal });
    // A run that signs nothing needs no turn.
    await (options.dryRun ? task() : outbox.inTurn(signal, WAITING, task));
  });
}

/** Throws Failure where the public development keys would sign for another chain. */
async function checkDevelopmentChain(ask: Ask): Promise<void> {
  const { chain } = await ask(ChainIdDocument, {});
  if (chain.id === toHex(developmentNetwork().chainId)) return;
  throw new Failure(
    `--development-account: expected a node of the development network, got one of ${chain.network}: give --key FILE`,
    2,
  );
}

/** The key pair that the options name: of a key file, or of a development account. Throws Failure. */
async function senderKey({ key, developmentAccount: account, passphraseFile }: SendOptions): Promise<KeyPair> {
  if (account !== undefined) return developmentAccount(account);
  if (key === undefined) throw new Failure('expected --key FILE or --development-account N to say who sends', 2);
  return openKeyFile(key, passphraseFile, `--key ${key}`);
}
