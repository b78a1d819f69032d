import fc from 'fast-check';
import type { Block } from '../../src/consensus/block.js';
import { subsidyAt } from '../../src/consensus/network.js';
import { workOf } from '../../src/consensus/pow.js';
import { createTransaction, signingPayload, type Transaction } from '../../src/consensus/transaction.js';
import { sign } from '../../src/crypto/ed25519.js';
import type { Account } from '../../src/ledger/accounts.js';
import { FUNDED_ACCOUNTS, mineBlock, STARTING_BALANCE, testAccount, testNetwork } from './blocks.js';

/** So much off schedule is twice or half the difficulty. */
const HALF_LIFE_MS = 20_000;
/** Blocks of 4, 8 or 16 tries, as they come late, on time or early: the longest branch need not have the most work. */
export const forkNetwork = testNetwork({ target: 0x201f_ffff, halfLifeMs: HALF_LIFE_MS });

/** All payers, payees and miners; the first FUNDED_ACCOUNTS start with coins. */
export const PARTIES = Array.from({ length: FUNDED_ACCOUNTS + 2 }, (_, index) => testAccount(index).publicKey);

/** How one more block comes to a tree. */
export interface Growth {
  /** How many blocks before the newest its parent came. */
  readonly back: number;
  /** Milliseconds behind schedule, as far as its parent lets it. */
  readonly lateMs: number;
  readonly miner: number;
  readonly payments: readonly { readonly from: number; readonly to: number }[];
  /** Its last payment is of more than there is, or has a nonce that is used or not due yet. */
  readonly fault: 'none' | 'unfunded' | 'wrongNonce';
}

/** A block of a tree, and the result of a plain replay of its branch. */
export interface ForkBlock {
  readonly block: Block;
  /** Undefined for the genesis block. */
  readonly parent: ForkBlock | undefined;
  readonly work: bigint;
  /** Neither it nor an ancestor breaks a rule. */
  readonly valid: boolean;
  /** State of each party after it. */
  readonly accounts: readonly Account[];
}

/** Blocks on one genesis block, each after its parent. */
export interface ForkTree {
  readonly blocks: readonly ForkBlock[];
  /** The valid block with the most work: there is one. */
  readonly best: ForkBlock;
}

const party = fc.nat({ max: PARTIES.length - 1 });
const growth: fc.Arbitrary<Growth> = fc.record({
  back: fc.oneof(
    { weight: 15, arbitrary: fc.constant(0) },
    { weight: 4, arbitrary: fc.nat({ max: 3 }) },
    { weight: 1, arbitrary: fc.nat({ max: 60 }) },
  ),
  lateMs: fc.constantFrom(-HALF_LIFE_MS, 0, HALF_LIFE_MS),
  miner: party,
  payments: fc.array(fc.record({ from: party, to: party }), { maxLength: 2, size: 'max' }),
  fault: fc.oneof(
    { weight: 60, arbitrary: fc.constant('none' as const) },
    { weight: 1, arbitrary: fc.constant('unfunded' as const) },
    { weight: 1, arbitrary: fc.constant('wrongNonce' as const) },
  ),
});

/** Trees: most of them small, one in ten large, up to MAX_DEPTH deep. */
export const growths: fc.Arbitrary<Growth[]> = fc.oneof(
  { weight: 9, arbitrary: fc.array(growth, { minLength: 1, maxLength: 30, size: 'max' }) },
  { weight: 1, arbitrary: fc.array(growth, { minLength: 60, maxLength: 160, size: 'max' }) },
);

/** Makes the tree. Where the heaviest blocks are as heavy as each other, one more decides. */
export function growTree(list: readonly Growth[]): ForkTree {
  const root: ForkBlock = {
    block: forkNetwork.genesis,
    parent: undefined,
    work: workOf(forkNetwork.target),
    valid: true,
    accounts: PARTIES.map((_, index) => ({ balance: index < FUNDED_ACCOUNTS ? STARTING_BALANCE : 0n, nonce: 0n })),
  };
  const all = [root];
  const withChild = new Set<ForkBlock>();
  let tips = 1;
  const grow = (wanted: ForkBlock, options: Growth) => {
    // One more branch than the chain keeps would be forgotten: then the newest grows instead.
    const crowded = withChild.has(wanted) && tips >= MAX_TIPS;
    let parent = crowded ? all.at(-1)! : wanted;
    if (parent.block.header.height >= MAX_DEPTH) parent = parent.parent!;
    if (withChild.has(parent)) tips++;
    withChild.add(parent);
    all.push(growBlock(parent, options));
  };
  for (const options of list) grow(all[Math.max(0, all.length - 1 - options.back)]!, options);
  for (;;) {
    const valid = all.filter((one) => one.valid);
    const most = valid.reduce((work, one) => (one.work > work ? one.work : work), 0n);
    const [best, tied] = valid.filter(({ work }) => work === most);
    if (!tied) return { blocks: all.slice(1), best: best! };
    all.push(growBlock(best!, { back: 0, lateMs: 0, miner: 0, payments: [], fault: 'none' }));
  }
}

/** The block and its ancestors, genesis left out, oldest first. */
export function branchOf(tip: ForkBlock): ForkBlock[] {
  const branch: ForkBlock[] = [];
  for (let one = tip; one.parent; one = one.parent) branch.push(one);
  return branch.reverse();
}

function growBlock(parent: ForkBlock, { lateMs, miner, payments, fault }: Growth): ForkBlock {
  const { header } = parent.block;
  const accounts = parent.accounts.map((account) => ({ ...account }));
  const transactions: Transaction[] = [];
  let fees = 0n;
  for (const { from, to } of payments) {
    const payment = paymentOf(from, to, accounts[from]!.nonce);
    const { amount, fee } = payment;
    if (accounts[from]!.balance < amount + fee) continue;
    accounts[from]!.balance -= amount + fee;
    accounts[from]!.nonce += 1n;
    accounts[to]!.balance += amount;
    fees += fee;
    transactions.push(payment);
  }
  accounts[miner]!.balance += subsidyAt(forkNetwork, header.height + 1) + fees;
  if (fault === 'unfunded') transactions.push(paymentOf(0, 1, accounts[0]!.nonce, 1n << 60n));
  if (fault === 'wrongNonce') transactions.push(transactions[0] ?? paymentOf(0, 1, accounts[0]!.nonce + 1n));
  const block = mineBlock({
    network: forkNetwork,
    parent: header,
    transactions,
    miner: { publicKey: PARTIES[miner]! },
    timestamp: Math.max(header.timestamp + 500, onTime(header.height + 1) + lateMs),
  });
  const valid = parent.valid && fault === 'none';
  return { block, parent, work: parent.work + workOf(block.header.target), valid, accounts };
}

function onTime(height: number): number {
  return forkNetwork.timestamp + height * forkNetwork.blockIntervalMs;
}

/** One transaction for each (sender, recipient, nonce): branches share some, and hold rivals of others. */
export function paymentOf(
  from: number,
  to: number,
  nonce: bigint,
  amount = BigInt(1_000 + 10 * from + to),
): Transaction {
  const name = `${from} ${to} ${nonce} ${amount}`;
  let payment = payments.get(name);
  if (!payment) {
    const fields = { sender: PARTIES[from]!, recipient: PARTIES[to]!, amount, fee: BigInt(100 * to), nonce, memo: '' };
    payment = createTransaction(forkNetwork.chainId, fields, signature());
    payments.set(name, payment);
  }
  return payment;
}

/** One that has the form; its equation is not looked at, for signing would take most of the time. */
function signature(): Uint8Array {
  return (signed ??= sign(signingPayload(forkNetwork.chainId, { ...UNSIGNED }), testAccount(0)));
}

let signed: Uint8Array | undefined;
const payments = new Map<string, Transaction>();
const UNSIGNED = { sender: PARTIES[0]!, recipient: PARTIES[1]!, amount: 1n, fee: 0n, nonce: 0n, memo: '' };
/** One more decides where two blocks are as heavy as each other. */
const MAX_DEPTH = 99;
/** As many side branches as a chain keeps, and the best one. */
const MAX_TIPS = 64;
