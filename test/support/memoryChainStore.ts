import { toHex } from '../../src/crypto/bytes.js';
import type { ChainCommit, ChainSnapshot, ChainStore, StoredHeader } from '../../src/chain/chainStore.js';
import type { Network } from '../../src/consensus/network.js';
import { genesisCommit } from '../../src/storage/chain/chainStore.js';
import { MemoryChainSnapshot, type MemoryState } from './memoryChainSnapshot.js';

/** The chain in memory, for tests and as the plain model of a store: each commit copies everything. */
export class MemoryChainStore implements ChainStore {
  #state: MemoryState = {
    blocks: new Map(),
    best: [],
    undo: new Map(),
    accounts: new Map(),
    sideTips: [],
    disconnected: new Set(),
  };

  constructor(network: Network) {
    this.#state = applyCommit(this.#state, genesisCommit(network));
  }

  snapshot(): ChainSnapshot {
    return new MemoryChainSnapshot(this.#state);
  }

  commit(change: ChainCommit): Promise<void> {
    return new Promise((resolve) => {
      this.#state = applyCommit(this.#state, change);
      resolve();
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function applyCommit(state: MemoryState, change: ChainCommit): MemoryState {
  const blocks = new Map(state.blocks);
  const undo = new Map(state.undo);
  const accounts = new Map(state.accounts);
  const best = [...state.best];
  const required = (hash: Uint8Array) => {
    const block = blocks.get(toHex(hash));
    if (!block) throw new Error(`expected a block of the store in a commit, got the unknown ${toHex(hash)}`);
    return block;
  };
  for (const { publicKey, account } of change.accounts) {
    const number = accounts.get(toHex(publicKey))?.number ?? accounts.size;
    accounts.set(toHex(publicKey), { number, publicKey, account });
  }
  for (const { block, work, size, invalid } of change.insert) {
    const header: StoredHeader = { ...block.header, work, size, invalid };
    blocks.set(toHex(header.hash), { header, transactions: block.transactions });
  }
  for (const hash of change.invalidate) {
    const { header, transactions } = required(hash);
    blocks.set(toHex(hash), { header: { ...header, invalid: true }, transactions });
  }
  for (const hash of change.disconnect) {
    best.length = required(hash).header.height;
    undo.delete(toHex(hash));
  }
  for (const { hash, undo: changes } of change.connect) {
    best[required(hash).header.height] = toHex(hash);
    undo.set(toHex(hash), changes);
  }
  for (const hash of change.forget) blocks.delete(toHex(required(hash).header.hash));
  const disconnected = new Set([...state.disconnected, ...change.disconnect.map(toHex)]);
  return { blocks, best, undo, accounts, sideTips: change.sideTips, disconnected };
}
