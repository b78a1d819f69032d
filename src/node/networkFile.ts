import { z } from 'zod';
import { createNetwork, type Network, type NetworkParameters } from '../consensus/network.js';
import { decodeAddress, encodeAddress } from '../crypto/address.js';

const BASE_UNITS = z.string().regex(/^(0|[1-9][0-9]{0,18})$/, 'expected base units as a decimal string');
const NETWORK_FILE = z.strictObject({
  name: z.string(),
  addressPrefix: z.string(),
  timestamp: z.iso.datetime(),
  target: z.int(),
  targetLimit: z.int(),
  blockIntervalMs: z.int(),
  halfLifeMs: z.int(),
  subsidy: BASE_UNITS,
  halvingInterval: z.int(),
  maxBlockBytes: z.int(),
  allocations: z.array(z.strictObject({ address: z.string(), amount: BASE_UNITS })).max(1_000_000),
});

/** The network of a file's text; throws RangeError that names the file, the setting, expected and got. */
export function parseNetworkFile(text: string, path: string): Network {
  try {
    const result = NETWORK_FILE.safeParse(JSON.parse(text));
    if (!result.success) {
      const [issue] = result.error.issues;
      throw new RangeError(`${issue!.path.join('.') || 'file'}: ${issue!.message}`);
    }
    const { timestamp, subsidy, allocations, ...rest } = result.data;
    return createNetwork({
      ...rest,
      timestamp: Date.parse(timestamp),
      subsidy: BigInt(subsidy),
      allocations: allocations.map(({ address, amount }) => ({
        publicKey: decodeAddress(rest.addressPrefix, address),
        amount: BigInt(amount),
      })),
    });
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
    throw new RangeError(`network file ${path}: ${error.message}`, { cause: error });
  }
}

/** Text of a network file that parseNetworkFile reads back. */
export function formatNetworkFile(network: NetworkParameters): string {
  const file: z.infer<typeof NETWORK_FILE> = {
    name: network.name,
    addressPrefix: network.addressPrefix,
    timestamp: new Date(network.timestamp).toISOString(),
    target: network.target,
    targetLimit: network.targetLimit,
    blockIntervalMs: network.blockIntervalMs,
    halfLifeMs: network.halfLifeMs,
    subsidy: `${network.subsidy}`,
    halvingInterval: network.halvingInterval,
    maxBlockBytes: network.maxBlockBytes,
    allocations: network.allocations.map(({ publicKey, amount }) => ({
      address: encodeAddress(network.addressPrefix, publicKey),
      amount: `${amount}`,
    })),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}
