import { readFileSync } from 'node:fs';

/** Version of this program, from its package. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

/** Version of docs/protocol.md that this node speaks. Nodes of another one are no peers. */
export const PROTOCOL_VERSION = 1;
