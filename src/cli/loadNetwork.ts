import { developmentNetwork, type Network } from '../consensus/network.js';
import { readFolderNetwork } from '../node/folderNetwork.js';
import { parseNetworkFile } from '../node/networkFile.js';
import { Failure } from './failure.js';
import { readText } from './textFile.js';

/** The network that `--network` names: "development", or a file. Without it that of the data folder. Throws Failure. */
export async function loadNetwork(name: string | undefined, data: string | undefined): Promise<Network> {
  if (name === undefined) return ofTheFolder(data);
  if (name === 'development') return developmentNetwork();
  try {
    return parseNetworkFile(await readText(name), name);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== undefined) {
      const got = code === 'ENOENT' ? 'no file' : code;
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
