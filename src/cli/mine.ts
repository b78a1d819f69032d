import { Command } from '@commander-js/extra-typings';
import * as operations from '../client/operations.js';
import { formatCoins } from '../client/coins.js';
import { adminToken } from './adminToken.js';
import { Failure } from './failure.js';
import { nodeClient } from './nodeClient.js';
import { dataOption, integer, jsonOption, nodeOption, tokenFileOption } from './options.js';
import { print } from './output.js';

/** `corrente mine [COUNT]`. */
export function mineCommand() {
  return new Command('mine')
    .description('mine blocks now (needs the admin token)')
    .argument('[count]', 'how many in a row', integer(1, 1_000), 1)
    .addOption(nodeOption())
    .addOption(tokenFileOption())
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (count, options) => {
      const ask = nodeClient(options.node, await adminToken(options));
      const { mineBlocks } = await ask(operations.MineBlocksDocument, { count }, count * MAX_BLOCK_MS);
      const blocks = mineBlocks.flatMap((outcome) => (outcome.__typename === 'BlockAccepted' ? [outcome.block] : []));
      print(
        options.json,
        mineBlocks,
        blocks.map(
          ({ height, hash, transactionCount, reward }) =>
            `block ${height}  ${hash}  ${transactionCount} transactions, reward ${formatCoins(BigInt(reward))} coins`,
        ),
      );
      const rejected = mineBlocks.find((outcome) => outcome.__typename === 'Rejected');
      if (rejected?.code === 'WALLET_UNAVAILABLE') {
        throw new Failure(
          `rejected: ${rejected.code}: expected an account to be paid: start the node with --miner ADDRESS`,
        );
      }
      if (rejected) throw new Failure(`rejected: ${rejected.code}: ${rejected.message}`);
    });
}

/** Patience for one block. */
const MAX_BLOCK_MS = 600_000;
