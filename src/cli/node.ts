import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isatty } from 'node:tty';
import { setFlagsFromString } from 'node:v8';
import { Option } from '@commander-js/extra-typings';
import { pino, type Logger } from 'pino';
import { pinoPretty, print, showSync, table, withoutUnseen } from './terminal.js';
import type { Config } from '../config.js';
import { DEVELOPMENT_ACCOUNTS, developmentAccount, developmentNetwork, type Network } from '../consensus/network.js';
import { encodeAddress } from '../crypto/address.js';
import { toHex } from '../crypto/bytes.js';
import type { NodeModules, RunningNode } from '../node.js';
import { LogTail } from '../node/logTail.js';
import { workerSource } from './workers/fork.js';
import { dataFailure, Failure } from './failure.js';
import { loadNetwork } from './network.js';
import { defaultDataFolder, jsonOption, type ParsedAddress } from './options.js';
import { type Settings, commandWithSettings } from './settings.js';
import { complainOfLost, type RunningTracing, startTracing } from './tracing.js';
import { quoted } from '../wallet/secretFile.js';
import { FolderInUseError } from '../storage/dataFolder.js';

interface NodeOptions extends Settings {
  readonly withParent?: true | undefined;
  readonly temporary?: true | undefined;
  readonly json?: true | undefined;
}

/** `corrente node`: runs until it is stopped. */
export function nodeCommand() {
  return commandWithSettings('node')
    .description('run a node')
    .addOption(new Option('--with-parent', 'end when the process that started it, over IPC, has ended').hideHelp())
    .addOption(new Option('--temporary', 'delete the data at the end').hideHelp())
    .addOption(jsonOption())
    .action(async (options) => {
      const network = await loadNetwork(options.network, options.data);
      const config: Config = {
        data: options.data ?? defaultDataFolder(network.name),
        host: options.host,
        port: options.port,
        peers: options.peer ?? [],
        network,
        mine: options.mine,
        miner: minerOf(options.miner, network),
        publicUrl: options.publicUrl,
        allowedHosts: options.allowHost ?? [],
        allowedOrigins: options.allowOrigin ?? [],
        tls: tlsOf(options),
        trustProxy: options.trustProxy,
        signer: options.signer,
        peersOnly: options.peersOnly,
        outbound: options.outbound,
        broadcastTimeoutMs: options.broadcastTimeout,
      };
      await serve(config, options);
    });
}

/** Starts a node and says where it serves; it then runs until it is stopped, or finds its data damaged. */
async function serve(config: Config, options: NodeOptions): Promise<void> {
  const { network } = config;
  const destination = options.logFormat === 'pretty' ? pinoPretty() : pino.destination({ dest: 2, sync: true });
  const logTail = new LogTail();
  const streamWrite = (entry: string): string => {
    // What is shown in a page is text, too: an escape that JSON undoes would not help there.
    logTail.add(withoutUnseen(entry, 'pretty'));
    return withoutUnseen(entry, options.logFormat);
  };
  const hooks = { streamWrite };
  const logger = pino({ level: options.logLevel, base: null, hooks }, destination);
  forbidCoreDumps(logger);
  // What is garbage may take 70 % of what is in use, which costs some processor time; by default, long work fills hundreds of megabytes
  // before anything is given back.
  setFlagsFromString('--heap-growing-percent=70');
  const logLine = (line: string): void => void destination.write(streamWrite(line));
  const workers = workerSource(options.apiWorkers, options.logLevel, logLine);
  const starting = started(config, { logger, logTail, workers }).then((node) =>
    options.temporary ? temporary(node, config.data) : node,
  );
  stopOnSignal(starting, logger);
  reloadOnHangup(starting, logger);
  if (options.withParent) stopWithParent();
  const node = await starting;
  if (options.logFormat === 'pretty') showSync(node.sync);
  const ready = { url: node.url, network: network.name, chainId: toHex(network.chainId), data: config.data };
  const isDevelopment = network === developmentNetwork();
  print(options.json, ready, isDevelopment ? developmentHelp(node, config) : serving(node, config));
  const damage = await node.damage;
  if (damage) {
    await node.close();
    throw dataFailure(damage, config.data) ?? damage;
  }
}

/**
 * A core dump would write the keys of the node to the disk. Node.js cannot set a limit of its process, so util-linux's prlimit does, on Linux;
 * where neither that nor whoever started the node has, the log says so.
 */
function forbidCoreDumps(logger: Logger): void {
  if (!existsSync('/proc/self/limits')) return;
  if (/^Max core file size +0 /m.test(readFileSync('/proc/self/limits', 'utf8'))) return;
  try {
    const { PATH } = process.env;
    execFileSync('prlimit', ['--core=0:0', `--pid=${process.pid}`], { env: { PATH }, stdio: 'ignore', timeout: 1_000 });
  } catch {
    logger.info('a crash could write the keys of this node into a core dump: start it with ulimit -c 0');
  }
}

/** The node, whose data goes when it is closed; the folder around it, too, once nothing else is in it. */
function temporary(node: RunningNode, data: string): RunningNode {
  const close = async (): Promise<void> => {
    await node.close();
    await rm(data, { recursive: true, force: true });
    await rmdir(dirname(data)).catch((error: unknown) => {
      if (!['ENOTEMPTY', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    });
  };
  return { ...node, close };
}

function tlsOf({ tlsCert: cert, tlsKey: key }: NodeOptions): Config['tls'] {
  if (cert !== undefined && key !== undefined) return { cert, key };
  if (cert === undefined && key === undefined) return undefined;
  const [given, missing] = cert === undefined ? ['--tls-key', '--tls-cert'] : ['--tls-cert', '--tls-key'];
  throw new Failure(`expected ${missing} beside ${given}, got one of the two`, 2);
}

function minerOf(miner: ParsedAddress | undefined, network: Network): Uint8Array | undefined {
  if (miner === undefined || miner.prefix === network.addressPrefix) return miner?.publicKey;
  throw new Failure(
    `--miner (CORRENTE_MINER): expected an address that starts with ${network.addressPrefix}1, got ${miner.text}`,
    2,
  );
}

/** The node, whose last spans are sent when it is closed. */
function traced(node: RunningNode, tracing: RunningTracing | undefined): RunningNode {
  return tracing ? { ...node, close: () => node.close().finally(() => tracing.stop()) } : node;
}

/** What an operator can have caused is one line; anything else is a bug and shows its stack. */
async function started(config: Config, modules: NodeModules): Promise<RunningNode> {
  const { logger } = modules;
  // Loaded here, because it takes longer than any other command and than a refused setting.
  const { startNode } = await import('../node.js');
  try {
    const tracing = await startTracing(process.env);
    if (tracing) complainOfLost(tracing.tracing, logger);
    return traced(await startNode(config, { ...modules, tracing: tracing?.tracing }), tracing);
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new Failure(
        `--port ${config.port}: expected a free port of ${config.host}, got one that another program uses`,
      );
    }
    if (syscall === 'listen' || syscall === 'getaddrinfo') {
      throw new Failure(`--host ${config.host}, --port ${config.port}: expected an address to listen on, got ${code}`);
    }
    if (error instanceof FolderInUseError) {
      throw new Failure(`${error.message}: a second one needs a folder of its own, --data`);
    }
    throw dataFailure(error, config.data) ?? error;
  }
}

/** From now on a signal stops the node: one that is still starting as soon as it has started, unless that fails. */
function stopOnSignal(starting: Promise<RunningNode>, logger: Logger): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ signal }, 'stopping; a second signal stops at once');
    // A failure is reported where the start is awaited.
    starting.then(end, () => undefined);
  };
  const end = (node: RunningNode): Promise<void> =>
    node.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'the stop was not clean');
        process.exit(1);
      },
    );
  process.on('SIGINT', stop).on('SIGTERM', stop);
  starting.catch(() => process.off('SIGINT', stop).off('SIGTERM', stop));
}

/** SIGHUP: files are read again, unless it says that the terminal is gone, which stops the node. */
function reloadOnHangup(starting: Promise<RunningNode>, logger: Logger): void {
  const hadTerminal = isatty(0);
  const reload = (): void => {
    if (hadTerminal && !isatty(0)) process.kill(process.pid, 'SIGTERM');
    else
      starting.then((node) => node.reload()).catch((error: unknown) => logger.error({ err: error }, 'a reload failed'));
  };
  process.on('SIGHUP', reload);
  // A failure to start is reported where that is awaited.
  starting.catch(() => process.off('SIGHUP', reload));
}

/** The parent may be gone already. */
function stopWithParent(): void {
  const stop = (): void => void process.kill(process.pid, 'SIGTERM');
  if (process.connected) process.once('disconnect', stop);
  else stop();
}

function serving({ url, network, miner }: RunningNode, config: Config): string[] {
  return [
    `Corrente serves network ${network.name} at ${url}; explorer at ${new URL('/', url).href}`,
    ...(config.publicUrl === undefined ? [] : [`public ${config.publicUrl}`]),
    `data   ${config.data}`,
    `chain  ${toHex(network.chainId)}`,
    ...(miner ? [`miner  ${encodeAddress(network.addressPrefix, miner)}`] : []),
  ];
}

/** What a development node prints when it serves: its address, the funded accounts, commands to try. */
export function developmentHelp({ url, network }: RunningNode, config: Config): string[] {
  const accounts = Array.from({ length: DEVELOPMENT_ACCOUNTS }, (_, index) => developmentAccount(index));
  const addressOf = (index: number) => encodeAddress(network.addressPrefix, accounts[index]!.publicKey);
  const rows = accounts.map(({ seed }, index) => [`  ${index}`, addressOf(index), toHex(seed)]);
  const node = url === 'http://127.0.0.1:4000/graphql' ? '' : ` --node ${url}`;
  const token = config.data.endsWith('/.corrente/development') ? '' : ` --data ${quoted(config.data)}`;
  return [
    '',
    `Corrente development node. Open it in a browser: ${new URL('/', url).href}`,
    `API and its IDE at ${url}`,
    config.mine === 'off' ? 'It mines on demand.' : `It mines a block every ${config.mine} s.`,
    `Its data is in ${config.data}; stop it and delete that folder to start afresh.`,
    '',
    'Accounts of 1,000,000 coins each. Everybody has these keys: they are worth nothing on any other network.',
    ...table([['  #', 'address', 'secret seed'], ...rows]),
    '',
    'Try in another terminal:',
    `  npx corrente send --to ${addressOf(1)} --amount 1.5 --development-account 0 --wait${node}`,
    `  npx corrente balance ${addressOf(1)}${node}`,
    `  npx corrente mine 3${node}${token}`,
    '',
  ];
}
