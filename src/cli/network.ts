import { writeFile } from 'node:fs/promises';
import { Command } from '@commander-js/extra-typings';
import { type Allocation, COIN, createNetwork, developmentNetwork, type Network } from '../consensus/network.js';
import { formatNetworkFile } from '../consensus/networkFile.js';
import { compactFromTarget } from '../consensus/pow.js';
import { toHex } from '../crypto/bytes.js';
import { Failure, inWords } from './failure.js';
import { address, addressPrefix, coins, flag, integer, jsonOption, path } from './options.js';
import { print } from './terminal.js';
import { parseNetworkFile, readFolderNetwork } from '../node/openChain.js';
import { readText } from './textFile.js';

/** `corrente network create`. */
export function networkCommand() {
  const network = new Command('network').description('networks of your own');
  network
    .command('create')
    .description('write a network file; every node of the network starts with the same one')
    .addOption(flag('--name <name>', '1 to 32 of a-z, 0-9 and -').makeOptionMandatory())
    .addOption(flag('--prefix <prefix>', 'prefix of its addresses').argParser(addressPrefix).default('cor'))
    .addOption(
      flag('--allocate <address=coins...>', 'an account that has coins from the start; can be repeated')
        .argParser(allocation)
        .default([] as ParsedAllocation[]),
    )
    .addOption(flag('--block-seconds <seconds>', 'time between blocks').argParser(integer(1, 86_400)).default(10))
    .addOption(
      flag('--half-life-seconds <seconds>', 'half-life of the difficulty')
        .argParser(integer(1, 31_536_000))
        .default(3_600),
    )
    .addOption(
      flag('--subsidy <coins>', 'subsidy of the first blocks')
        .argParser(coins)
        .default(10n * COIN, '10'),
    )
    .addOption(
      flag('--halving <blocks>', 'blocks between halvings of the subsidy')
        .argParser(integer(1, 2 ** 31 - 1))
        .default(4_000_000),
    )
    .addOption(
      flag('--tries <number>', 'expected tries for the first block')
        .argParser(integer(2, 2 ** 48))
        .default(2 ** 22),
    )
    .addOption(flag('--out <file>', 'the file to write; never overwritten').argParser(path).makeOptionMandatory())
    .addOption(jsonOption())
    .action(async (options) => {
      const limit = compactFromTarget(2n ** 256n / BigInt(options.tries) - 1n);
      const parameters = {
        name: options.name,
        addressPrefix: options.prefix,
        timestamp: Date.now(),
        target: limit,
        targetLimit: limit,
        blockIntervalMs: options.blockSeconds * 1000,
        halfLifeMs: options.halfLifeSeconds * 1000,
        subsidy: options.subsidy,
        halvingInterval: options.halving,
        maxBlockBytes: 2 * 1024 * 1024,
        allocations: options.allocate.map(({ prefix, publicKey, amount }) => {
          if (prefix === options.prefix) return { publicKey, amount };
          const remedy = `npx corrente keys show FILE --prefix ${options.prefix} writes that of a key, and keys new --prefix makes one`;
          throw new Failure(
            `--allocate: expected addresses that start with ${options.prefix}1, got ${prefix}1…; ${remedy}`,
            2,
          );
        }),
      };
      const created = checked(() => createNetwork(parameters));
      try {
        await writeFile(options.out, formatNetworkFile(parameters), { flag: 'wx' });
      } catch (error) {
        throw new Failure(`--out ${options.out}: ${inWords(error)}`);
      }
      const chainId = toHex(created.chainId);
      print(options.json, { file: options.out, chainId }, [
        `chain id  ${chainId}`,
        `file      ${options.out}`,
        `start     npx corrente node --network ${options.out} --mine ${options.blockSeconds} --miner ADDRESS`,
      ]);
    });
  return network;
}

interface ParsedAllocation extends Allocation {
  readonly prefix: string;
}

function allocation(text: string, previous: readonly ParsedAllocation[]): ParsedAllocation[] {
  const [account, amount] = text.split('=', 2);
  const { prefix, publicKey } = address(account!);
  return [...previous, { prefix, publicKey, amount: coins(amount ?? '') }];
}

function checked<Value>(make: () => Value): Value {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) throw new Failure(error.message, 2);
    throw error;
  }
}

/** The network that `--network` names: "development", or a file. Without it that of the data folder. Throws Failure. */
export async function loadNetwork(name: string | undefined, data: string | undefined): Promise<Network> {
  if (name === undefined) return ofTheFolder(data);
  if (name === 'development') return developmentNetwork();
  try {
    return parseNetworkFile(await readText(name), name);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== undefined) {
      const got = code === 'ENOENT' ? 'no file' : code === 'EISDIR' ? 'a folder' : inWords(error);
      throw new Failure(`--network ${name}: expected "development" or a network file, got ${got}`, 2);
    }
    throw new Failure(`--network: ${message}`, 2);
  }
}

async function ofTheFolder(data: string | undefined): Promise<Network> {
  try {
    return (data !== undefined && (await readFolderNetwork(data))) || developmentNetwork();
  } catch (error) {
    if (error instanceof RangeError) throw new Failure(error.message);
    throw error;
  }
}
