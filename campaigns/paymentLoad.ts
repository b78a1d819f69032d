import { setTimeout as delay } from 'node:timers/promises';
import type { CampaignReport } from './campaign.js';
import { isThere, shown, statusesOf } from './ledgerCheck.js';
import type { NodeRun } from './nodeRun.js';
import { nextOffers, type Offer } from './paymentOffers.js';
import type { PaymentPlan } from './paymentPlan.js';
import type { PaymentRecord, Slot, Version } from './paymentRecord.js';
import type { Random } from './random.js';
import type { Refusals } from './refusals.js';
import { toHex } from '../src/crypto/bytes.js';
import { Wire } from '../src/peers/client/wire.js';

/** Number of payments that a node acknowledged, over all of its lives. */
export interface PaymentCounts {
  transactions: number;
  /** Those that replaced an acknowledged payment, and those that were held back. */
  replacements: number;
  heldBack: number;
}

export interface PaymentLoadModules {
  readonly node: NodeRun;
  readonly plan: PaymentPlan;
  readonly record: PaymentRecord;
  readonly random: Random;
  readonly refusals: Refusals;
  readonly report: Pick<CampaignReport, 'fellShort'>;
}

/** The answer to one payment. */
interface Outcome {
  readonly __typename: string;
  readonly code?: string;
  readonly message?: string;
  readonly transaction?: { readonly status: { readonly __typename: string } };
  readonly replaced?: { readonly id: string } | null;
}

/** Payments of the senders to one node, and its possible answers. The record notes all that it acknowledges and refuses. */
export class PaymentLoad {
  /** Slots of payments acknowledged in this life of the node. */
  readonly acknowledged: Slot[] = [];
  readonly #counts: PaymentCounts;
  readonly #modules: PaymentLoadModules;
  readonly #wire: Wire;

  constructor(options: { readonly counts: PaymentCounts }, modules: PaymentLoadModules) {
    this.#counts = options.counts;
    this.#modules = modules;
    this.#wire = new Wire(modules.plan.network);
  }

  /** One request of a sender whose nonce on the best chain is `confirmed`. Throws on a wrong answer. */
  async pay(sender: number, confirmed: number): Promise<void> {
    const { record, random } = this.#modules;
    const offers = nextOffers(record, random, sender, confirmed);
    if (offers.length === 0) {
      await delay(5);
      return;
    }
    const stood = new Map(offers.map(({ nonce }) => [nonce, record.current({ sender, nonce })]));
    for (const offer of offers) record.offer(offer);
    const outcomes = await this.#send(offers);
    // The driver saw meanwhile that a block holds the replaced payment.
    const outrun = new Set([...stood.keys()].filter((nonce) => record.current({ sender, nonce }) !== stood.get(nonce)));
    let isRefused = false;
    for (const [index, offer] of offers.entries()) {
      const outcome = outcomes[index] ?? outcomes[0]!;
      if (outcome.__typename === 'TransactionAccepted') this.#acknowledge(offer, outcome, stood.get(offer.nonce));
      else {
        const later = outcomes.filter((_, other) => other > index && offers[other]!.nonce === offer.nonce);
        const isLegal = this.#refuse(offer, outcome, { isRefused, isOutrun: outrun.has(offer.nonce), later });
        if (!isLegal) throw new Error(`transactions refused: ${outcome.code} ${outcome.message}`);
        isRefused = true;
      }
    }
    if (!isRefused) return;
    await this.#checkInPlace(offers.filter(({ nonce }) => stood.get(nonce) !== undefined));
    await delay(10);
  }

  /**
   * Checks the replacements `contested` at the node, when no block under way can affect them: each stands, or a block took the replaced
   * payment first.
   */
  async settle(contested: readonly Version[], confirmed: readonly number[]): Promise<void> {
    const { node, record, report } = this.#modules;
    const mined = contested.filter(({ sender, nonce }) => nonce < confirmed[sender]!);
    const statuses = await statusesOf(
      node,
      mined.map((payment) => this.#id(payment)),
    );
    for (const payment of contested) if (!mined.includes(payment)) record.supersede(payment);
    for (const [index, payment] of mined.entries()) {
      const status = statuses[index]!;
      if (status.typename === 'TransactionConfirmed') {
        record.supersede(payment);
        continue;
      }
      const earlier = record.possible(payment).filter((version) => version !== payment.version);
      const versions = earlier.map((version) => ({ ...payment, version }));
      const places = await statusesOf(
        node,
        versions.map((version) => this.#id(version)),
      );
      const first = versions.find((_, position) => places[position]!.typename === 'TransactionConfirmed');
      if (first) record.outrun(first);
      if (!first || status.code !== 'NONCE_TOO_LOW') {
        report.fellShort(`LOST: ${this.#id(payment)} was acknowledged and is ${shown(status)}, none in its place`);
      }
    }
  }

  #acknowledge(offer: Offer, { transaction, replaced }: Outcome, stood: number | undefined): void {
    const { record, refusals, report } = this.#modules;
    const former = stood === undefined ? undefined : this.#id({ ...offer, version: stood });
    // The node knows this version already: its answer was lost.
    if (replaced && replaced.id !== former) {
      report.fellShort(`${this.#id(offer)} replaced ${replaced.id}, expected ${former ?? 'none'}`);
    }
    if (!replaced && former !== undefined) report.fellShort(`${this.#id(offer)} replaced none, expected ${former}`);
    refusals.accept('transactions');
    record.acknowledge(offer);
    this.acknowledged.push({ sender: offer.sender, nonce: offer.nonce });
    this.#counts.transactions++;
    if (replaced) this.#counts.replacements++;
    if (transaction!.status.__typename === 'TransactionQueued') this.#counts.heldBack++;
  }

  /** True for a possible refusal. `later`: the answers to later payments of the batch that replace this one. */
  #refuse(
    offer: Offer,
    { code }: Outcome,
    context: { readonly isRefused: boolean; readonly isOutrun: boolean; readonly later: readonly Outcome[] },
  ): boolean {
    const { record, refusals } = this.#modules;
    const { isRefused, isOutrun, later } = context;
    if (code === refusals.expected) {
      // After an error the payment may be there or not.
      if (code === 'STORAGE_FULL') record.refuse(offer);
      refusals.refuse('transactions');
      return true;
    }
    record.refuse(offer);
    switch (code) {
      case 'NONCE_CONFLICT':
        // Replaced within the batch, or a block took the standing payment before the node decided both.
        return (
          isOutrun || later.some(({ __typename, code }) => __typename.endsWith('Accepted') || code === 'NONCE_TOO_LOW')
        );
      case 'NONCE_TOO_LOW':
        return offer.replaces !== undefined;
      case 'SENDER_LIMIT':
        // A reorganization put back more payments than a sender may have; the next blocks make room.
        return true;
      case 'NONCE_TOO_HIGH':
      case 'HELD_BACK_LIMIT':
      case 'NOTHING_TO_REPLACE':
        return isRefused || isOutrun;
      case undefined:
      default:
        return false;
    }
  }

  /** The standing payments are still there: a refusal changes nothing. */
  async #checkInPlace(slots: readonly Slot[]): Promise<void> {
    const { node, record, report } = this.#modules;
    const standing = slots.map((slot) => ({ ...slot, version: record.current(slot)! }));
    const ids = standing.map((payment) => this.#id(payment));
    for (const [index, status] of (await statusesOf(node, ids)).entries()) {
      // A block may have taken the payment that it replaced.
      const isOutrun = status.code === 'NONCE_TOO_LOW' && record.possible(standing[index]!).length > 1;
      if (isThere(status) || isOutrun) continue;
      report.fellShort(`LOST: ${ids[index]} is ${shown(status)} after a replacement was refused`);
    }
  }

  async #send(offers: readonly Offer[]): Promise<readonly Outcome[]> {
    const inputs = offers.map((offer) => {
      const input = this.#wire.transactionInput(this.#transaction(offer));
      const { replaces } = offer;
      return replaces === undefined ? input : { ...input, replaces: this.#id({ ...offer, version: replaces }) };
    });
    const { node, refusals } = this.#modules;
    return inputs.length > 1
      ? refusals.ask<Outcome>(node, ADD_MANY, { transactions: inputs })
      : refusals.ask<Outcome>(node, ADD_ONE, { transaction: inputs[0] });
  }

  #id(payment: Version): string {
    return toHex(this.#transaction(payment).id);
  }

  #transaction({ sender, nonce, version }: Version) {
    return this.#modules.plan.transaction(sender, nonce, version);
  }
}

const OUTCOME = `__typename ... on TransactionAccepted { transaction { status { __typename } } replaced { id } }
  ... on Rejected { code message }`;
const ADD_ONE = `mutation ($transaction: AddTransactionInput!) {
  outcome: addTransaction(transaction: $transaction) { ${OUTCOME} } }`;
const ADD_MANY = `mutation ($transactions: [SignedTransactionInput!]!) {
  outcome: addTransactions(transactions: $transactions) { ${OUTCOME} } }`;
