import { availableParallelism } from 'node:os';
import { Command, type CommandUnknownOpts, InvalidArgumentError, type Option } from '@commander-js/extra-typings';
import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { developmentNetwork } from '../consensus/network.js';
import { OUTBOUND } from '../peers/discovery/peerExchange.js';
import { Failure } from './failure.js';
import { loadNetwork } from './network.js';
import {
  address,
  configOption,
  dataOption,
  defaultDataFolder,
  flag,
  hostName,
  listenHost,
  integer,
  jsonOption,
  list,
  mineInterval,
  networkOption,
  nonEmpty,
  pageOrigin,
  path,
  peerUrl,
  port,
  signerPath,
  trustedProxies,
} from './options.js';
import { print, table } from './terminal.js';
import { readText, reasonOf } from './textFile.js';

const MAX_API_WORKERS = 64;
const MAX_SHOWN = 100;

/**
 * Every setting of a node, once: how the command line spells it, what it means, and the schema of its value. Its variable and its name in a
 * file follow from the flag: `--public-url` is CORRENTE_PUBLIC_URL and `"publicUrl"`.
 */
export const SETTINGS = {
  data: { option: dataOption(), schema: text(path).optional() },
  host: { option: flag('--host <address>', 'address to listen on'), schema: text(listenHost).default('127.0.0.1') },
  port: {
    option: flag('--port <number>', 'port to listen on, 0 for a free one'),
    schema: text(port(0, 65_535)).default(4000),
  },
  peer: {
    option: flag('--peer <url>', "a peer's GraphQL endpoint; can be repeated, CORRENTE_PEER takes a list with commas"),
    schema: texts(peerUrl).optional(),
  },
  network: { option: networkOption(), schema: text(path).optional() },
  mine: {
    option: flag('--mine <seconds>', 'mine a block every so many seconds, or "off"'),
    schema: text(mineInterval).default('off'),
  },
  miner: {
    option: flag('--miner <address>', 'account that is paid for mining'),
    schema: text(address).optional(),
  },
  publicUrl: {
    option: flag('--public-url <url>', 'GraphQL endpoint as peers reach it'),
    schema: text(peerUrl).optional(),
  },
  allowHost: {
    option: flag('--allow-host <name>', 'name that requests may use beside the host of --public-url; can be repeated'),
    schema: texts(hostName).optional(),
  },
  allowOrigin: {
    option: flag('--allow-origin <origin>', 'origin of pages, served elsewhere, that may call; can be repeated'),
    schema: texts(pageOrigin).optional(),
  },
  trustProxy: {
    option: flag(
      '--trust-proxy <proxies>',
      'believe X-Forwarded-For of so many proxies, or of those at these addresses and networks',
    ),
    schema: text(trustedProxies).optional(),
  },
  tlsCert: {
    option: flag('--tls-cert <file>', 'speak TLS with this certificate and its chain, in PEM; read again on SIGHUP'),
    schema: text(path).optional(),
  },
  tlsKey: {
    option: flag('--tls-key <file>', 'key of that certificate, in PEM, which only its owner can read'),
    schema: text(path).optional(),
  },
  signer: {
    option: flag(
      '--signer <unix:path>',
      'Unix socket of a program that holds the keys of the node, of its wallet, or both',
    ),
    schema: text(signerPath).optional(),
  },
  peersOnly: {
    option: flag('--peers-only <file>', 'deal only with the nodes whose ids this file lists; read again on SIGHUP'),
    schema: text(path).optional(),
  },
  outbound: {
    option: flag('--outbound <count>', 'peers to keep by itself, found by asking peers; 0: only those added'),
    schema: text(integer(0, 32)).default(OUTBOUND),
  },
  apiWorkers: {
    option: flag(
      '--api-workers <count>',
      'processes that answer requests, beside the one of the ledger; 0: that one does',
    ),
    schema: text(integer(0, MAX_API_WORKERS)).default(
      // The ledger process and what else the machine does have the first two.
      Math.min(Math.max(availableParallelism() - 2, 1), MAX_API_WORKERS),
    ),
  },
  broadcastTimeout: {
    option: flag('--broadcast-timeout <milliseconds>', 'time that a peer has to answer'),
    schema: text(integer(10, 600_000)).default(3_000),
  },
  logLevel: {
    option: flag('--log-level <level>', 'least severe entries to log'),
    schema: choice(['error', 'warn', 'info', 'debug']).default('info'),
  },
  logFormat: {
    option: flag('--log-format <format>', 'format of the log on standard error'),
    schema: choice(['pretty', 'json']).default('pretty'),
  },
};

type Name = keyof typeof SETTINGS;

/** The settings of a node, checked, with their defaults. */
export type Settings = { readonly [Key in Name]: z.output<(typeof SETTINGS)[Key]['schema']> };

/** A value that is text in a flag or a variable, and text or a number in a file. */
function text<Value>(parse: (text: string) => Value) {
  return z
    .union([z.string(), z.number()], { error: ({ input }) => `expected a text or a number, got ${shown(input)}` })
    .transform((given, context) => attempt(() => parse(`${given}`), context));
}

/** Values of a flag that can be repeated: one text with commas, or in a file a list. */
function texts<Value>(parse: (text: string) => Value) {
  const items = list(parse);
  return z
    .union([z.string(), z.array(z.string())], { error: ({ input }) => `expected a list of texts, got ${shown(input)}` })
    .transform((given, context) =>
      attempt(() => (typeof given === 'string' ? items(given) : given.map((item) => parse(nonEmpty(item)))), context),
    );
}

function choice<const Names extends readonly string[]>(names: Names) {
  return z.enum(names, { error: ({ input }) => `expected one of ${names.join(', ')}, got ${shown(input)}` });
}

/** What a parser found wrong becomes the schema's: the parsers say what they expected and what they got. */
function attempt<Value>(parse: () => Value, context: z.RefinementCtx): Value {
  try {
    return parse();
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
}

function shown(value: unknown): string {
  const json = value === undefined ? 'nothing' : JSON.stringify(value);
  return json.length > MAX_SHOWN ? `${json.slice(0, MAX_SHOWN)}…` : json;
}

/** A command with a flag and a variable for each setting of a node, and `--config`. */
export function commandWithSettings(name: string): Command<[], Settings & { readonly config?: string }> {
  const command = new Command(name);
  for (const { option, schema } of Object.values(SETTINGS) as readonly Setting[]) {
    const { data: preset } = schema.safeParse(undefined);
    option.argParser((given: string, previous: unknown): unknown => {
      const { success, data, error } = schema.safeParse(given);
      if (!success) throw new InvalidArgumentError(error.issues[0]!.message);
      return Array.isArray(previous) && Array.isArray(data)
        ? [...(previous as unknown[]), ...(data as unknown[])]
        : data;
    });
    command.addOption(preset === undefined ? option : option.default(preset));
  }
  return command.addOption(configOption()) as unknown as Command<[], Settings>;
}

interface Setting {
  readonly option: Option;
  readonly schema: z.ZodType;
}

/**
 * Gives the options of a command, where neither a flag nor a variable did, the values of the file that its option `--config` names. Throws
 * Failure for a file that holds anything but settings of a node, also for those that this command does not have.
 */
export async function applyConfigFile(command: CommandUnknownOpts): Promise<void> {
  const { config: file } = command.opts() as { readonly config?: string };
  if (file === undefined) return;
  const own = new Set(command.options.map((option) => option.attributeName()));
  for (const [name, value] of Object.entries(await readConfigFile(file))) {
    const isGiven = ['cli', 'env'].includes(command.getOptionValueSource(name) ?? '');
    if (own.has(name) && !isGiven) command.setOptionValueWithSource(name, value, 'config');
  }
}

/** The settings that a file gives, without defaults. */
async function readConfigFile(file: string): Promise<Record<string, unknown>> {
  const refuse = (reason: string): never => {
    throw new Failure(`--config ${file}: ${reason}`, 2);
  };
  const json = await readText(file).catch((error: unknown) => refuse(reasonOf(error, file)));
  let given: unknown;
  try {
    given = JSON.parse(json);
  } catch (error) {
    refuse(`expected JSON, got ${(error as Error).message}`);
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    refuse(`expected an object of settings, got ${shown(given)}`);
  }
  const read = Object.entries(given as object).map(([name, value]) => {
    if (!Object.hasOwn(SETTINGS, name))
      refuse(`${shown(name)} is no setting${suggestion(name, Object.keys(SETTINGS))}`);
    const { success, data, error } = SETTINGS[name as Name].schema.safeParse(value);
    return success ? [name, data] : refuse(`${name}: ${error.issues[0]!.message}`);
  });
  return Object.fromEntries(read) as Record<string, unknown>;
}

/** `; did you mean NAME?` for the known name that is nearest, if any is near; else nothing. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = closest(name, known);
  return distance(name, near) <= Math.max(2, name.length / 3) ? `; did you mean ${near}?` : '';
}

/** Variables that hold a secret: they are no flags, since every process can read flags. */
export const SECRET_VARIABLES = ['CORRENTE_TOKEN', 'CORRENTE_PASSPHRASE', 'CORRENTE_NEW_PASSPHRASE'] as const;

/** What gave a setting its value. */
const SOURCES: Readonly<Record<string, string>> = { cli: 'flag', env: 'environment', config: 'file' };

/** `corrente config`: what a node with this command line would be started with, and why. */
export function configCommand() {
  return commandWithSettings('config')
    .description('print each setting of a node, and whether a flag, a variable, the file or its default gave it')
    .addOption(jsonOption())
    .action(async (options, command) => {
      const network = await loadNetwork(options.network, options.data);
      const byDefault: Partial<Settings> = { data: defaultDataFolder(network.name), network: network.name };
      const isOfTheFolder = options.network === undefined && network.name !== developmentNetwork().name;
      const rows = (Object.keys(SETTINGS) as Name[]).map((name) => ({
        name,
        value: written(options[name] ?? byDefault[name]),
        source:
          name === 'network' && isOfTheFolder
            ? 'data folder'
            : (SOURCES[command.getOptionValueSource(name) ?? ''] ?? 'default'),
      }));
      const secrets = SECRET_VARIABLES.filter((name) => process.env[name] !== undefined).map((name) => ({
        name,
        value: 'set, not shown',
        source: 'environment',
      }));
      const all = [...rows, ...secrets];
      print(options.json, all, table(all.map(({ name, value, source }) => [name, show(value), source])));
    });
}

/** As a file has it; null without a value. */
function written(value: Settings[Name]): string | number | readonly string[] | null {
  if (value === undefined) return null;
  return typeof value === 'object' && 'text' in value ? value.text : value;
}

function show(value: ReturnType<typeof written>): string {
  if (value === null) return '-';
  return typeof value === 'object' ? value.join(', ') : `${value}`;
}
