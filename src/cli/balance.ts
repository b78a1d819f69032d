import { Command } from '@commander-js/extra-typings';
import * as operations from '../client/operations.js';
import { formatCoins } from '../client/coins.js';
import { nodeClient } from './nodeClient.js';
import { address, jsonOption, nodeOption } from './options.js';
import { print } from './output.js';

/** `corrente balance ADDRESS`. */
export function balanceCommand() {
  return new Command('balance')
    .description('what an account has')
    .argument('<address>', 'the account', address)
    .addOption(nodeOption())
    .addOption(jsonOption())
    .action(async (account, options) => {
      const { balance } = await nodeClient(options.node)(operations.AccountDocument, { address: account.text });
      print(options.json, balance, [
        `confirmed  ${formatCoins(BigInt(balance.confirmed))} coins at block ${balance.asOf.height}`,
        `available  ${formatCoins(BigInt(balance.available))}`,
        `incoming   ${formatCoins(BigInt(balance.incoming))}`,
        `nonce      ${balance.nonce}, next ${balance.nextNonce}`,
      ]);
    });
}
