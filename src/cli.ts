#!/usr/bin/env node
import { openFilesLimit } from './util/openFiles.js';

/** The modules and a node without peers or clients take some 180. */
const MIN_OPEN_FILES = 256;

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

/**
 * Why this process could not even load the program: so low a limit of open files that reading its modules breaks it, anywhere and with a
 * stack. Undefined where there is room, or where the system does not tell.
 */
function openFilesFault(): string | undefined {
  const soft = openFilesLimit();
  if (soft >= MIN_OPEN_FILES) return undefined;
  return `expected a limit of at least ${MIN_OPEN_FILES} open files, got ${soft}; raise it: ulimit -n 1024, or LimitNOFILE= of the service`;
}
