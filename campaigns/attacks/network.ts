import type { Attack } from './attack.js';
/** Attacks by blocks and by peers. */
export const networkAttacks: readonly Attack[] = [];
