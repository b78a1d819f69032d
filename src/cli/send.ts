import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Command, Option } from '@commander-js/extra-typings';
import * as operations from '../client/operations.js';
import { DEVELOPMENT_ACCOUNTS, developmentAccount } from '../consensus/network.js';
import { createTransaction, signingPayload } from '../consensus/transaction.js';
import { encodeAddress } from '../crypto/address.js';
import { fromHex, toHex } from '../crypto/bytes.js';
import { sign, type KeyPair } from '../crypto/ed25519.js';
import { openKey, parseKeyFile } from '../crypto/keystore.js';
import { Failure } from './failure.js';
import { nodeClient, type Ask } from './nodeClient.js';
import { address, coins, integer, jsonOption, nodeOption } from './options.js';
import { print } from './output.js';
import { passphraseFileOption, readPassphrase } from './passphrase.js';
import { formatCoins } from './coins.js';

/** `corrente send`: signs a transfer here and gives it to a node. */
export function sendCommand() {
  return new Command('send')
    .description('sign a transfer and send it')
    .addOption(
      new Option('--to <address>', 'who receives it').env('CORRENTE_TO').argParser(address).makeOptionMandatory(),
    )
    .addOption(
      new Option('--amount <coins>', 'how much, such as 1.5')
        .env('CORRENTE_AMOUNT')
        .argParser(coins)
        .makeOptionMandatory(),
    )
    .addOption(new Option('--fee <coins>', 'for the miner').env('CORRENTE_FEE').argParser(coins).default(0n, '0'))
    .addOption(new Option('--memo <text>', 'at most 64 bytes').env('CORRENTE_MEMO').default(''))
    .addOption(new Option('--key <file>', 'key file of the sender').env('CORRENTE_KEY'))
    .addOption(
      new Option('--development-account <number>', 'send from a funded account of the development network')
        .env('CORRENTE_DEVELOPMENT_ACCOUNT')
        .argParser(integer(0, DEVELOPMENT_ACCOUNTS - 1))
        .conflicts('key'),
    )
    .addOption(passphraseFileOption())
    .addOption(nodeOption())
    .addOption(new Option('--wait', 'wait until a block confirms it').env('CORRENTE_WAIT'))
    .addOption(jsonOption())
    .action(async (options) => {
      const keyPair = await senderKey(options);
      const ask = nodeClient(options.node);
      const sender = encodeAddress(options.to.prefix, keyPair.publicKey);
      const { chain, balance } = await ask(operations.AccountDocument, { address: sender });
      const unsigned = {
        sender: keyPair.publicKey,
        recipient: options.to.publicKey,
        amount: options.amount,
        fee: options.fee,
        nonce: BigInt(balance.nextNonce),
        memo: options.memo,
      };
      if (Buffer.byteLength(options.memo) > 64) {
        throw new Failure(`--memo: expected at most 64 bytes, got ${Buffer.byteLength(options.memo)}`, 2);
      }
      const chainId = fromHex(chain.id);
      const signature = sign(signingPayload(chainId, unsigned), keyPair);
      const id = toHex(createTransaction(chainId, unsigned, signature).id);
      const { addTransaction } = await ask(operations.SendTransactionDocument, {
        transaction: {
          sender,
          recipient: options.to.text,
          amount: `${unsigned.amount}`,
          fee: `${unsigned.fee}`,
          nonce: `${unsigned.nonce}`,
          memo: unsigned.memo,
          signature: toHex(signature),
        },
      });
      if (addTransaction.__typename === 'Rejected') {
        if (options.json) print(true, { id, rejected: addTransaction }, []);
        throw new Failure(`rejected: ${addTransaction.code}: ${addTransaction.message}`);
      }
      const confirmed = options.wait ? await confirmation(ask, id) : undefined;
      const { deliveries } = addTransaction;
      print(options.json, { id, deliveries, ...(confirmed && { block: confirmed }) }, [
        `accepted   ${id}`,
        `           ${formatCoins(unsigned.amount)} coins to ${options.to.text}, nonce ${unsigned.nonce}`,
        ...deliveries.map(({ peer, outcome, rejected }) => `${outcome.padEnd(13)} ${peer.url} ${rejected?.code ?? ''}`),
        ...(confirmed ? [`confirmed  in block ${confirmed.height} ${confirmed.hash}`] : []),
      ]);
    });
}

async function senderKey(options: {
  readonly key?: string | undefined;
  readonly developmentAccount?: number | undefined;
  readonly passphraseFile?: string | undefined;
}): Promise<KeyPair> {
  if (options.developmentAccount !== undefined) return developmentAccount(options.developmentAccount);
  if (options.key === undefined) {
    throw new Failure('expected --key FILE or --development-account N to say who sends', 2);
  }
  let file;
  try {
    file = parseKeyFile(await readFile(options.key, 'utf8'));
  } catch (error) {
    throw new Failure(`--key ${options.key}: ${(error as Error).message}`, 2);
  }
  const keyPair = await openKey(file, await readPassphrase(options));
  if (!keyPair) throw new Failure(`--key ${options.key}: the passphrase does not open it`);
  return keyPair;
}

/** Polls until the transaction is in a block; throws Failure when it was dropped or the patience ends. */
async function confirmation(ask: Ask, id: string): Promise<{ readonly height: number; readonly hash: string }> {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    const { transaction } = await ask(operations.TransactionStatusDocument, { id });
    const status = transaction?.status;
    if (status?.__typename === 'TransactionConfirmed') return status.block;
    if (status?.__typename === 'TransactionDropped') {
      throw new Failure(`dropped: ${status.reason.code}: ${status.reason.message}`);
    }
    if (Date.now() > deadline)
      throw new Failure(`${id} is not in a block after ${WAIT_MS / 1000} s; it is still pending`);
    await delay(POLL_MS);
  }
}

const WAIT_MS = 600_000;
const POLL_MS = 300;
