import { ClientError } from 'graphql-request';
import type { NodeRun } from './nodeRun.js';

/** A refusal that is no fault of a node whose disk fails. */
export type ExpectedRefusal = 'STORAGE_FULL' | 'INTERNAL_SERVER_ERROR';

interface Refusal {
  readonly __typename: string;
  readonly code?: string;
  readonly message?: string;
}

/** The refusals that are expected of one life of a node, counted. What was refused is sent again. */
export class Refusals {
  readonly expected: ExpectedRefusal | undefined;
  /** How many there were, and how many since something was accepted. */
  readonly total = { transactions: 0, blocks: 0 };
  readonly inARow = { transactions: 0, blocks: 0 };

  constructor(expected: ExpectedRefusal | undefined) {
    this.expected = expected;
  }

  accept(kind: 'transactions' | 'blocks'): void {
    this.inARow[kind] = 0;
  }

  refuse(kind: 'transactions' | 'blocks'): void {
    this.total[kind]++;
    this.inARow[kind]++;
  }

  /** What a mutation answered; a refusal that is expected is an outcome, also where it comes as an error: one for all. */
  async ask<Outcome extends Refusal>(
    node: NodeRun,
    mutation: string,
    variables: Record<string, unknown>,
  ): Promise<readonly (Outcome | Refusal)[]> {
    try {
      const { outcome } = await node.ask<{ outcome: Outcome | Outcome[] }>(mutation, variables);
      return [outcome].flat();
    } catch (error) {
      const [refusal] = (error instanceof ClientError && error.response.errors) || [];
      if (refusal?.extensions.code !== this.expected || !refusal) throw error;
      return [{ __typename: 'Rejected', code: this.expected!, message: refusal.message }];
    }
  }
}
