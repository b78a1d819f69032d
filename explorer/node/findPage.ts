import { FindHashDocument } from './operations.js';
import { RequestError, type NodeConnection } from '../../src/client/client.js';
import { readAddress } from '../text/addresses.js';

/** Where a search leads, or why it leads nowhere. */
export type Found =
  { readonly path: string; readonly trouble?: undefined } | { readonly path?: undefined; readonly trouble: string };

/** The page for a height, a block hash, a transaction id or an address of the network with this prefix. */
export async function findPage(
  text: string,
  prefix: string | undefined,
  modules: { readonly node: NodeConnection },
): Promise<Found> {
  const name = text.replace(/\s/g, '').toLowerCase();
  if (/^[0-9,]{1,12}$/.test(name) && /[0-9]/.test(name)) return { path: `/block/${Number(name.replaceAll(',', ''))}` };
  if (/^[0-9a-f]{64}$/.test(name)) return findHash(name, modules.node);
  const isAddress = /^[a-z]{1,32}1[a-z0-9]+$/.test(name);
  if (!isAddress) return { trouble: 'Expected a height, 64 hexadecimal characters or an address.' };
  if (prefix === undefined) return { trouble: 'The node does not answer.' };
  try {
    return { path: `/account/${readAddress(prefix, text)}` };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { trouble: `No address: ${error.message}` };
  }
}

async function findHash(hash: string, node: NodeConnection): Promise<Found> {
  try {
    const { block, transaction } = await node.request(FindHashDocument, { hash });
    if (transaction) return { path: `/transaction/${hash}` };
    if (block) return { path: `/block/${hash}` };
    return { trouble: 'This node has no block and no transaction with this hash.' };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return { trouble: 'The node does not answer.' };
  }
}
