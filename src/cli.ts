#!/usr/bin/env node
// Before graphql is loaded: it checks every value a second time unless this says that it is no development of graphql.
process.env['NODE_ENV'] ??= 'production';
const [{ run }, { guardStreams }] = await Promise.all([import('./cli/program.js'), import('./cli/output.js')]);
guardStreams();
process.exitCode = await run(process.argv);
