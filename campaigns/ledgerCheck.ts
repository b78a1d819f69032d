import type { CampaignReport } from './campaign.js';
import type { NodeRun } from './nodeRun.js';
import { addressOf, MINERS, SENDERS, type PaymentPlan } from './paymentPlan.js';
import { toHex } from '../src/crypto/bytes.js';

/** What a node says of itself, all of one moment. */
interface Answer {
  readonly chain: { readonly height: number; readonly supply: string };
  readonly balances: {
    readonly nodes: readonly {
      readonly address: string;
      readonly confirmed: string;
      readonly nonce: string;
      readonly nextNonce: string;
    }[];
  };
  readonly mempool: Readonly<Record<string, Page>> & { readonly size: number };
}

interface Page {
  readonly nodes: readonly { readonly id: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/**
 * Holds what a node that just started says against the plan: nothing acknowledged is lost, every balance is what the payments
 * of the chain make it and all together are the supply, and no transaction is on the chain and pending at once. Each sender's
 * payments are numbered without gaps, so its next nonce tells of all of them.
 */
export async function checkLedger(
  node: NodeRun,
  plan: PaymentPlan,
  acknowledgedHeight: number,
  report: Pick<CampaignReport, 'fellShort'>,
): Promise<void> {
  const { network } = plan;
  const answer = await node.ask<Answer>(everything(plan));
  const { chain, mempool } = answer;
  const accounts = new Map(answer.balances.nodes.map((account) => [account.address, account]));
  const senders = plan.addresses.map((address) => accounts.get(address)!);
  if (chain.height < acknowledgedHeight) {
    report.fellShort(`height ${acknowledgedHeight} was acknowledged, now it is ${chain.height}`);
  }
  for (const [sender, { nextNonce }] of senders.entries()) {
    const lost = plan.acknowledged[sender]! - Number(nextNonce);
    if (lost > 0) report.fellShort(`LOST: ${lost} of sender ${sender}, from nonce ${nextNonce}`);
  }

  const nonces = senders.map(({ nonce }) => Number(nonce));
  const expected = plan.balances(nonces);
  for (const [sender, { confirmed }] of senders.entries()) {
    const balance = expected.balances[sender]!;
    if (BigInt(confirmed) !== balance) report.fellShort(`HALF: sender ${sender} has ${confirmed}, expected ${balance}`);
  }
  const rewards = network.subsidy * BigInt(chain.height) + expected.fees;
  const mined = MINERS.reduce((sum, miner) => {
    return sum + BigInt(accounts.get(addressOf(network, miner))?.confirmed ?? 0n);
  }, 0n);
  if (mined !== rewards) report.fellShort(`HALF: miners have ${mined}, expected ${rewards}`);
  const sum = [...accounts.values()].reduce((total, { confirmed }) => total + BigInt(confirmed), 0n);
  if (sum !== BigInt(chain.supply)) report.fellShort(`HALF: all balances are ${sum}, the supply is ${chain.supply}`);

  let pending = 0;
  for (const [sender, { nonce, nextNonce }] of senders.entries()) {
    const ids = await pendingIds(node, plan.addresses[sender]!, mempool[`s${sender}`]!);
    pending += ids.length;
    const wanted = ids.map((_, index) => toHex(plan.transaction(sender, Number(nonce) + index).id));
    if (ids.join() !== wanted.join() || Number(nonce) + ids.length !== Number(nextNonce)) {
      report.fellShort(`TWICE: sender ${sender}: from nonce ${nonce} to ${nextNonce}, not the ${ids.length} pending`);
    }
  }
  if (mempool.size !== pending) report.fellShort(`TWICE: ${mempool.size} are pending, of the senders ${pending}`);
}

/** Asks for each of the transactions by id: one that is neither pending nor confirmed falls short. */
export async function checkTransactions(
  node: NodeRun,
  ids: readonly string[],
  report: Pick<CampaignReport, 'fellShort'>,
): Promise<void> {
  for (let start = 0; start < ids.length; start += MAX_ALIASES) {
    const asked = ids.slice(start, start + MAX_ALIASES);
    const fields = asked.map((id, index) => `t${index}: transaction(id: "${id}") { id status { __typename } }`);
    const answer = await node.ask<Record<string, { id: string; status: { __typename: string } } | null>>(
      `query { ${fields.join(' ')} }`,
    );
    for (const [index, id] of asked.entries()) {
      const status = answer[`t${index}`]?.status.__typename ?? 'nowhere';
      if (status !== 'TransactionPending' && status !== 'TransactionConfirmed') {
        report.fellShort(`LOST: ${id} was acknowledged and is ${status}`);
      }
    }
  }
}

/** Ids of all that is pending of a sender, whose first page is there: a reorganization can put back more than one page holds. */
async function pendingIds(node: NodeRun, address: string, first: Page): Promise<string[]> {
  const ids = first.nodes.map(({ id }) => id);
  for (let { pageInfo } = first; pageInfo.hasNextPage;) {
    const answer = await node.ask<{ mempool: { transactions: Page } }>(
      `query ($address: Address!, $after: String) { mempool { transactions(sender: $address, first: 100, after: $after) { ${PAGE} } } }`,
      { address, after: pageInfo.endCursor },
    );
    const page = answer.mempool.transactions;
    ids.push(...page.nodes.map(({ id }) => id));
    pageInfo = page.pageInfo;
  }
  return ids;
}

function everything({ addresses }: PaymentPlan): string {
  const pending = addresses.map((address, sender) => {
    return `s${sender}: transactions(sender: "${address}", first: 100) { ${PAGE} }`;
  });
  return `query { chain { height supply } mempool { size ${pending.join(' ')} }
    balances(first: ${SENDERS + 10}) { nodes { address confirmed nonce nextNonce } } }`;
}

const PAGE = 'nodes { id } pageInfo { hasNextPage endCursor }';
/** As many as the node takes in one document. */
const MAX_ALIASES = 32;
