import { Command } from '@commander-js/extra-typings';
import * as operations from '../client/operations.js';
import { confirm, type Confirmation } from '../client/confirm.js';
import { createTransaction, sign, type SignedTransfer, type TransferFields } from '../client/transfer.js';
import { DEVELOPMENT_ACCOUNTS } from '../consensus/network.js';
import { MAX_MEMO_BYTES } from '../consensus/transaction.js';
import { encodeAddress } from '../crypto/address.js';
import type { KeyPair } from '../crypto/ed25519.js';
import { formatCoins } from '../client/coins.js';
import { Failure, NoAnswerFailure } from './failure.js';
import { nodeClient, type Ask } from './nodeClient.js';
import { address, coins, flag, integer, jsonOption, nodeOption, nonEmpty, type ParsedAddress } from './options.js';
import { print } from './output.js';
import { passphraseFileOption } from './passphrase.js';
import { sendBatch } from './sendBatch.js';
import { senderKey } from './sendKey.js';

/** `corrente send`: signs a transfer here and gives it to a node, or every line of a file of payments. */
export function sendCommand() {
  return new Command('send')
    .description('sign a transfer and send it')
    .addOption(flag('--to <address>', 'who receives it').argParser(address))
    .addOption(flag('--amount <coins>', 'how much, such as 1.5').argParser(coins))
    .addOption(flag('--fee <coins>', 'for the miner').argParser(coins).default(0n, '0'))
    .addOption(flag('--memo <text>', 'at most 64 bytes').default(''))
    .addOption(
      flag('--batch <file>', 'pay each line of a CSV file, address,amount[,memo], once, however often it is run')
        .argParser(nonEmpty)
        .conflicts(['to', 'amount', 'memo', 'wait']),
    )
    .addOption(flag('--key <file>', 'key file of the sender'))
    .addOption(
      flag('--development-account <number>', 'send from a funded account of the development network')
        .argParser(integer(0, DEVELOPMENT_ACCOUNTS - 1))
        .conflicts('key'),
    )
    .addOption(passphraseFileOption())
    .addOption(nodeOption())
    .addOption(flag('--wait', 'wait until a block confirms it; --batch always does'))
    .addOption(jsonOption())
    .action(async ({ to, amount, batch, ...options }) => {
      if (batch !== undefined) {
        return payAll({ ...options, path: batch, keyPair: await senderKey(options) });
      }
      if (!to) throw new Failure("required option '--to <address>' not specified (or --batch <file>)", 2);
      if (amount === undefined) throw new Failure("required option '--amount <coins>' not specified", 2);
      await payOne({ ...options, to, amount, keyPair: await senderKey(options) });
    });
}

interface SendOptions {
  readonly keyPair: KeyPair;
  /** Base units. */
  readonly fee: bigint;
  readonly node: string;
  readonly json?: true | undefined;
}

interface PaymentOptions extends SendOptions {
  readonly to: ParsedAddress;
  readonly amount: bigint;
  readonly memo: string;
  readonly wait?: true | undefined;
}

async function payOne({ to, amount, fee, memo, keyPair, node, json, wait }: PaymentOptions): Promise<void> {
  const memoBytes = Buffer.byteLength(memo);
  if (memoBytes > MAX_MEMO_BYTES) throw new Failure(`--memo: expected at most 64 bytes, got ${memoBytes}`, 2);
  const ask = nodeClient(node);
  const sender = encodeAddress(to.prefix, keyPair.publicKey);
  const { chain, balance } = await ask(operations.AccountDocument, { address: sender });
  const nonce = BigInt(balance.nextNonce);
  const transfer = signed({ chainId: chain.id, sender, recipient: to.text, amount, fee, nonce, memo }, keyPair);
  const { id } = transfer;
  const { addTransaction } = await ask(operations.SendTransactionDocument, { transaction: transfer.input }).catch(
    (error: unknown) => {
      if (!(error instanceof NoAnswerFailure)) throw error;
      // No answer is no refusal, and the same payment again would be a second one.
      throw new Failure(`${error.message}; ${id} may have been accepted: look for it before you pay again`);
    },
  );
  if (addTransaction.__typename === 'Rejected') {
    if (json) print(true, { id, rejected: addTransaction }, []);
    throw new Failure(`rejected: ${addTransaction.code}: ${addTransaction.message}`);
  }
  const block = wait ? await confirmation(id, ask) : undefined;
  const { deliveries } = addTransaction;
  print(json, { id, deliveries, ...(block && { block }) }, [
    `accepted   ${id}`,
    `           ${formatCoins(amount)} coins to ${to.text}, nonce ${nonce}`,
    ...deliveries.map(({ peer, outcome, rejected }) => `${outcome.padEnd(13)} ${peer.url} ${rejected?.code ?? ''}`),
    ...(block ? [`confirmed  in block ${block.height} ${block.hash}`] : []),
  ]);
}

function signed(fields: TransferFields, keyPair: KeyPair): SignedTransfer {
  try {
    return sign(createTransaction(fields), keyPair);
  } catch (error) {
    if (error instanceof RangeError) throw new Failure(error.message);
    throw error;
  }
}

type Confirmed = Extract<Confirmation, { readonly status: 'confirmed' }>;

/** The block of a transfer that was sent. Throws Failure when it was dropped or the patience ends. */
async function confirmation(id: string, ask: Ask): Promise<Confirmed['block']> {
  const outcome = await confirm(id, { node: { request: (document, variables) => ask(document, variables) } });
  switch (outcome.status) {
    case 'confirmed':
      return outcome.block;
    case 'dropped':
      throw new Failure(`dropped: ${outcome.code}: ${outcome.message}`);
    case 'pending':
      throw new Failure(`${id} is not in a block after ten minutes; it is still pending`);
  }
}

async function payAll({ path, keyPair, fee, node, json }: SendOptions & { readonly path: string }): Promise<void> {
  const results = await sendBatch({ path, keyPair, fee }, nodeClient(node));
  const unpaid = results.filter(({ status }) => status === 'nonceUsed').map(({ line }) => line);
  const paid = results.length - unpaid.length;
  if (json || unpaid.length === 0) print(json, results, [`paid  ${paid} payments of ${path}, each in a block`]);
  if (unpaid.length === 0) return;
  throw new Failure(
    `${path}: paid ${paid}, but another payment of the account used the nonce of line ${unpaid.join(', ')}: put what is still to be paid into a new file`,
  );
}
