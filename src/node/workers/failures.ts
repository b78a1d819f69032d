import { StorageFullError, StorageLostError } from '../../chain/chainStore.js';
import { PeerRefusedError } from '../../peers/peer.js';
import { QueueFullError } from '../../util/serialQueue.js';
import { SignerError } from '../../wallet/signer.js';

/** A failure as it travels between the processes of a node. */
export interface PackedFailure {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: unknown;
}

/** Failures that the API tells in words of their own: on the other side they are what they were. */
const KNOWN = [StorageFullError, StorageLostError, PeerRefusedError, QueueFullError, SignerError, RangeError];
const BY_NAME = new Map<string, { readonly prototype: Error }>(KNOWN.map((known) => [known.name, known]));

/** What the other side needs to know of a failure. */
export function packFailure(failure: unknown): PackedFailure {
  const error = failure instanceof Error ? failure : new Error(String(failure));
  const known = KNOWN.find((one) => error instanceof one);
  const { message, stack } = error;
  return { name: known?.name ?? error.name, message, stack, code: (error as { code?: unknown }).code };
}

/** The same failure here: of its class, where somebody asks for that. */
export function unpackFailure({ name, message, stack, code }: PackedFailure): Error {
  const error = new Error(message);
  const known = BY_NAME.get(name);
  if (known) Object.setPrototypeOf(error, known.prototype);
  return Object.assign(error, { name, ...(stack !== undefined && { stack }), ...(code !== undefined && { code }) });
}
