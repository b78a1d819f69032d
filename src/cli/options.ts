import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { MAX_MEMO_BYTES } from '../consensus/transaction.js';
import { decodeAddress, encodeAddress, prefixOf } from '../crypto/address.js';
import { ADMIN_TOKEN_FILE } from '../http/adminToken.js';
import type { TrustedProxies } from '../http/callers/callers.js';
import { normalizePeerUrl } from '../peers/address.js';
import { parseCoins } from '../consensus/coins.js';
import { Failure } from './failure.js';

/** Makes a parser throw commander's error, which names the flag or the variable and the text that was given. */
function checked<Value>(parse: (text: string) => Value): (text: string) => Value {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };
}

/** A flag that is also a variable: `--public-url` is CORRENTE_PUBLIC_URL. */
export function flag<Usage extends string>(flags: Usage, description: string) {
  const option = new Option(flags, description);
  return option.env(`CORRENTE_${option.name().toUpperCase().replaceAll('-', '_')}`);
}

/** Parser of a whole number in a range. */
export function integer(minimum: number, maximum: number): (text: string) => number {
  return checked((text) => {
    const value = Number(text);
    if (/^[0-9]{1,15}$/.test(text) && value >= minimum && value <= maximum) return value;
    throw new RangeError(`expected a whole number from ${minimum} to ${maximum}, got ${JSON.stringify(text)}`);
  });
}

/** Parser of a port. Kubernetes sets CORRENTE_PORT to an address for each service named corrente. */
export function port(minimum: number, maximum: number): (text: string) => number {
  const parse = integer(minimum, maximum);
  return (text) => {
    if (!text.startsWith('tcp://')) return parse(text);
    throw new InvalidArgumentError(
      `expected a port, got ${JSON.stringify(text)}, which Kubernetes sets for a service of this name: enableServiceLinks: false in the pod's specification ends that`,
    );
  };
}

/** Parser of a text: an empty one, such as an unset variable of a script, must not stand for this folder or every address. */
export const nonEmpty = checked((text: string): string => {
  if (text !== '') return text;
  throw new RangeError('expected a text, got ""');
});

/** Parser of a path. A shell expands ~; a program that reads variables from a file, such as systemd, does not. */
export const path = (text: string): string => {
  const given = nonEmpty(text);
  return given === '~' || given.startsWith('~/') ? join(home(), given.slice(1)) : given;
};

/** Parser of the place of a signer, to the path of its socket. */
export const signerPath = checked((text: string): string => {
  if (text.startsWith('unix:') && text.length > 'unix:'.length) return path(text.slice('unix:'.length));
  throw new RangeError(`expected unix: and the path of a socket, got ${JSON.stringify(text)}`);
});

/** Parser of an address prefix. */
export const addressPrefix = checked((text: string): string => {
  if (/^[a-z]{2,10}$/.test(text)) return text;
  throw new RangeError(`expected 2 to 10 lower-case letters, got ${JSON.stringify(text)}`);
});

/** Parser of an amount in coins, to base units. */
export const coins = checked(parseCoins);

/** Base units of an amount in coins that is to be paid. Throws RangeError, also for 0. */
export function parsePaid(text: string): bigint {
  const amount = parseCoins(text);
  if (amount === 0n) throw new RangeError(`expected an amount above 0, got ${text}`);
  return amount;
}

/** The same as a parser of a flag. */
export const paidCoins = checked(parsePaid);

/** Parser of a memo; throws RangeError for a text that is too long, or that has lost characters. */
export function parseMemo(text: string): string {
  // Node puts this character in place of bytes that are not UTF-8, and so does an editor that read a file in a wrong encoding.
  if (text.includes('\ufffd')) throw new RangeError('expected text in UTF-8, got the replacement character U+FFFD');
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_MEMO_BYTES) throw new RangeError(`expected a memo of at most ${MAX_MEMO_BYTES} bytes, got ${bytes}`);
  return text;
}

/** Parser of a memo. */
export const memo = checked(parseMemo);

/** Parser of a transaction id. */
export const transactionId = checked((text: string): string => {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new RangeError(`expected a transaction id of 64 hexadecimal characters, got ${JSON.stringify(text)}`);
});

/** Parser of a peer's URL. */
export const peerUrl = checked(normalizePeerUrl);

/** Without scheme, port and path. */
function isHostName(name: string): boolean {
  return URL.canParse(`http://${name}`) && new URL(`http://${name}`).hostname === name;
}

/** Parser of a name that a request's Host may have: without scheme and port. */
export const hostName = checked((text: string): string => {
  const name = text.toLowerCase();
  if (isHostName(name)) return name;
  throw new RangeError(`expected a host name such as ledger.example.com, got ${JSON.stringify(text)}`);
});

/** Parser of what to listen on: an address, or a name of this machine. */
export const listenHost = checked((text: string): string => {
  const given = nonEmpty(text);
  if (isIP(given) !== 0) return given;
  if (isHostName(given.toLowerCase())) return given;
  throw new RangeError(`expected an address such as 0.0.0.0 without scheme and port, got ${JSON.stringify(text)}`);
});

/** Parser of a page's origin. */
export const pageOrigin = checked((text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin;
  throw new RangeError(`expected an origin such as https://wallet.example.com, got ${JSON.stringify(text)}`);
});

/** What `--trust-proxy` names, and how it was written. */
export type ParsedProxies = TrustedProxies & { readonly text: string };

/** Parser of the proxies in front of a node: how many, or their addresses and networks. */
export const trustedProxies = checked((text: string): ParsedProxies => {
  if (/^[1-9]$/.test(text)) return { text, hops: Number(text) };
  const ranges = text.split(',').map((part) => part.trim());
  if (ranges.every(isRange)) return { text, ranges };
  throw new RangeError(
    `expected 1 to 9 proxies, or addresses and networks such as 10.0.0.0/8,2001:db8::7, got ${JSON.stringify(text)}`,
  );
});

function isRange(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** Parser of a flag that can be repeated, and whose variable takes a list with commas. */
export function list<Value>(parse: (text: string) => Value): (text: string, previous?: Value[]) => Value[] {
  return (text, previous = []) => {
    const items = nonEmpty(text).split(',');
    const given = items.map((item) => item.trim()).filter((item) => item !== '');
    return [...previous, ...given.map(parse)];
  };
}

/** An account as its address gives it; the prefix names the network. */
export interface ParsedAddress {
  readonly text: string;
  readonly prefix: string;
  readonly publicKey: Uint8Array;
}

/** An address of any network; throws RangeError with expected and got. */
export function parseAddress(text: string): ParsedAddress {
  const prefix = prefixOf(text);
  if (!/^[a-z]{2,10}$/.test(prefix)) {
    throw new RangeError(`expected an address such as cor1…, got ${JSON.stringify(text)}`);
  }
  const publicKey = decodeAddress(prefix, text);
  return { text: encodeAddress(prefix, publicKey), prefix, publicKey };
}

/** Parser of an address of any network. */
export const address = checked(parseAddress);

/** Parser of `off` or seconds between blocks. */
export const mineInterval = checked((text: string): 'off' | number => {
  if (text === 'off') return 'off';
  const value = Number(text);
  if (/^[0-9]+(\.[0-9]+)?$/.test(text) && value <= 86_400) return value;
  throw new RangeError(`expected off or seconds from 0 to 86400, got ${JSON.stringify(text)}`);
});

/** `--node URL`: the node that a command asks. */
export function nodeOption() {
  return flag('--node <url>', 'GraphQL endpoint of the node')
    .default('http://127.0.0.1:4000/graphql')
    .argParser(peerUrl);
}

/** `--json`: one JSON value on standard output. */
export function jsonOption() {
  return flag('--json', 'answer with one JSON value');
}

/** `--token-file FILE`: for operations that only the operator may do. A token is no flag, since every process can read flags. */
export function tokenFileOption() {
  return flag(
    '--token-file <file>',
    `read the admin token from a file (or set CORRENTE_TOKEN; default: <data>/${ADMIN_TOKEN_FILE})`,
  ).argParser(path);
}

/** `--data DIR`: where the token is, or the node's data. */
export function dataOption() {
  return flag('--data <folder>', 'data folder (default: ~/.corrente/<network>)').argParser(path);
}

/** `--config FILE`: settings of a node, as JSON. */
export function configOption() {
  return flag('--config <file>', 'read settings from a file of JSON; flags and variables come before it').argParser(
    path,
  );
}

/** `--network NAME`: the network of a node, or of its data. */
export function networkOption() {
  return flag(
    '--network <name>',
    '"development", or the path of a network file (default: that of the data folder, in a new one "development")',
  ).argParser(path);
}

/** Data folder of a network where none was given. */
export function defaultDataFolder(networkName: string): string {
  return homePath(networkName);
}

/** A path of this program in the home folder. */
export function homePath(...names: readonly string[]): string {
  return join(home(), '.corrente', ...names);
}

/** Throws Failure for a user without a home folder, as in a container. */
function home(): string {
  try {
    return homedir();
  } catch (error) {
    const reason = (error as Error).message;
    throw new Failure(
      `expected the variable HOME, or a path for each file and folder (--data, --out), got: ${reason}`,
      2,
    );
  }
}

/** A command on the data folder of a node: `--data`, `--config`, `--network` and `--json`. */
export function folderCommand(name: string, description: string) {
  return new Command(name)
    .description(description)
    .addOption(dataOption())
    .addOption(configOption())
    .addOption(networkOption())
    .addOption(jsonOption());
}
