import { ClientError } from 'graphql-request';
import type { NodeRun } from './nodeRun.js';

/** A refusal that is correct for a node whose disk fails. */
export type ExpectedRefusal = 'STORAGE_FULL' | 'INTERNAL_SERVER_ERROR';

interface Refusal {
  readonly __typename: string;
  readonly code?: string;
  readonly message?: string;
}

/** Counts the expected refusals of one life of a node. The load sends a refused item again. */
export class Refusals {
  readonly expected: ExpectedRefusal | undefined;
  /** Number of refusals, and number since the last acceptance. */
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

  /** Outcomes of a mutation. An expected refusal is an outcome too; if it comes as an error, it is the outcome of all. */
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
