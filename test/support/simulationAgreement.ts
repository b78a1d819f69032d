import assert from 'node:assert/strict';
import { COIN } from '../../src/consensus/network.js';
import { FUNDED_ACCOUNTS, STARTING_BALANCE } from './blocks.js';
import type { SimulatedNode } from './simulationNode.js';

/** True if all have the same tip, at this height. */
export async function agree(nodes: readonly SimulatedNode[], height: number): Promise<boolean> {
  const tips = await Promise.all(nodes.map((node) => node.tip()));
  return tips.every((tip) => tip.height === height && tip.hash === tips[0]!.hash);
}

/** Asserts equal tips, of this height, and balances that are equal and add up to every coin there is. Gives the balances. */
export async function assertAgreement(nodes: readonly SimulatedNode[], height: number): Promise<bigint[]> {
  const views = await Promise.all(
    nodes.map(async (node) => ({ tip: await node.tip(), balances: await node.balances() })),
  );
  const [first, ...others] = views;
  assert.equal(first!.tip.height, height);
  for (const [index, other] of others.entries()) {
    assert.deepEqual(other, first, `${nodes[index + 1]!.name} beside ${nodes[0]!.name}`);
  }
  const { balances } = first!;
  const sum = balances.reduce((total, balance) => total + balance);
  assert.equal(sum, BigInt(FUNDED_ACCOUNTS) * STARTING_BALANCE + BigInt(height) * 10n * COIN);
  return balances;
}

/** Asserts the node's view of its peer. */
export async function assertPeer(
  node: SimulatedNode,
  other: SimulatedNode,
  expected: { readonly status: string; readonly standing: number },
): Promise<void> {
  const { status, standing } = await node.peer(other);
  assert.deepEqual({ status, standing }, expected, `${other.name} as ${node.name} sees it`);
}

/** A peer that did nothing wrong. */
export const GOOD = { status: 'CONNECTED', standing: 0 };
