import type { Steps } from '../../util/turns.js';
import { CHECKSUM_BYTES, checksum, type TableName } from '../keys.js';
import { requiredTable, type Table, type Tables } from './environment.js';

/** One write of a commit; without a value, the key is removed. */
export interface Operation<Name extends TableName = TableName> {
  readonly table: Name;
  readonly key: Uint8Array;
  readonly value?: Uint8Array;
}

/** Operations with their tables and checksums, all values in one piece of memory, whose address lmdb then asks for once. */
export interface PackedOperations {
  readonly writes: readonly {
    readonly table: Table;
    readonly key: Uint8Array;
    readonly value: Uint8Array | undefined;
  }[];
  readonly bytes: number;
}

/** Looks up the tables, computes the checksums and copies the values, an operation a step. */
export function* packing(operations: readonly Operation[], tables: Tables): Steps<PackedOperations> {
  const bytes = operations.reduce((sum, { value }) => sum + (value ? value.length + CHECKSUM_BYTES : 0), 0);
  const memory = new Uint8Array(bytes);
  const view = new DataView(memory.buffer);
  let start = 0;
  const writes: PackedOperations['writes'][number][] = [];
  for (const { table: name, key, value } of operations) {
    yield;
    const table = requiredTable(tables, name);
    if (!value) {
      writes.push({ table, key, value });
      continue;
    }
    const end = start + value.length + CHECKSUM_BYTES;
    memory.set(value, start);
    view.setUint32(end - CHECKSUM_BYTES, checksum(key, value));
    writes.push({ table, key, value: memory.subarray(start, end) });
    start = end;
  }
  return { writes, bytes };
}
