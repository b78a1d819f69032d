import type { Logger } from 'pino';
import type { Chain } from '../chain/chain.js';
import type { AddBlockOutcome } from '../chain/outcome.js';
import type { Block } from '../consensus/block.js';
import { toHex } from '../crypto/bytes.js';
import type { Admission, Submission, SubmitOutcome } from '../mempool/admission.js';
import type { Metrics } from './metrics.js';
import type { NodeClock } from './world.js';

export interface IntakeModules {
  readonly chain: Pick<Chain, 'addBlock'>;
  readonly admission: Pick<Admission, 'submit'>;
  readonly metrics: Pick<Metrics, 'offered' | 'submitted'>;
  readonly clock: Pick<NodeClock, 'now'>;
  readonly log: Pick<Logger, 'debug' | 'isLevelEnabled'>;
}

/** The way in for blocks and transactions, from wherever they come: each gets the date, and its outcome is counted. */
export class Intake {
  readonly #modules: IntakeModules;

  constructor(modules: IntakeModules) {
    this.#modules = modules;
  }

  /** A block that was mined here or came by itself. */
  async addBlock(block: Block): Promise<AddBlockOutcome> {
    const { chain, metrics, clock } = this.#modules;
    const outcome = await chain.addBlock(block, clock.now());
    metrics.offered(outcome);
    return outcome;
  }

  /** One outcome each, in order; level debug logs them. `giver` is the id of the node that forwarded them. */
  async submit(submissions: readonly Submission[], giver: string | undefined): Promise<SubmitOutcome[]> {
    const { admission, metrics, clock, log } = this.#modules;
    const outcomes = await admission.submit(submissions, giver, clock.now());
    metrics.submitted(outcomes, giver);
    if (!log.isLevelEnabled('debug')) return outcomes;
    for (const [index, outcome] of outcomes.entries()) {
      const transaction = { id: toHex(submissions[index]!.transaction.id), giver };
      if ('code' in outcome) log.debug({ ...transaction, code: outcome.code }, 'transaction rejected');
      else log.debug({ ...transaction, alreadyKnown: outcome.alreadyKnown }, 'transaction accepted');
    }
    return outcomes;
  }
}
