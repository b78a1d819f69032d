import { Field, ID, Int, ObjectType } from 'type-graphql';
import { PeerStatus, SyncStatus } from './enums.js';
import { Address, DateTime, Hash, PeerUrl } from './scalars.js';
import { Balance } from './account.js';
import type * as peers from '../../peers/peer.js';
import type * as sync from '../../peers/sync/sync.js';
import type { WalletState } from '../../wallet/wallet.js';

/** Types of the node itself: what it is, whom it knows, what it owns. */

@ObjectType({
  description: 'How far the node has followed the heaviest branch that its peers show.',
  simpleResolvers: true,
})
export class SyncProgress implements sync.SyncProgress {
  @Field(() => SyncStatus, { description: 'Where it stands.' })
  declare readonly status: sync.SyncProgress['status'];

  @Field(() => Int, { description: 'Height of its own tip.' })
  declare readonly height: number;

  @Field(() => Int, {
    description:
      'Height up to which headers have shown more work than its own branch has; its own height if no headers have.',
  })
  declare readonly targetHeight: number;

  @Field(() => String, {
    nullable: true,
    description: 'Why it does not follow the heavier branch that a peer shows or offers; null unless it is BEHIND.',
  })
  declare readonly reason: string | undefined;
}

/** What a NodeInfo is resolved from. */
export interface NodeDescription {
  /** Hexadecimal Ed25519 public key of the node's identity. */
  readonly id: string;
  readonly version: string;
  readonly protocolVersion: number;
  readonly publicUrl: string | undefined;
  /** 32 random bytes, new at each start. */
  readonly instance: Uint8Array;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

@ObjectType({
  description: 'This node. A peer reads it first, and refuses a node of another chain or itself.',
  simpleResolvers: true,
})
export class NodeInfo implements NodeDescription {
  @Field(() => String, { description: "Public key of this node's identity, 64 hexadecimal characters." })
  declare readonly id: string;

  @Field(() => String, { description: 'Version of the software.' })
  declare readonly version: string;

  @Field(() => Int, { description: 'Version of the rules that nodes must agree on.' })
  declare readonly protocolVersion: number;

  @Field(() => Hash, { description: 'Hash of the genesis block.' })
  declare readonly chainId: Uint8Array;

  @Field(() => PeerUrl, { nullable: true, description: 'As peers reach it, where configured.' })
  declare readonly publicUrl: string | undefined;

  @Field(() => Hash, {
    description:
      'Random, new at each start: distinguishes this node from another that runs with a copy of its node.key.',
  })
  declare readonly instance: Uint8Array;

  @Field(() => SyncProgress, { description: 'How far it is.' })
  declare readonly sync: sync.SyncProgress;

  @Field(() => Boolean, {
    description:
      'A peer declined a message because it is on another branch, or shows more work, and this is not resolved yet. The node resolves it by itself; `resolveConflicts` does so at once.',
  })
  declare readonly resolutionNeeded: boolean;

  @Field(() => DateTime, {
    description: 'When its tip came, by its own clock; after a start, the timestamp of the tip.',
  })
  declare readonly lastBlockAt: number;

  @Field(() => Boolean, {
    description:
      'The chain stands still: no block for 15 times as long as blocks take, and for a minute at least. Never at height 0, nor on the development network without a miner or a peer.',
  })
  declare readonly standstill: boolean;

  @Field(() => Boolean, { description: 'It mines in the background.' })
  declare readonly mining: boolean;

  @Field(() => DateTime, { description: 'When it was started.' })
  declare readonly startedAt: number;
}

/** A peer as subscribers see it: one that was removed is reported once more. */
export type ChangedPeer = Omit<peers.Peer, 'status'> & { readonly status: peers.PeerStatus | 'REMOVED' };

@ObjectType({ description: 'Another node, as this one sees it.', simpleResolvers: true })
export class Peer implements ChangedPeer {
  @Field(() => PeerUrl, { description: 'Its GraphQL endpoint, normalised: its name in this node.' })
  @Field(() => ID, { name: 'id', simple: false, description: 'Its URL, which names it in caches of clients.' })
  declare readonly url: string;

  @Field(() => PeerStatus, { description: 'Whether it can be reached.' })
  declare readonly status: ChangedPeer['status'];

  @Field(() => Int, { nullable: true, description: 'Height of its tip at the last handshake; null before the first.' })
  declare readonly height: number | undefined;

  @Field(() => String, { nullable: true, description: 'Version of its software; null before the first handshake.' })
  declare readonly version: string | undefined;

  @Field(() => DateTime, { nullable: true, description: 'When it last answered; null if it never did.' })
  declare readonly lastSeen: number | undefined;

  @Field(() => Int, { nullable: true, description: 'Median round trip, milliseconds; null before the first answer.' })
  declare readonly latencyMs: number | undefined;

  @Field(() => Int, { description: 'Requests in a row that failed.' })
  declare readonly consecutiveFailures: number;

  @Field(() => Int, { description: '0 at first; faults lower it, and at -100 the peer is banned for a while.' })
  declare readonly standing: number;

  @Field(() => DateTime, { nullable: true, description: 'End of its ban; null if it is not banned.' })
  declare readonly bannedUntil: number | undefined;

  @Field(() => String, {
    nullable: true,
    description:
      'Why it is not connected, or what it did wrong, in the words of this node, and until it has once answered as a node in them alone (the log has the rest); null while it is connected and in good standing.',
  })
  declare readonly lastError: string | undefined;

  @Field(() => Int, { description: 'Messages that wait to be sent to it.' })
  declare readonly queued: number;
}

@ObjectType({ description: "The node's own account. Its private key never leaves the process.", simpleResolvers: true })
export class Wallet implements WalletState {
  @Field(() => Address, { name: 'address', simple: false, description: 'Where it receives.' })
  declare readonly publicKey: Uint8Array;

  @Field(() => Boolean, { description: 'True: `unlockWallet` must come before it can sign.' })
  declare readonly locked: boolean;

  @Field(() => Balance, { description: 'Its balance.' })
  declare readonly balance: unknown;
}
