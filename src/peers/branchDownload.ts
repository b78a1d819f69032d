import type { ChainReader } from '../chain/chainStore.js';
import { locator } from '../chain/headerTree.js';
import type { AddBlockOutcome } from '../chain/outcome.js';
import type { Block, BlockHeader } from '../consensus/block.js';
import type { Network } from '../consensus/network.js';
import { verifyHeaderForm, verifyProofOfWork } from '../consensus/verify.js';
import { equalBytes } from '../crypto/bytes.js';
import type { PeerClientPort } from './ports.js';
import type { PeerMisdeed } from './standing.js';

export interface BranchDownloadModules {
  readonly chain: { view(): ChainReader; addBlock(block: Block): Promise<AddBlockOutcome> };
  readonly client: Pick<PeerClientPort, 'headersAfter' | 'bodies'>;
  /** Told after each block: its height. */
  readonly progressed: (height: number) => void;
}

/** The peer served something that no honest node serves. */
export class MisdeedError extends Error {
  override readonly name = 'MisdeedError';
  readonly misdeed: PeerMisdeed;

  constructor(misdeed: PeerMisdeed, message: string) {
    super(message);
    this.misdeed = misdeed;
  }
}

/**
 * Fetches the peer's best chain from where it leaves ours: headers, whose work is checked before any body is asked for, then
 * bodies in windows, two requests ahead of the blocks that are being applied. Resolves to the number of new blocks, when the peer
 * has no more. Rejects with MisdeedError or the client's PeerError; what was stored until then stays.
 */
export async function downloadBranch(network: Network, modules: BranchDownloadModules): Promise<number> {
  const { chain, client } = modules;
  let added = 0;
  let last: BlockHeader | undefined;
  for (;;) {
    // The last header comes first: a long branch that is not the best yet must not be asked for from its fork again.
    const known = locator(chain.view());
    const headers = await client.headersAfter(last ? [last.hash, ...known.slice(0, 100)] : known, MAX_HEADERS);
    if (headers.length === 0) return added;
    checkHeaders(network, chain.view(), headers);
    const next = headers.at(-1)!;
    // The same page again and again would hold the one download there is for ever.
    if (last && next.height <= last.height) {
      throw new MisdeedError('staleView', `expected headers above ${last.height}, got up to ${next.height}`);
    }
    const missing = headers.filter((header) => !chain.view().header(header.hash));
    added += await fetchBodies(missing, modules);
    last = next;
    if (headers.length < MAX_HEADERS) return added;
  }
}

/** Form, work and linkage: what a header says of itself. The rules on its parent follow when the block is added. */
function checkHeaders(network: Network, reader: ChainReader, headers: readonly BlockHeader[]): void {
  let previous: { readonly hash: Uint8Array; readonly height: number } | undefined = reader.header(
    headers[0]!.previousHash,
  );
  if (!previous) throw new MisdeedError('malformed', 'expected headers that follow a block of the locator, got others');
  for (const header of headers) {
    const fault = verifyHeaderForm(header) ?? verifyProofOfWork(header, network);
    if (fault) throw new MisdeedError('invalidBlock', `header ${header.height}: ${fault.code}`);
    if (!equalBytes(header.previousHash, previous.hash) || header.height !== previous.height + 1) {
      throw new MisdeedError('malformed', `expected header ${previous.height + 1} to follow, got ${header.height}`);
    }
    if (reader.header(header.hash)?.invalid)
      throw new MisdeedError('invalidBlock', `header ${header.height} is invalid`);
    previous = header;
  }
}

async function fetchBodies(headers: readonly BlockHeader[], modules: BranchDownloadModules): Promise<number> {
  const windows = Array.from({ length: Math.ceil(headers.length / WINDOW) }, (_, i) =>
    headers.slice(i * WINDOW, (i + 1) * WINDOW),
  );
  const requests = windows.slice(0, AHEAD).map((window) => fetchWindow(window, modules));
  for (const [index, window] of windows.entries()) {
    const blocks = await requests[index]!;
    const next = windows[index + AHEAD];
    if (next) requests.push(fetchWindow(next, modules));
    for (const [position, block] of blocks.entries()) {
      await addBlock(block ?? (await fetchOne(window[position]!, modules)), modules);
    }
  }
  return headers.length;
}

/** A promise that never counts as unhandled: it is awaited in its turn, or given up after an earlier one failed. */
function fetchWindow(
  headers: readonly BlockHeader[],
  { client }: BranchDownloadModules,
): Promise<(Block | undefined)[]> {
  const request = client
    .bodies(headers.map(({ hash }) => hash))
    .then((bodies) => bodies.map((transactions, i) => transactions && { header: headers[i]!, transactions }));
  request.catch(() => undefined);
  return request;
}

/** A body that was left out of its window for its size. */
async function fetchOne(header: BlockHeader, { client }: BranchDownloadModules): Promise<Block> {
  const [transactions] = await client.bodies([header.hash]);
  if (!transactions) throw new MisdeedError('staleView', `expected the body of block ${header.height}, got none`);
  return { header, transactions };
}

async function addBlock(block: Block, { chain, progressed }: BranchDownloadModules): Promise<void> {
  const outcome = await chain.addBlock(block);
  switch (outcome.status) {
    case 'connected':
    case 'reorganized':
    case 'sideBranch':
    case 'known':
      progressed(block.header.height);
      return;
    case 'orphan':
      // Its parent was in an earlier window, and its side branch has been evicted since.
      throw new MisdeedError('staleView', `block ${block.header.height} lost its parent`);
    case 'rejected': {
      const { code } = outcome.rejection;
      const reason = `block ${block.header.height}: ${code}`;
      if (outcome.invalid) throw new MisdeedError('invalidBlock', reason);
      // Too early by our clock, or its side branch evicted here meanwhile, is no fault: it comes with the next handshake.
      const ours = code === 'INVALID_TIMESTAMP' || code === 'UNKNOWN_PARENT';
      throw new MisdeedError(ours ? 'staleView' : 'wrongBody', reason);
    }
  }
}

const MAX_HEADERS = 2_000;
/** Bodies a request. */
const WINDOW = 64;
/** Requests under way. */
const AHEAD = 3;
