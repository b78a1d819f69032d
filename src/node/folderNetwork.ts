import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { developmentNetwork, type Network } from '../consensus/network.js';
import { formatNetworkFile, readNetworkFile } from '../consensus/networkFile.js';
import { equalBytes } from '../crypto/bytes.js';
import { createSecretFile } from '../wallet/secretFile.js';

/** Path of the network file in a data folder: with it, commands on the folder need no --network. */
export function folderNetworkPath(folder: string): string {
  return join(folder, 'network.json');
}

/** The network of a data folder; undefined in a new folder, which has no such file. Throws RangeError for a malformed file. */
export async function readFolderNetwork(folder: string): Promise<Network | undefined> {
  const path = folderNetworkPath(folder);
  if (!existsSync(path)) return undefined;
  const network = parseNetworkFile(await readFile(path, 'utf8'), path);
  const development = developmentNetwork();
  return equalBytes(network.chainId, development.chainId) ? development : network;
}

/** Keeps the network in a folder whose databases are of it. */
export async function keepFolderNetwork(folder: string, network: Network): Promise<void> {
  const path = folderNetworkPath(folder);
  if (!existsSync(path)) await createSecretFile(path, formatNetworkFile(network));
}

/** The network of a file's text; throws RangeError that names the file, the setting, expected and got. */
export function parseNetworkFile(text: string, path: string): Network {
  try {
    return readNetworkFile(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`network file ${path}: ${error.message}`, { cause: error });
  }
}
