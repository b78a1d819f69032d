import type { NodeRun } from '../nodeRun.js';
import { at, type Harm, type Stage } from './stage.js';
import { send, type Attempt } from './http.js';

/** What came of an attack. */
export interface Outcome {
  readonly harm: Harm;
  /** What the attacker got. */
  readonly answer: string;
  /** What must hold beside the harm, and did not. */
  readonly shortfalls?: readonly string[];
}

/** Something that a stranger, or a broken peer, does to a node. */
export interface Attack {
  /** Number of the row in the table. */
  readonly row: string;
  readonly name: string;
  /** True for one request, of which processor time is bounded. */
  readonly isOneRequest?: boolean;
  /** True if the short form leaves it out, as it takes long. */
  readonly isLong?: boolean;
  readonly run: (stage: Stage, shared: Shared) => Promise<Outcome>;
}

/** A node that many attacks share, on a chain whose first blocks are full. */
export interface Shared {
  /** Its data folder before it started, of which other nodes start with a copy. */
  readonly data: string;
  readonly node: NodeRun;
  /** Hashes of the full blocks, in hexadecimal. */
  readonly fullBlocks: readonly string[];
  /** Cursor of one of the last transactions of the first block. */
  readonly deepCursor: string;
}

/** One request, sent a few times; what it is may follow from the node. */
export function oneRequest(row: string, name: string, make: (shared: Shared) => Attempt): Attack {
  return {
    row,
    name,
    isOneRequest: true,
    run: async (stage, shared) => {
      const attempt = make(shared);
      let answer = '';
      const harm = await stage.again(shared.node, async () => {
        const { status, code, bytes } = await send(at(shared.node), attempt);
        answer = `${status} ${code}, ${size(attempt.body?.length ?? 0)} in, ${size(bytes)} out`;
      });
      return { harm, answer };
    },
  };
}

function size(bytes: number): string {
  return bytes < 10_000
    ? `${bytes} B`
    : bytes < 1e6
      ? `${Math.round(bytes / 1e3)} kB`
      : `${(bytes / 1e6).toFixed(1)} MB`;
}
