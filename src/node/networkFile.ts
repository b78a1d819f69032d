import type { Network } from '../consensus/network.js';
import { readNetworkFile } from '../consensus/networkFile.js';

/** The network of a file's text; throws RangeError that names the file, the setting, expected and got. */
export function parseNetworkFile(text: string, path: string): Network {
  try {
    return readNetworkFile(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`network file ${path}: ${error.message}`, { cause: error });
  }
}
