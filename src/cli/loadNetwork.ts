import { developmentNetwork, type Network } from '../consensus/network.js';
import { parseNetworkFile } from '../node/networkFile.js';
import { Failure } from './failure.js';
import { readText } from './textFile.js';

/** The network that `--network` names: "development", or a file. Throws Failure. */
export async function loadNetwork(name: string): Promise<Network> {
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
