import { Command, Option } from '@commander-js/extra-typings';
import { pino, type Logger } from 'pino';
import { pinoPretty } from './prettyLog.js';
import type { Config } from '../config.js';
import { developmentNetwork, type Network } from '../consensus/network.js';
import { encodeAddress } from '../crypto/address.js';
import { toHex } from '../crypto/bytes.js';
import { startNode, type RunningNode } from '../node.js';
import { DataFolderError } from '../storage/dataFolderError.js';
import { developmentHelp } from './developmentHelp.js';
import { Failure } from './failure.js';
import { loadNetwork } from './loadNetwork.js';
import {
  address,
  dataOption,
  defaultDataFolder,
  integer,
  jsonOption,
  mineInterval,
  peerUrl,
  type ParsedAddress,
} from './options.js';
import { print } from './output.js';

/** `corrente node`: runs until it is told to stop. */
export function nodeCommand() {
  return new Command('node')
    .description('run a node')
    .addOption(dataOption())
    .addOption(new Option('--host <address>', 'address to listen on').env('CORRENTE_HOST').default('127.0.0.1'))
    .addOption(
      new Option('--port <number>', 'port to listen on, 0 for a free one')
        .env('CORRENTE_PORT')
        .argParser(integer(0, 65_535))
        .default(4000),
    )
    .addOption(
      new Option('--peer <url>', "a peer's GraphQL endpoint; can be repeated, CORRENTE_PEER takes a list with commas")
        .env('CORRENTE_PEER')
        .argParser<string[]>((text, previous: string[] | undefined) => [
          ...(previous ?? []),
          ...text.split(',').map(peerUrl),
        ]),
    )
    .addOption(
      new Option('--network <name>', '"development", or the path of a network file')
        .env('CORRENTE_NETWORK')
        .default('development'),
    )
    .addOption(
      new Option('--mine <seconds>', 'mine a block every so many seconds, or "off"')
        .env('CORRENTE_MINE')
        .argParser(mineInterval)
        .default('off'),
    )
    .addOption(new Option('--miner <address>', 'who is paid for mining').env('CORRENTE_MINER').argParser(address))
    .addOption(
      new Option('--public-url <url>', 'GraphQL endpoint as peers reach it')
        .env('CORRENTE_PUBLIC_URL')
        .argParser(peerUrl),
    )
    .addOption(
      new Option('--broadcast-timeout <milliseconds>', 'how long a peer has to answer')
        .env('CORRENTE_BROADCAST_TIMEOUT')
        .argParser(integer(10, 600_000))
        .default(3_000),
    )
    .addOption(
      new Option('--log-level <level>', 'least severe that is logged')
        .env('CORRENTE_LOG_LEVEL')
        .choices(['error', 'warn', 'info', 'debug'] as const)
        .default('info' as const),
    )
    .addOption(
      new Option('--log-format <format>', 'of the log on standard error')
        .env('CORRENTE_LOG_FORMAT')
        .choices(['pretty', 'json'] as const)
        .default('pretty' as const),
    )
    .addOption(jsonOption())
    .action(async (options) => {
      const network = await loadNetwork(options.network);
      const config: Config = {
        data: options.data ?? defaultDataFolder(network.name),
        host: options.host,
        port: options.port,
        peers: options.peer ?? [],
        network,
        mine: options.mine,
        miner: minerOf(options.miner, network),
        publicUrl: options.publicUrl,
        broadcastTimeoutMs: options.broadcastTimeout,
      };
      const destination = options.logFormat === 'pretty' ? pinoPretty() : pino.destination({ dest: 2, sync: true });
      const logger = pino({ level: options.logLevel, base: null }, destination);
      const node = await started(config, logger);
      stopOnSignal(node, logger);
      const ready = { url: node.url, network: network.name, chainId: toHex(network.chainId), data: config.data };
      const isDevelopment = network === developmentNetwork();
      print(options.json, ready, isDevelopment ? developmentHelp(node, config) : serving(node, config));
    });
}

function minerOf(miner: ParsedAddress | undefined, network: Network): Uint8Array | undefined {
  if (miner === undefined || miner.prefix === network.addressPrefix) return miner?.publicKey;
  throw new Failure(
    `--miner (CORRENTE_MINER): expected an address that starts with ${network.addressPrefix}1, got ${miner.text}`,
    2,
  );
}

/** What an operator can have caused is one line; anything else is a bug and shows its stack. */
async function started(config: Config, logger: Logger): Promise<RunningNode> {
  try {
    return await startNode(config, { logger });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new Failure(
        `port ${config.port} of ${config.host}: expected a free port, got one that another program uses; choose one with --port`,
      );
    }
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL') {
      throw new Failure(`${config.host}, port ${config.port}: expected an address to listen on, got ${code}`);
    }
    if (error instanceof DataFolderError || error instanceof RangeError) throw new Failure(error.message);
    throw error;
  }
}

function stopOnSignal(node: RunningNode, logger: Logger): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ signal }, 'stopping; a second signal stops at once');
    node.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'the stop was not clean');
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

function serving({ url, network, miner }: RunningNode, config: Config): string[] {
  return [
    `Corrente serves network ${network.name} at ${url}`,
    `data   ${config.data}`,
    `chain  ${toHex(network.chainId)}`,
    ...(miner ? [`miner  ${encodeAddress(network.addressPrefix, miner)}`] : []),
  ];
}
