import {
  blockHash,
  createHeader,
  sealHash,
  transactionsRoot,
  type Block,
  type BlockHeader,
} from '../../src/consensus/block.js';
import { COIN, createNetwork, nextTarget, type Network, type NetworkParameters } from '../../src/consensus/network.js';
import { meetsTarget } from '../../src/consensus/pow.js';
import { createTransaction, signingPayload, type Transaction } from '../../src/consensus/transaction.js';
import { keyPairFromSeed, sign, type KeyPair } from '../../src/crypto/ed25519.js';
import { sha256 } from '../../src/crypto/hash.js';

/** Accounts that testNetwork funds, `testAccount(0)` and up. */
export const FUNDED_ACCOUNTS = 4;
/** Base units each of them starts with. */
export const STARTING_BALANCE = 1_000n * COIN;

const accounts = new Map<number, KeyPair>();

/** Key pair number `index`, the same in every run. Accounts below FUNDED_ACCOUNTS have coins at genesis. */
export function testAccount(index: number): KeyPair {
  let keyPair = accounts.get(index);
  if (!keyPair) {
    keyPair = keyPairFromSeed(sha256(new TextEncoder().encode(`corrente/test/${index}`)));
    accounts.set(index, keyPair);
  }
  return keyPair;
}

/** A network whose blocks take about two tries as long as they come no faster than its schedule. */
export function testNetwork(options: Partial<NetworkParameters> = {}): Network {
  return createNetwork({
    name: 'test',
    addressPrefix: 'cortest',
    timestamp: Date.UTC(2026, 0, 1),
    target: 0x207f_ffff,
    targetLimit: 0x207f_ffff,
    blockIntervalMs: 10_000,
    halfLifeMs: 3_600_000,
    subsidy: 10n * COIN,
    halvingInterval: 4_000_000,
    maxBlockBytes: 2 * 1024 * 1024,
    allocations: Array.from({ length: FUNDED_ACCOUNTS }, (_, index) => ({
      publicKey: testAccount(index).publicKey,
      amount: STARTING_BALANCE,
    })),
    ...options,
  });
}

export interface TransferOptions {
  readonly network: Network;
  readonly from: KeyPair;
  readonly to: Pick<KeyPair, 'publicKey'>;
  /** Base units. */
  readonly amount: bigint;
  /** Base units; 0 by default. */
  readonly fee?: bigint;
  readonly nonce: bigint | number;
  readonly memo?: string;
}

/** A transfer signed by its sender; a few milliseconds each. */
export function transfer({ network, from, to, amount, fee = 0n, nonce, memo = '' }: TransferOptions): Transaction {
  const unsigned = { sender: from.publicKey, recipient: to.publicKey, amount, fee, nonce: BigInt(nonce), memo };
  return createTransaction(network.chainId, unsigned, sign(signingPayload(network.chainId, unsigned), from));
}

export interface MineBlockOptions {
  readonly network: Network;
  /** Header of the parent; `network.genesis.header` for the first block. */
  readonly parent: BlockHeader;
  readonly transactions?: readonly Transaction[];
  /** Receives the reward; testAccount(9) by default. Another miner makes another block of the same parent. */
  readonly miner?: Pick<KeyPair, 'publicKey'>;
  /** Milliseconds since 1970; one block interval after the parent by default, which keeps the target at its limit. */
  readonly timestamp?: number;
  /** Compact; the one that the schedule expects by default. */
  readonly target?: number;
}

/** A block on `parent` with a real proof of work; its other rules hold unless the options break them. */
export function mineBlock(options: MineBlockOptions): Block {
  const { network, parent, transactions = [], miner = testAccount(9) } = options;
  const template = {
    height: parent.height + 1,
    previousHash: parent.hash,
    transactionsRoot: transactionsRoot(transactions),
    transactionCount: transactions.length,
    timestamp: options.timestamp ?? parent.timestamp + network.blockIntervalMs,
    target: options.target ?? nextTarget(network, parent),
    miner: miner.publicKey,
  };
  const seal = sealHash(template);
  let nonce = 0n;
  while (!meetsTarget(blockHash(seal, nonce), template.target)) nonce++;
  return { header: createHeader(template, nonce), transactions };
}

/** `count` empty blocks in a row on `parent`, oldest first. */
export function mineBlocks(count: number, options: MineBlockOptions): Block[] {
  const blocks: Block[] = [];
  for (let parent = options.parent; blocks.length < count; parent = blocks.at(-1)!.header) {
    blocks.push(mineBlock({ ...options, parent }));
  }
  return blocks;
}

/** What a new tip says of its blocks where none of them is asked for. */
export const NOTHING_CONFIRMED = {
  body: () => [],
  reader: { account: () => ({ balance: 0n, nonce: 0n }), isConfirmed: () => false },
  before: { transaction: () => undefined },
};
