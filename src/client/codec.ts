import { createHeader, type BlockHeader } from '../consensus/block.js';
import type { Network } from '../consensus/network.js';
import { decodeAddress } from '../crypto/address.js';
import { fromHex, toHex } from '../crypto/bytes.js';
import type { HeaderFragment } from './operations/public.js';

/** A header as a node tells it, with its hash computed here; throws RangeError on fields that have no such hash. */
export function readHeader({ addressPrefix }: Pick<Network, 'addressPrefix'>, fields: HeaderFragment): BlockHeader {
  if (!/^[0-9]{1,20}$/.test(fields.nonce)) throw new RangeError(`nonce: expected a number, got ${fields.nonce}`);
  const template = {
    height: fields.height,
    previousHash: fromHex(fields.previousHash),
    transactionsRoot: fromHex(fields.transactionsRoot),
    transactionCount: fields.transactionCount,
    timestamp: Date.parse(fields.timestamp),
    target: fields.target,
    miner: decodeAddress(addressPrefix, fields.miner),
  };
  const header = createHeader(template, BigInt(fields.nonce));
  const hash = toHex(header.hash);
  if (hash !== fields.hash) throw new RangeError(`expected fields of the block ${fields.hash}, got those of ${hash}`);
  return header;
}
