import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import type { Network } from '../consensus/network.js';
import { toHex } from '../crypto/bytes.js';
import {
  addBlocks,
  type AddedBlocks,
  exportChain,
  openChainFile,
  type OpenChainFile,
  rebuildChain,
} from '../audit/chainFile.js';
import { ADMIN_TOKEN_FILE, TOKENS_FOLDER } from '../http/adminToken.js';
import { Closers } from '../util/closers.js';
import { openChainIn, openChain, type ChainOptions, type OpenChain } from '../node/openChain.js';
import { replayChain } from '../audit/replay.js';
import { CHAIN_FILE, FolderInUseError, NODE_FILE } from '../storage/dataFolder.js';
import { checkDatabaseFile } from '../storage/pages/databaseFile.js';
import { NODE_TABLES } from '../storage/keys.js';
import { dataFailure, Failure } from './failure.js';
import { loadNetwork } from './network.js';
import {
  configOption,
  dataOption,
  defaultDataFolder,
  flag,
  folderCommand,
  jsonOption,
  networkOption,
  path,
} from './options.js';
import { print, withProgress } from './terminal.js';
import { backUp } from '../node/backup.js';

const STANDARD_OUTPUT = '/dev/stdout';
const USE_A_COPY = '; while it runs, make a copy and name that: npx corrente backup --data … --out …';
const NO_MEMPOOL = { reconcile: () => 0 };

/** `corrente verify`: replays the whole chain and compares every balance. */
export function verifyCommand() {
  const description = 'replay the whole chain of a stopped node and compare every balance';
  return folderCommand('verify', description).action(async (options) => {
    const result = await withLedger(options, verify, { check: 'whole', instead: USE_A_COPY });
    print(options.json, result, [
      `${result.blocks} blocks replayed, ${result.accounts} accounts compared: all as stored`,
      `tip  ${result.tip}`,
    ]);
  });
}

async function verify({ folder, chain, verifier }: OpenChain, network: Network) {
  checkDatabaseFile(folder.nodePath, new Set<string>(NODE_TABLES), 'whole');
  const tip = chain.tip();
  const accounts = await withProgress({ what: 'verify', total: tip.height }, (progressed) =>
    chain.withSnapshot((reader) => replayChain(network, { reader, verifier, progressed })),
  );
  return { blocks: tip.height, accounts, tip: toHex(tip.hash) };
}

/** `corrente export FILE`. */
export function exportCommand() {
  return folderCommand('export', 'write the best chain of a stopped node to a file')
    .argument('<file>', `never overwritten; ${STANDARD_OUTPUT} for standard output`)
    .action(async (file, options) => {
      const output = file === STANDARD_OUTPUT ? process.stdout : file;
      const blocks = await withLedger(
        options,
        ({ chain }, { chainId }) =>
          withProgress({ what: 'export', total: chain.tip().height }, (progressed) =>
            chain.withSnapshot((reader) => exportChain(output, chainId, reader, progressed)),
          ),
        { instead: USE_A_COPY },
      );
      const line = `${blocks} blocks in ${file}`;
      // Where standard output is the file.
      if (output === process.stdout) process.stderr.write(`${line}\n`);
      else print(options.json, { file, blocks }, [line]);
    });
}

/** `corrente import FILE`. */
export function importCommand() {
  return folderCommand('import', 'add the blocks of a file to the chain of a stopped node; every rule is checked')
    .argument('<file>')
    .action(async (file, options) => {
      let chainFile: OpenChainFile | undefined;
      const opened = async ({ chainId }: Network) => (chainFile ??= await openChainFile(file, chainId));
      const result = await withLedger(
        options,
        async ({ chain }, network) => {
          const blocks = await opened(network);
          return withProgress({ what: 'import', total: blocks.count }, (progressed) =>
            addBlocks(file, blocks, { chain, now: () => Date.now(), progressed }),
          );
        },
        // What is no file of this chain must leave no folder behind.
        { beforeNew: opened },
      );
      print(options.json, result, [`${result.added} blocks added, height ${result.height}`]);
    });
}

/** `corrente reindex`: builds the chain's file anew from its own blocks. */
export function reindexCommand() {
  const description = 'rebuild the chain file of a stopped node, indexes and balances, from its blocks';
  return folderCommand('reindex', description).action(async (options) => {
    // The damaged part may be one that is not copied.
    const rebuilt = await withLedger(options, rebuild, { check: 'none' });
    print(options.json, rebuilt, [`${rebuilt.added} blocks indexed anew, height ${rebuilt.height}`]);
  });
}

function rebuild({ folder, chain }: OpenChain, network: Network): Promise<AddedBlocks> {
  const { chainId } = network;
  const openNew = async (chainPath: string, closers: Closers) =>
    (await openChainIn(folder, { network, verifiedSignatures: 1, chainPath }, NO_MEMPOOL, closers)).chain;
  return withProgress({ what: 'import', total: chain.tip().height }, (progressed) =>
    chain.withSnapshot((reader) =>
      rebuildChain({ folder, chainId, reader, openNew, now: () => Date.now(), progressed }),
    ),
  );
}

interface OfflineOptions extends Pick<ChainOptions, 'check'> {
  /** What comes before a folder is made; without it, there has to be one. */
  readonly beforeNew?: (network: Network) => Promise<unknown>;
  /** What can be done while a node runs in the folder. */
  readonly instead?: string;
}

/** Runs one offline task on a data folder; a fault of the folder or of the file is one line. */
async function withLedger<Result>(
  options: { readonly data?: string | undefined; readonly network?: string | undefined },
  task: (ledger: OpenChain, network: Network) => Promise<Result>,
  { beforeNew, check, instead = '' }: OfflineOptions = {},
): Promise<Result> {
  const network = await loadNetwork(options.network, options.data);
  const data = options.data ?? defaultDataFolder(network.name);
  const isNew = !existsSync(join(data, CHAIN_FILE));
  // Only import may begin with nothing: a mistyped folder must not verify as a chain of no blocks.
  if (isNew && !beforeNew) {
    throw new Failure(`data folder ${data}: expected the data of a node, got no chain`);
  }
  const closers = new Closers();
  try {
    if (isNew) await beforeNew?.(network);
    const ledger = await openChain({ data, network, verifiedSignatures: 1, check }, NO_MEMPOOL, closers);
    return await task(ledger, network);
  } catch (error) {
    const failure = dataFailure(error, data);
    throw error instanceof FolderInUseError ? new Failure(`${error.message}${instead}`) : (failure ?? error);
  } finally {
    await closers.close();
  }
}

/** `corrente backup`: a copy of a node's data, while it runs. */
export function backupCommand() {
  return new Command('backup')
    .description('copy the data of a node, running or not, to a new folder that a node can be started on')
    .addOption(flag('--out <folder>', 'made by the command').argParser(path).makeOptionMandatory())
    .addOption(dataOption())
    .addOption(configOption())
    .addOption(networkOption())
    .addOption(jsonOption())
    .action(async ({ out, json, ...options }) => {
      const network = await loadNetwork(options.network, options.data);
      const data = options.data ?? defaultDataFolder(network.name);
      for (const name of [CHAIN_FILE, NODE_FILE]) {
        if (!existsSync(join(data, name))) {
          throw new Failure(`data folder ${data}: expected the data of a node, got no ${name}`);
        }
      }
      if (existsSync(out)) throw new Failure(`--out ${out}: expected a name that is free, got one that exists`);
      try {
        const backup = await backUp(data, out, network);
        print(json, { folder: out, ...backup }, [
          `chain of height ${backup.height}, ${backup.pending} pending transactions${backup.wallet ? ', wallet.json' : ''} in ${out}: every page is as it was written`,
          `node.key, ${ADMIN_TOKEN_FILE} and ${TOKENS_FOLDER} are not in it: a node that is started on it is another node`,
        ]);
      } catch (error) {
        throw dataFailure(error, data) ?? error;
      }
    });
}
