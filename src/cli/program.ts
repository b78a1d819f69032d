import { Command, CommanderError, type CommandUnknownOpts, type Option } from '@commander-js/extra-typings';
import { VERSION } from '../config.js';
import { backupCommand, exportCommand, importCommand, reindexCommand, verifyCommand } from './offline.js';
import { balanceCommand, mineCommand, peersCommand } from './online.js';
import { devnetCommand } from './devnet.js';
import { InvariantError } from '../util/invariant.js';
import { Failure, inWords } from './failure.js';
import { keysCommand } from './keys.js';
import { networkCommand } from './network.js';
import { nodeCommand } from './node.js';
import { outboxCommand } from './send/outbox.js';
import { sendCommand } from './send/send.js';
import { applyConfigFile, configCommand, SECRET_VARIABLES, suggestion } from './settings.js';
import { tokenCommand } from './token.js';
import { watchCommand } from './watch.js';

/** Runs one command line; resolves to the exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  const program = new Command('corrente')
    .description('A blockchain node whose whole API is GraphQL')
    .version(VERSION)
    .showHelpAfterError('(--help shows what is possible)');
  const commands = [
    nodeCommand(),
    configCommand(),
    devnetCommand(),
    keysCommand(),
    sendCommand(),
    outboxCommand(),
    balanceCommand(),
    watchCommand(),
    mineCommand(),
    peersCommand(),
    tokenCommand(),
    networkCommand(),
    backupCommand(),
    verifyCommand(),
    exportCommand(),
    importCommand(),
    reindexCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  for (const command of withSubcommands([program])) command.exitOverride();
  program.hook('preAction', async (_, command) => {
    warnOfUnknownVariables(commands);
    command.options.forEach(checkSwitch);
    await applyConfigFile(command);
  });
  try {
    await program.parseAsync(argv);
    return 0;
  } catch (error) {
    // Commander has written its own message. 2: the command line was not understood.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const failure = error instanceof Failure ? error : systemFailure(error);
    if (!failure) throw error;
    if (failure.cause instanceof InvariantError) process.stderr.write(`${failure.cause.stack}\n`);
    process.stderr.write(`error: ${failure.message}\n`);
    return failure.exitCode;
  }
}

/** What the system refused, such as a file or a folder, is the user's to mend: one line. Anything else is a bug and shows its stack. */
function systemFailure(error: unknown): Failure | undefined {
  const { syscall, path, message } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return undefined;
  return new Failure(path === undefined ? message : `${path}: ${inWords(error)}`);
}

/** Warns of a misspelled variable, which would be ignored in silence. */
function warnOfUnknownVariables(commands: readonly CommandUnknownOpts[]): void {
  const known = withSubcommands(commands).flatMap(({ options }) => options.flatMap(({ envVar }) => envVar ?? []));
  const secrets: readonly string[] = SECRET_VARIABLES;
  for (const name of Object.keys(process.env)) {
    if (!name.startsWith('CORRENTE_') || known.includes(name) || secrets.includes(name) || OF_KUBERNETES.test(name))
      continue;
    const advice = suggestion(name, known) || ' (npx corrente COMMAND --help lists them)';
    process.stderr.write(`warning: ${name} is no setting: it changes nothing${advice}\n`);
  }
}

/** The commands and all of theirs. */
function withSubcommands(commands: readonly CommandUnknownOpts[]): CommandUnknownOpts[] {
  return commands.flatMap((command) => [command, ...withSubcommands(command.commands)]);
}

/** Commander takes the variable of a flag without value for set whatever it says, so that 0 would mean yes. */
function checkSwitch(option: Option): void {
  const text = option.isBoolean() && option.envVar !== undefined ? process.env[option.envVar] : undefined;
  if (text === undefined || text === '1') return;
  throw new Failure(
    `${option.long} (${option.envVar}): expected 1 or no such variable, got ${JSON.stringify(text)}`,
    2,
  );
}

/** Variables that Kubernetes sets for a service named corrente. */
const OF_KUBERNETES = /^CORRENTE_(SERVICE_|PORT_[0-9])/;
