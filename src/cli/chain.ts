import { rename, rm } from 'node:fs/promises';
import { Command, Option } from '@commander-js/extra-typings';
import { describeRejection } from '../consensus/rejection.js';
import type { Network } from '../consensus/network.js';
import { toHex } from '../crypto/bytes.js';
import { exportChain, readChainFile } from '../node/chainFile.js';
import { Closers } from '../node/closers.js';
import { openLedger, type Ledger } from '../node/ledger.js';
import { ChainDamageError, replayChain } from '../node/replay.js';
import { CorruptDataError } from '../storage/database.js';
import { DataFolderError } from '../storage/dataFolderError.js';
import { Failure } from './failure.js';
import { loadNetwork } from './loadNetwork.js';
import { dataOption, defaultDataFolder, jsonOption } from './options.js';
import { print } from './output.js';
import { Progress } from './progress.js';

function networkOption() {
  return new Option('--network <name>', '"development", or the path of a network file')
    .env('CORRENTE_NETWORK')
    .default('development');
}

/** `corrente verify`: replays the whole chain and compares every balance. */
export function verifyCommand() {
  return new Command('verify')
    .description('replay the whole chain of a stopped node and compare every balance')
    .addOption(dataOption())
    .addOption(networkOption())
    .addOption(jsonOption())
    .action(async (options) => {
      const result = await withLedger(options, async ({ chain, verifier }, network) => {
        const reader = chain.view();
        const tip = reader.tip();
        const progress = new Progress('verify', tip.height);
        try {
          const progressed = (height: number) => progress.update(height);
          const accounts = await replayChain(network, { reader, verifier, progressed });
          return { blocks: tip.height, accounts, tip: toHex(tip.hash) };
        } finally {
          progress.stop();
        }
      });
      print(options.json, result, [
        `${result.blocks} blocks replayed, ${result.accounts} accounts compared: all as stored`,
        `tip  ${result.tip}`,
      ]);
    });
}

/** `corrente export FILE`. */
export function exportCommand() {
  return new Command('export')
    .description('write the best chain of a stopped node to a file')
    .argument('<file>', 'never overwritten')
    .addOption(dataOption())
    .addOption(networkOption())
    .addOption(jsonOption())
    .action(async (file, options) => {
      const blocks = await withLedger(options, async ({ chain }, network) => {
        const reader = chain.view();
        const progress = new Progress('export', reader.tip().height);
        try {
          return await exportChain(file, network.chainId, reader, (height) => progress.update(height));
        } finally {
          progress.stop();
        }
      });
      print(options.json, { file, blocks }, [`${blocks} blocks in ${file}`]);
    });
}

/** `corrente import FILE`. */
export function importCommand() {
  return new Command('import')
    .description('add the blocks of a file to the chain of a stopped node; every rule is checked')
    .argument('<file>')
    .addOption(dataOption())
    .addOption(networkOption())
    .addOption(jsonOption())
    .action(async (file, options) => {
      const result = await withLedger(options, (ledger, network) => importFile(file, ledger, network));
      print(options.json, result, [`${result.added} blocks added, height ${result.height}`]);
    });
}

/** `corrente reindex`: builds the chain's file anew from its own blocks. */
export function reindexCommand() {
  return new Command('reindex')
    .description('rebuild the chain file of a stopped node, indexes and balances, from its blocks')
    .addOption(dataOption())
    .addOption(networkOption())
    .addOption(jsonOption())
    .action(async (options) => {
      const result = await withLedger(options, async ({ folder, chain }, network) => {
        const chainFile = `${folder.path}/reindex.chain`;
        const newPath = `${folder.chainPath}.new`;
        for (const path of [chainFile, newPath, `${newPath}-lock`]) await rm(path, { force: true });
        await exportChain(chainFile, network.chainId, chain.view(), () => undefined);
        return { chainFile, newPath, chainPath: folder.chainPath, folder: folder.path };
      });
      const rebuilt = await withLedger(
        options,
        (ledger, network) => importFile(result.chainFile, ledger, network),
        result.newPath,
      );
      await rename(result.newPath, result.chainPath);
      for (const path of [result.chainFile, `${result.newPath}-lock`]) await rm(path, { force: true });
      print(options.json, rebuilt, [`${rebuilt.added} blocks indexed anew, height ${rebuilt.height}`]);
    });
}

async function importFile(file: string, { chain }: Ledger, network: Network) {
  let added = 0;
  let progress: Progress | undefined;
  try {
    for await (const { header, transactions, count } of readChainFile(file, network.chainId)) {
      progress ??= new Progress('import', count);
      const outcome = await chain.addBlock({ header, transactions }, Date.now());
      if (outcome.status === 'rejected' || outcome.status === 'orphan') {
        const { rejection } = outcome;
        throw new Failure(`${file}: block ${header.height}: ${rejection.code}: ${describeRejection(rejection)}`);
      }
      if (outcome.status !== 'known') added++;
      progress.update(header.height);
    }
  } finally {
    progress?.stop();
  }
  return { added, height: chain.view().tip().height };
}

/** Runs one offline task on a data folder; what can be wrong with the folder or the file is one line. */
async function withLedger<Result>(
  options: { readonly data?: string | undefined; readonly network: string },
  task: (ledger: Ledger, network: Network) => Promise<Result>,
  chainPath?: string,
): Promise<Result> {
  const network = await loadNetwork(options.network);
  const data = options.data ?? defaultDataFolder(network.name);
  const closers = new Closers();
  try {
    const pending = { reconcile: () => 0 };
    const ledger = await openLedger(
      { data, network, verifiedSignatures: 1, ...(chainPath !== undefined && { chainPath }) },
      pending,
      closers,
    );
    return await task(ledger, network);
  } catch (error) {
    const expected =
      error instanceof DataFolderError ||
      error instanceof RangeError ||
      error instanceof ChainDamageError ||
      error instanceof CorruptDataError ||
      (error as NodeJS.ErrnoException).syscall === 'open';
    throw expected ? new Failure((error as Error).message) : error;
  } finally {
    await closers.close();
  }
}
