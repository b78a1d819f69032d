import { headerWindow, locator } from '../../chain/branches.js';
import type { CurrentChain, StoredHeader } from '../../chain/chainStore.js';
import type { AddBlockOutcome } from '../../chain/outcome.js';
import type { Block, BlockHeader } from '../../consensus/block.js';
import { checkHeader, type HeaderWindow, isFromFuture } from '../../consensus/headers.js';
import type { Network } from '../../consensus/network.js';
import { workOf } from '../../consensus/pow.js';
import { MAX_HEADERS, MAX_LOCATOR_HASHES } from '../../consensus/protocol.js';
import { equalBytes } from '../../crypto/bytes.js';
import { inWords } from '../../util/duration.js';
import { inTurns, type Steps } from '../../util/turns.js';
import type { PeerClientPort } from '../ports.js';
import { PeerError } from '../standing.js';
import { BodyDownload, type BodyDownloadModules } from './bodyDownload.js';

/** Some 50 ms of work, during which nothing else has a turn. */
const RUN_TRANSACTIONS = 1_000;

/** The part of the chain that sync needs. */
export interface SyncedChain extends CurrentChain {
  addBlock(block: Block): Promise<AddBlockOutcome>;
  /** Connects the first so many that extend the tip, in one commit. */
  extend(blocks: readonly Block[]): Promise<number>;
}

interface HeaderModules {
  readonly chain: CurrentChain;
  /** Whose branch it is. */
  readonly client: Pick<PeerClientPort, 'headersAfter'>;
}

export interface BranchDownloadModules extends HeaderModules, BodyDownloadModules {
  readonly chain: SyncedChain;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called once headers have shown more work than our branch has, and for each further page: their height, and whether a page may follow. */
  readonly proven: (height: number, mayGoOn: boolean) => void;
  /** Called after each block with its height. */
  readonly progressed: (height: number) => void;
}

/**
 * Fetches a peer's best chain from where it leaves ours: headers first, and no body before they have shown more work than our
 * branch has; then bodies, of every peer that has them. Resolves to the number of new blocks, when the peer has no more; 0 if its
 * branch is not heavier. Rejects with a PeerError for which the branch's peer is to blame; with the
 * misdeed `tooEarly` where the rest of the branch is ahead of this node's clock, and then asks for no body in vain. Stored blocks
 * stay, so a download that was cut short goes on where it ended.
 */
export async function downloadBranch(network: Network, modules: BranchDownloadModules): Promise<number> {
  const { chain, client, now, proven } = modules;
  let added = 0;
  let last: BlockHeader | undefined;
  for (;;) {
    // The last header comes first: a long branch that is not the best yet must not be asked for from its fork again.
    const known = chain.read(locator);
    const headers = await client.headersAfter(
      last ? [last.hash, ...known.slice(0, MAX_LOCATOR_HASHES - 1)] : known,
      MAX_HEADERS,
    );
    if (headers.length === 0) return added;
    const run = await startRun(network, chain, headers);
    if (!last && !(await isHeavier(run, headers.length, modules))) return 0;
    const early = headers.find((header) => isFromFuture(header, now()));
    const usable = early ? headers.slice(0, headers.indexOf(early)) : headers;
    // Those alone, without the early ones, may show less work than our branch has.
    const isUseful =
      usable.length > 0 && (last !== undefined || (await startRun(network, chain, usable)).work > chain.tip().work);
    if (early && !isUseful) throw tooEarly(early, now());
    const next = headers.at(-1)!;
    // The same page again and again would occupy the only download without end.
    if (last && next.height <= last.height) {
      throw new PeerError('staleView', `expected headers above ${last.height}, got up to ${next.height}`);
    }
    proven(early ? usable.at(-1)!.height : run.last.height, !early && headers.length === MAX_HEADERS);
    const missing = usable.filter((header) => !chain.read((reader) => reader.header(header.hash)));
    for await (const blocks of new BodyDownload(missing, modules).blocks()) await addBlocks(blocks, modules);
    added += missing.length;
    if (early) throw tooEarly(early, now());
    last = next;
    if (headers.length < MAX_HEADERS) return added;
  }
}

/** Whether the headers of a client's best chain show more work than our branch has. Rejects as downloadBranch does. */
export async function showsMoreWork(network: Network, modules: HeaderModules): Promise<boolean> {
  const { chain, client } = modules;
  const headers = await client.headersAfter(chain.read(locator), MAX_HEADERS);
  if (headers.length === 0) return false;
  return isHeavier(await startRun(network, chain, headers), headers.length, modules);
}

async function startRun(network: Network, chain: CurrentChain, headers: readonly BlockHeader[]): Promise<HeaderRun> {
  const parent = chain.read((reader) => reader.header(headers[0]!.previousHash));
  if (!parent) throw new PeerError('malformed', 'expected headers that follow a block of the locator, got others');
  const run = new HeaderRun(network, chain, parent);
  await inTurns(run.appending(headers));
  return run;
}

function tooEarly({ height, timestamp }: BlockHeader, now: number): PeerError {
  const ahead = inWords(timestamp - now);
  return new PeerError('tooEarly', `block ${height} is ${ahead} ahead of this clock: check the clock`);
}

/**
 * Reads on until the branch has more work than ours, or ends. Headers that were read are requested again when they are used: a branch that forks
 * off deep is rare, and must not fill memory, nor the disk with bodies of blocks that were cheap to make.
 */
async function isHeavier(run: HeaderRun, count: number, { chain, client }: HeaderModules): Promise<boolean> {
  for (let page = count; run.work <= chain.tip().work;) {
    if (page < MAX_HEADERS) return false;
    const headers = await client.headersAfter([run.last.hash], MAX_HEADERS);
    await inTurns(run.appending(headers));
    page = headers.length;
  }
  return true;
}

/** Those that extend the best chain together, the others one by one. */
async function addBlocks(blocks: readonly Block[], modules: BranchDownloadModules): Promise<void> {
  const { chain, progressed } = modules;
  for (const run of runsOf(blocks)) {
    const extended = await chain.extend(run);
    const last = run[extended - 1];
    if (last) progressed(last.header.height);
    for (const block of run.slice(extended)) await addBlock(block, modules);
  }
}

/** Blocks in a row with at most RUN_TRANSACTIONS together, or one that has more. */
function* runsOf(blocks: readonly Block[]): Generator<Block[]> {
  let run: Block[] = [];
  let transactions = 0;
  for (const block of blocks) {
    transactions += block.transactions.length;
    if (run.length > 0 && transactions > RUN_TRANSACTIONS) {
      yield run;
      [run, transactions] = [[], block.transactions.length];
    }
    run.push(block);
  }
  yield run;
}

async function addBlock(block: Block, { chain, now, progressed }: BranchDownloadModules): Promise<void> {
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
      throw new PeerError('staleView', `block ${block.header.height} lost its parent`);
    case 'rejected': {
      const { code } = outcome.rejection;
      // Too early by our clock, or its side branch evicted here meanwhile, is no fault: it comes when its peer has rested.
      if (!outcome.invalid && code === 'INVALID_TIMESTAMP') throw tooEarly(block.header, now());
      const ours = !outcome.invalid && code === 'UNKNOWN_PARENT';
      throw new PeerError(ours ? 'staleView' : 'invalidBlock', `block ${block.header.height}: ${code}`);
    }
  }
}

/**
 * Headers that follow a stored block, checked by every rule that needs no body, and the work they add up to. It remembers the last
 * few only, so a run can be of any length.
 */
class HeaderRun {
  readonly #network: Network;
  readonly #chain: CurrentChain;
  readonly #window: HeaderWindow;
  /** Accumulated from genesis up to the last header. */
  work: bigint;

  constructor(network: Network, chain: CurrentChain, parent: StoredHeader) {
    this.#network = network;
    this.#chain = chain;
    this.#window = chain.read((reader) => headerWindow(reader, parent));
    this.work = parent.work;
  }

  get last(): BlockHeader {
    return this.#window.last;
  }

  /** Throws PeerError at the first header that does not follow or breaks a rule. */
  *appending(headers: readonly BlockHeader[]): Steps<void> {
    for (const header of headers) {
      if (!equalBytes(header.previousHash, this.last.hash)) {
        throw new PeerError('malformed', `expected a header on block ${this.last.height}, got one on another`);
      }
      const fault = checkHeader(header, this.#window, this.#network);
      if (fault) throw new PeerError('invalidBlock', `header ${header.height}: ${fault.code}`);
      if (this.#chain.read((reader) => reader.header(header.hash)?.invalid)) {
        throw new PeerError('invalidBlock', `header ${header.height}: found invalid before`);
      }
      this.work += workOf(header.target);
      this.#window.append(header);
      yield;
    }
  }
}
