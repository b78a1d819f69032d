import type { Spending } from '../../http/callers/budgets.js';

/** How often a process tells the others what was spent in it. */
export const TOLD_MS = 100;

/** Gathers what users spend, so that the budgets of the other processes can be charged with it. */
export class Spendings {
  #gathered = new Map<string, Spending>();

  add(spending: Spending): void {
    const key = `${spending.kind} ${spending.user}`;
    const amount = (this.#gathered.get(key)?.amount ?? 0) + spending.amount;
    this.#gathered.set(key, { ...spending, amount });
  }

  /** What was spent since the last call: one a user and kind. */
  take(): Spending[] {
    const gathered = [...this.#gathered.values()];
    if (gathered.length > 0) this.#gathered = new Map();
    return gathered;
  }
}
