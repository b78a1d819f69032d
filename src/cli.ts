#!/usr/bin/env node
import { openFilesFault } from './cli/openFiles.js';

const fault = openFilesFault();
if (fault !== undefined) {
  process.stderr.write(`error: ${fault}\n`);
  process.exit(1);
}
// Before graphql is loaded: it checks every value a second time unless this says that it is no development of graphql.
process.env['NODE_ENV'] ??= 'production';
const [{ run }, { guardStreams }] = await Promise.all([import('./cli/program.js'), import('./cli/terminal.js')]);
guardStreams();
process.exitCode = await run(process.argv);
