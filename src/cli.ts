#!/usr/bin/env node
// Before graphql is loaded: it checks every value a second time unless this says that it is no development of graphql.
process.env['NODE_ENV'] ??= 'production';
const { run } = await import('./cli/program.js');
process.exitCode = await run(process.argv);
