import { writeFileSync } from 'node:fs';
import { printSchema } from 'graphql';
import { createSchema } from '../src/graphql/schema.js';

// Writes schema.graphql, the published SDL. The prefix does not affect it.
const file = new URL('../../schema.graphql', import.meta.url);
writeFileSync(file, `${printSchema(createSchema({ addressPrefix: 'cor' }))}\n`);
