import { homedir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { decodeAddress } from '../crypto/address.js';
import { normalizePeerUrl } from '../peers/peerUrl.js';
import { parseCoins } from './coins.js';

/** Turns what a parser throws into commander's error, which names the flag or the variable and what it got. */
function checked<Value>(parse: (text: string) => Value): (text: string) => Value {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };
}

/** Parser of a whole number in a range. */
export function integer(minimum: number, maximum: number): (text: string) => number {
  return checked((text) => {
    const value = Number(text);
    if (/^[0-9]{1,15}$/.test(text) && value >= minimum && value <= maximum) return value;
    throw new RangeError(`expected a whole number from ${minimum} to ${maximum}, got ${JSON.stringify(text)}`);
  });
}

/** Parser of an amount in coins, to base units. */
export const coins = checked(parseCoins);

/** Parser of a peer's URL. */
export const peerUrl = checked(normalizePeerUrl);

/** An account as its address tells: the prefix says of which network. */
export interface ParsedAddress {
  readonly text: string;
  readonly prefix: string;
  readonly publicKey: Uint8Array;
}

/** Parser of an address of any network. */
export const address = checked((text: string): ParsedAddress => {
  const prefix = /^([a-z]{2,10})1/.exec(text)?.[1];
  if (prefix === undefined) throw new RangeError(`expected an address such as cor1…, got ${JSON.stringify(text)}`);
  return { text, prefix, publicKey: decodeAddress(prefix, text) };
});

/** Parser of `off` or seconds between blocks. */
export const mineInterval = checked((text: string): 'off' | number => {
  if (text === 'off') return 'off';
  const value = Number(text);
  if (/^[0-9]+(\.[0-9]+)?$/.test(text) && value <= 86_400) return value;
  throw new RangeError(`expected off or seconds from 0 to 86400, got ${JSON.stringify(text)}`);
});

/** `--node URL`: whom a command asks. */
export function nodeOption() {
  return new Option('--node <url>', 'GraphQL endpoint of the node')
    .env('CORRENTE_NODE')
    .default('http://127.0.0.1:4000/graphql')
    .argParser(peerUrl);
}

/** `--json`: one JSON value on standard output. */
export function jsonOption() {
  return new Option('--json', 'answer with one JSON value').env('CORRENTE_JSON');
}

/** `--token TOKEN`: for operations that only the operator may do. */
export function tokenOption() {
  return new Option('--token <token>', 'admin token (default: from <data>/admin.token)').env('CORRENTE_TOKEN');
}

/** `--data DIR`: where the token is, or the node's data. */
export function dataOption() {
  return new Option('--data <folder>', 'data folder (default: ~/.corrente/<network>)').env('CORRENTE_DATA');
}

/** Data folder of a network where none was given. */
export function defaultDataFolder(networkName: string): string {
  return join(homedir(), '.corrente', networkName);
}

/** Folder of key files where none was given. */
export function keysFolder(): string {
  return join(homedir(), '.corrente', 'keys');
}
