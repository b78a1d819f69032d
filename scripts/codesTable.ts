import { isEnumType } from 'graphql';
import { format } from 'prettier';
import { ERROR_CODES } from '../src/graphql/errors.js';
import { createSchema } from '../src/graphql/schema.js';

/** A page of docs with a new table in its section "Codes": every code of an error, then every code of a rejection. */
export async function withCodesTable(page: string): Promise<string> {
  const rejections = createSchema({ addressPrefix: 'cor' }).getType('RejectionCode');
  if (!isEnumType(rejections)) throw new Error('expected the enum RejectionCode in the schema');
  const rows = [
    ...Object.entries(ERROR_CODES).map(([code, { status, meaning }]) => [code, status, meaning]),
    ...rejections.getValues().map(({ name, description }) => [name, 200, description]),
  ].map(([code, status, meaning]) => `| \`${code}\` | ${status} | ${meaning} |`);
  const table = ['| code | HTTP | meaning |', '| --- | --- | --- |', ...rows].join('\n');
  const found = TABLE.exec(page);
  if (!found) throw new Error('expected a section "Codes" with a table');
  const formatted = await format(table, { parser: 'markdown' });
  return page.slice(0, found.index) + found[1]! + formatted + page.slice(found.index + found[0].length);
}

const TABLE = /(\n## Codes\n[^|]*)(?:\|[^\n]*\n)+/;
