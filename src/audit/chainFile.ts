import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import type { ChainReader } from '../chain/chainStore.js';
import { decodeBody, decodeHeader, encodeBody, encodeHeader, HEADER_BYTES, type Block } from '../consensus/block.js';
import { equalBytes, toHex } from '../crypto/bytes.js';
import { Decoder, Encoder } from '../crypto/encoder.js';
import { syncFolder } from '../util/files.js';
import type { Chain } from '../chain/chain.js';
import { describeRejection } from '../consensus/rejection.js';
import { Closers } from '../util/closers.js';

/**
 * A chain in one file: tag 24, chain id 32, number of blocks 4; then for each block of the best chain from height 1 its length 4,
 * its header with nonce, and its encoded transactions. Nothing in it is trusted when it is read: every block goes through the rules.
 */
const TAG = new TextEncoder().encode('corrente/chain/v1'.padEnd(24, '\0'));
const PREAMBLE_BYTES = 24 + 32 + 4;
const MAX_BLOCK_BYTES = 16 * 1024 * 1024;

/** A chain file that cannot be written. */
export class ChainFileError extends Error {
  override readonly name = 'ChainFileError';
  readonly path: string;

  constructor(path: string, cause: unknown) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const got = code === 'EEXIST' ? 'expected a name that is free, got a file, which is never overwritten' : message;
    super(`${path}: ${got}`, { cause });
    this.path = path;
  }
}

/**
 * Writes the best chain to a new file, which is there whole and on disk when this resolves to the number of blocks, or not at all; to
 * a device, a pipe or a stream as it comes. Throws ChainFileError.
 */
export async function exportChain(
  target: string | Writable,
  chainId: Uint8Array,
  reader: ChainReader,
  progressed: (height: number) => void,
): Promise<number> {
  const write = (sink: Sink) => writeChain(sink, chainId, reader, progressed);
  if (typeof target !== 'string') {
    return write(async (bytes) => {
      if (!target.write(bytes)) await once(target, 'drain');
    });
  }
  try {
    return await (existsSync(target) ? toDevice(target, write) : toNewFile(target, write));
  } catch (cause) {
    throw (cause as NodeJS.ErrnoException).code === undefined ? cause : new ChainFileError(target, cause);
  }
}

/** Writes all bytes: `appendFile` of a FileHandle does, its `write` may end after a part without an error. */
type Sink = (bytes: Uint8Array) => Promise<unknown>;

async function toNewFile(path: string, write: (sink: Sink) => Promise<number>): Promise<number> {
  const partial = `${path}.partial`;
  await rm(partial, { force: true });
  try {
    const file = await open(partial, 'wx', 0o644);
    const count = await write((bytes) => file.appendFile(bytes))
      .then((blocks) => file.sync().then(() => blocks))
      .finally(() => file.close());
    await rename(partial, path);
    syncFolder(dirname(resolve(path)));
    return count;
  } finally {
    await rm(partial, { force: true });
  }
}

async function toDevice(path: string, write: (sink: Sink) => Promise<number>): Promise<number> {
  // An ordinary file is never overwritten.
  const file = await open(path, (await stat(path)).isFile() ? 'wx' : 'a');
  return write((bytes) => file.appendFile(bytes)).finally(() => file.close());
}

async function writeChain(
  write: Sink,
  chainId: Uint8Array,
  reader: ChainReader,
  progressed: (height: number) => void,
): Promise<number> {
  const { height: count } = reader.tip();
  await write(new Encoder(PREAMBLE_BYTES).raw(TAG).raw(chainId).u32(count).finish());
  for (let height = 1; height <= count; height++) {
    const header = reader.headerAt(height)!;
    const body = encodeBody(reader.transactions(header.hash));
    const length = HEADER_BYTES + 8 + body.length;
    await write(new Encoder(4 + length).u32(length).raw(encodeHeader(header)).raw(body).finish());
    progressed(height);
  }
  return count;
}

/** A chain file that is being read. */
export interface OpenChainFile {
  /** Blocks that it says it has. */
  readonly count: number;
  /** In order; throws RangeError with expected and got where one is malformed. The file is closed when this ends. */
  readonly blocks: AsyncGenerator<Block>;
}

/** Opens a chain file; throws RangeError with expected and got where it is not one of this chain. */
export async function openChainFile(path: string, chainId: Uint8Array): Promise<OpenChainFile> {
  const file = await open(path, 'r');
  try {
    const preamble = new Decoder(await read(file, PREAMBLE_BYTES, path));
    if (!equalBytes(preamble.raw(24), TAG)) throw new RangeError(`${path}: expected a chain file, got something else`);
    const got = preamble.raw(32);
    if (!equalBytes(got, chainId)) {
      const expected = `expected blocks of chain ${toHex(chainId)}, got ${toHex(got)}`;
      throw new RangeError(`${path}: ${expected}: name the network of the file with --network`);
    }
    const count = preamble.u32();
    return { count, blocks: readBlocks(file, { path, chainId, count }) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function* readBlocks(
  file: FileHandle,
  { path, chainId, count }: { readonly path: string; readonly chainId: Uint8Array; readonly count: number },
): AsyncGenerator<Block> {
  try {
    for (let height = 1; height <= count; height++) {
      const length = new Decoder(await read(file, 4, path)).u32();
      if (length < HEADER_BYTES + 8 || length > MAX_BLOCK_BYTES) {
        throw new RangeError(`${path}: block ${height}: expected a length up to ${MAX_BLOCK_BYTES}, got ${length}`);
      }
      const bytes = await read(file, length, path);
      const header = decodeHeader(bytes.subarray(0, HEADER_BYTES + 8));
      yield { header, transactions: decodeBody(chainId, bytes.subarray(HEADER_BYTES + 8)) };
    }
  } finally {
    await file.close();
  }
}

async function read(file: FileHandle, length: number, path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled);
    if (bytesRead === 0)
      throw new RangeError(`${path}: expected ${length - filled} more bytes, got the end of the file`);
    filled += bytesRead;
  }
  return bytes;
}

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
