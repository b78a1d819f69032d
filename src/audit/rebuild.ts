import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Chain } from '../chain/chain.js';
import type { ChainReader } from '../chain/chainStore.js';
import { describeRejection } from '../consensus/rejection.js';
import { Closers } from '../util/closers.js';
import { syncFolder } from '../util/files.js';
import { exportChain, openChainFile, type OpenChainFile } from './chainFile.js';

/** What became of the blocks of a file. */
export interface AddedBlocks {
  /** Blocks that were new. */
  readonly added: number;
  /** Of the tip after them. */
  readonly height: number;
}

export interface AddBlocksModules {
  readonly chain: Pick<Chain, 'addBlock' | 'tip'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called after each block. */
  readonly progressed: (height: number) => void;
}

/** Adds the blocks of an open chain file. Throws RangeError that names the file at the first block that breaks a rule. */
export async function addBlocks(
  path: string,
  { blocks }: OpenChainFile,
  { chain, now, progressed }: AddBlocksModules,
): Promise<AddedBlocks> {
  let added = 0;
  for await (const { header, transactions } of blocks) {
    const outcome = await chain.addBlock({ header, transactions }, now());
    if (outcome.status === 'rejected' || outcome.status === 'orphan') {
      const { rejection } = outcome;
      throw new RangeError(`${path}: block ${header.height}: ${rejection.code}: ${describeRejection(rejection)}`);
    }
    if (outcome.status !== 'known') added++;
    progressed(header.height);
  }
  return { added, height: chain.tip().height };
}

export interface RebuildModules extends Omit<AddBlocksModules, 'chain'> {
  readonly folder: { readonly path: string; readonly chainPath: string };
  readonly chainId: Uint8Array;
  /** The chain as it is stored now. */
  readonly reader: ChainReader;
  /** Opens a chain with nothing but genesis in a new file. */
  readonly openNew: (chainPath: string, closers: Closers) => Promise<Pick<Chain, 'addBlock' | 'tip'>>;
}

/**
 * Writes the blocks of a stored chain to a file and builds a new database from them beside the old one, which it replaces at the end, at
 * once: a stop before that changes nothing. Throws as exportChain and addBlocks.
 */
export async function rebuildChain(modules: RebuildModules): Promise<AddedBlocks> {
  const { folder, chainId, reader, openNew, now, progressed } = modules;
  const chainFile = join(folder.path, 'reindex.chain');
  const chainPath = `${folder.chainPath}.new`;
  for (const path of [chainFile, chainPath, `${chainPath}-lock`]) await rm(path, { force: true });
  await exportChain(chainFile, chainId, reader, () => undefined);
  const closers = new Closers();
  let rebuilt: AddedBlocks;
  try {
    const chain = await openNew(chainPath, closers);
    rebuilt = await addBlocks(chainFile, await openChainFile(chainFile, chainId), { chain, now, progressed });
  } finally {
    await closers.close();
  }
  await rename(chainPath, folder.chainPath);
  syncFolder(folder.path);
  for (const path of [chainFile, `${chainPath}-lock`]) await rm(path, { force: true });
  return rebuilt;
}
