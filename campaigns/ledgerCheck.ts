import type { CampaignReport } from './campaign.js';
import type { NodeRun } from './nodeRun.js';
import { addressOf, MINERS, SENDERS, type PaymentPlan } from './paymentPlan.js';
import type { Slot, Version } from './paymentRecord.js';
import { toHex } from '../src/crypto/bytes.js';

/** A node's own account of its state, all of one moment. */
interface Answer {
  readonly chain: { readonly height: number; readonly supply: string; readonly tip: { readonly hash: string } };
  readonly balances: { readonly nodes: readonly Account[] };
  readonly mempool: Readonly<Record<string, Page>> & { readonly size: number };
}

interface Account {
  readonly address: string;
  readonly confirmed: string;
  readonly nonce: string;
  readonly nextNonce: string;
}

interface Page {
  readonly nodes: readonly Pending[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

interface Pending {
  readonly id: string;
  readonly nonce: string;
}

/** Everything that a node was offered and acknowledged. */
export interface Claims {
  /** Height of the last block that it acknowledged. */
  readonly height: number;
  /** One above the highest nonce that the sender ever offered. */
  end(sender: number): number;
  isAcknowledged(slot: Slot): boolean;
  /** The versions of which one may be there. */
  possible(slot: Slot): readonly number[];
}

/** Content of a node: the version of each confirmed or pending payment, and all pending transactions. */
export interface Holdings {
  /** Undefined for nothing. */
  version(slot: Slot): number | undefined;
  readonly tip: string;
  readonly pending: readonly string[];
}

/**
 * Compares the state of a node that just started with the plan: nothing acknowledged is lost, nothing refused is there, every balance
 * follows from the payments of the chain, the sum of balances is the supply, and no payment is on the chain and pending at once, or there
 * in two versions.
 */
export async function checkLedger(
  node: NodeRun,
  plan: PaymentPlan,
  claims: Claims,
  report: Pick<CampaignReport, 'fellShort'>,
): Promise<Holdings> {
  const answer = await node.ask<Answer>(everything(plan));
  const { chain, mempool } = answer;
  const accounts = new Map(answer.balances.nodes.map((account) => [account.address, account]));
  const senders = plan.addresses.map((address) => accounts.get(address)!);
  if (chain.height < claims.height) {
    report.fellShort(`height ${claims.height} was acknowledged, now it is ${chain.height}`);
  }
  const pending: string[] = [];
  const versions: (number | undefined)[][] = [];
  for (const [sender, account] of senders.entries()) {
    const listed = await allPages(node, account.address, mempool[`s${sender}`]!);
    pending.push(...listed.map(({ id }) => id));
    const held = await confirmedVersions(node, plan, claims, { sender, end: Number(account.nonce) }, report);
    placePending(plan, claims, { sender, listed, account }, { held, report });
    for (let nonce = 0; nonce < claims.end(sender); nonce++) {
      if (held[nonce] !== undefined || !claims.isAcknowledged({ sender, nonce })) continue;
      report.fellShort(`LOST: nonce ${nonce} of sender ${sender}, whose next is ${account.nextNonce}`);
    }
    versions.push(held);
  }
  if (mempool.size !== pending.length) {
    report.fellShort(`TWICE: ${mempool.size} are pending, of the senders ${pending.length}`);
  }
  const version = ({ sender, nonce }: Slot) => versions[sender]![nonce];
  checkSums(plan, answer, { senders, version: (slot) => version(slot) ?? 0 }, report);
  return { version, tip: chain.tip.hash, pending };
}

/** The balances follow from the payments of the chain, and their sum is the supply. */
function checkSums(
  plan: PaymentPlan,
  { chain, balances }: Answer,
  { senders, version }: { readonly senders: readonly Account[]; readonly version: (slot: Slot) => number },
  report: Pick<CampaignReport, 'fellShort'>,
): void {
  const { network } = plan;
  const expected = plan.balances(
    senders.map(({ nonce }) => Number(nonce)),
    version,
  );
  for (const [sender, { confirmed }] of senders.entries()) {
    const balance = expected.balances[sender]!;
    if (BigInt(confirmed) !== balance) report.fellShort(`HALF: sender ${sender} has ${confirmed}, expected ${balance}`);
  }
  const rewards = network.subsidy * BigInt(chain.height) + expected.fees;
  const miners = MINERS.map((miner) => addressOf(network, miner));
  const mined = balances.nodes
    .filter(({ address }) => miners.includes(address))
    .reduce((sum, { confirmed }) => sum + BigInt(confirmed), 0n);
  if (mined !== rewards) report.fellShort(`HALF: miners have ${mined}, expected ${rewards}`);
  const sum = balances.nodes.reduce((total, { confirmed }) => total + BigInt(confirmed), 0n);
  if (sum !== BigInt(chain.supply)) report.fellShort(`HALF: all balances are ${sum}, the supply is ${chain.supply}`);
}

/** The version of each payment of a sender on the chain, by nonce; asks the node if several versions are possible. */
async function confirmedVersions(
  node: NodeRun,
  plan: PaymentPlan,
  claims: Claims,
  { sender, end }: { readonly sender: number; readonly end: number },
  report: Pick<CampaignReport, 'fellShort'>,
): Promise<(number | undefined)[]> {
  const open: Version[] = [];
  const held = Array.from({ length: end }, (_, nonce) => {
    const possible = claims.possible({ sender, nonce });
    if (possible.length === 0) report.fellShort(`UNASKED: nonce ${nonce} of sender ${sender} is confirmed`);
    if (possible.length > 1) open.push(...possible.map((version) => ({ sender, nonce, version })));
    return possible.length === 1 ? possible[0] : undefined;
  });
  const ids = open.map(({ nonce, version }) => toHex(plan.transaction(sender, nonce, version).id));
  const statuses = await statusesOf(node, ids);
  for (const [index, { nonce, version }] of open.entries()) {
    if (statuses[index]!.typename !== 'TransactionConfirmed') continue;
    if (held[nonce] !== undefined) report.fellShort(`TWICE: nonce ${nonce} of sender ${sender} is confirmed`);
    held[nonce] = version;
  }
  return held;
}

/** Adds a sender's pending payments to its confirmed ones. */
function placePending(
  plan: PaymentPlan,
  claims: Claims,
  of: { readonly sender: number; readonly listed: readonly Pending[]; readonly account: Account },
  { held, report }: { readonly held: (number | undefined)[]; readonly report: Pick<CampaignReport, 'fellShort'> },
): void {
  const { sender, listed, account } = of;
  for (const { id, nonce: text } of listed) {
    const nonce = Number(text);
    const possible = claims.possible({ sender, nonce });
    const version = possible.find((one) => toHex(plan.transaction(sender, nonce, one).id) === id);
    if (version === undefined) report.fellShort(`UNASKED: ${id}, nonce ${nonce} of sender ${sender}, is pending`);
    if (nonce < held.length) report.fellShort(`TWICE: nonce ${nonce} of sender ${sender} is pending: ${id}`);
    held[nonce] = version;
  }
  let next = Number(account.nonce);
  while (held[next] !== undefined) next++;
  if (next !== Number(account.nextNonce)) {
    report.fellShort(`sender ${sender}: the next nonce is ${account.nextNonce}, the pending ones make it ${next}`);
  }
}

/** Asks for each of the transactions by id: each must be pending or confirmed. */
export async function checkTransactions(
  node: NodeRun,
  ids: readonly string[],
  report: Pick<CampaignReport, 'fellShort'>,
): Promise<void> {
  for (const [index, status] of (await statusesOf(node, ids)).entries()) {
    if (!isThere(status)) report.fellShort(`LOST: ${ids[index]} was acknowledged and is ${shown(status)}`);
  }
}

/** State of a transaction. */
export interface Status {
  /** `nowhere` if the node does not know it. */
  readonly typename: string;
  /** Why it was dropped. */
  readonly code: string | undefined;
}

/** True for pending, held back or confirmed. */
export function isThere({ typename }: Status): boolean {
  return ['TransactionPending', 'TransactionQueued', 'TransactionConfirmed'].includes(typename);
}

export function shown({ typename, code }: Status): string {
  return code === undefined ? typename : `${typename} ${code}`;
}

/** State of each of the transactions. */
export async function statusesOf(node: Pick<NodeRun, 'ask'>, ids: readonly string[]): Promise<Status[]> {
  const statuses: Status[] = [];
  for (let start = 0; start < ids.length; start += MAX_ALIASES) {
    const asked = ids.slice(start, start + MAX_ALIASES);
    const fields = asked.map((id, index) => `t${index}: transaction(id: "${id}") { status { ${STATUS} } }`);
    const answer = await node.ask<Record<string, { status: StatusAnswer } | null>>(`query { ${fields.join(' ')} }`);
    for (const index of asked.keys()) {
      const status = answer[`t${index}`]?.status;
      statuses.push({ typename: status?.__typename ?? 'nowhere', code: status?.reason?.code });
    }
  }
  return statuses;
}

interface StatusAnswer {
  readonly __typename: string;
  readonly reason?: { readonly code: string };
}

/** All pending transactions of a sender, given the first page: a reorganization can put back more than one page. */
async function allPages(node: NodeRun, address: string, first: Page): Promise<Pending[]> {
  const listed = [...first.nodes];
  for (let { pageInfo } = first; pageInfo.hasNextPage;) {
    const answer = await node.ask<{ mempool: { transactions: Page } }>(
      `query ($address: Address!, $after: String) { mempool { transactions(sender: $address, first: 100, after: $after) { ${PAGE} } } }`,
      { address, after: pageInfo.endCursor },
    );
    const page = answer.mempool.transactions;
    listed.push(...page.nodes);
    pageInfo = page.pageInfo;
  }
  return listed;
}

/** Pending transactions of all senders at a node without load, and its tip. */
export async function pendingAtRest(node: NodeRun, plan: PaymentPlan): Promise<Pick<Holdings, 'tip' | 'pending'>> {
  const { chain, mempool } = await node.ask<Answer>(everything(plan));
  const pending: string[] = [];
  for (const [sender, address] of plan.addresses.entries()) {
    pending.push(...(await allPages(node, address, mempool[`s${sender}`]!)).map(({ id }) => id));
  }
  return { tip: chain.tip.hash, pending };
}

function everything({ addresses }: PaymentPlan): string {
  const pending = addresses.map((address, sender) => {
    return `s${sender}: transactions(sender: "${address}", first: 100) { ${PAGE} }`;
  });
  return `query { chain { height supply tip { hash } } mempool { size ${pending.join(' ')} }
    balances(first: ${SENDERS + 10}) { nodes { address confirmed nonce nextNonce } } }`;
}

const PAGE = 'nodes { id nonce } pageInfo { hasNextPage endCursor }';
const STATUS = '__typename ... on TransactionDropped { reason { code } }';
/** The most that the node takes in one document. */
const MAX_ALIASES = 32;
