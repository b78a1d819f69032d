import { Arg, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { Peer as PeerState } from '../../peers/peer.js';
import type { Resolution as Resolved } from '../../peers/sync/resolution.js';
import type { SyncProgress } from '../../peers/sync/sync.js';
import type { Context } from '../context.js';
import { NodeInfo, Peer, type ChangedPeer, type NodeDescription } from '../types/node.js';
import { Resolution } from '../types/outcomes.js';
import { Hash, PeerUrl, Signature } from '../types/scalars.js';

@Resolver(() => NodeInfo)
export class NodeResolver {
  @Query(() => NodeInfo, { description: 'This node.' })
  nodeInfo(@Ctx() context: Context): NodeDescription {
    return context.services.info;
  }

  @FieldResolver(() => Signature, {
    description:
      "Proof that `id` is this node's own: its signature of the challenge, `instance` and `publicUrl` (docs/protocol.md, Between nodes).",
  })
  proof(
    @Ctx() context: Context,
    @Arg('challenge', () => Hash, { description: 'Random bytes, chosen anew for each question.' })
    challenge: Uint8Array,
  ): Uint8Array {
    return context.services.prove(challenge);
  }

  @FieldResolver()
  chainId(@Ctx() context: Context): Uint8Array {
    return context.services.network.chainId;
  }

  @FieldResolver()
  sync(@Ctx() context: Context): SyncProgress {
    return context.services.sync.progress();
  }

  @FieldResolver()
  resolutionNeeded(@Ctx() context: Context): boolean {
    return context.services.sync.resolutionNeeded();
  }

  @FieldResolver()
  lastBlockAt(@Ctx() context: Context): number {
    return context.services.pulse().lastBlockAt;
  }

  @FieldResolver()
  standstill(@Ctx() context: Context): boolean {
    return context.services.pulse().standstill;
  }

  @FieldResolver()
  mining(@Ctx() context: Context): boolean {
    return context.services.miner.mining;
  }

  @Query(() => [Peer], { description: 'The nodes that this one knows.' })
  peers(@Ctx() context: Context): readonly PeerState[] {
    return context.services.peers.list();
  }

  @Authorized()
  @Mutation(() => Resolution, { description: 'Admin. Ask every peer for a heavier branch now.' })
  resolveConflicts(@Ctx() context: Context): Promise<Resolved> {
    return context.services.sync.resolve();
  }

  @Authorized()
  @Mutation(() => Peer, {
    description:
      'Admin. Idempotent; ends a ban. Refuses this node itself and a node of another chain with the error PEER_REFUSED, whose `reason` is SELF, COPIED_KEY, WRONG_CHAIN, DUPLICATE (a peer at a second address) or PEER_LIMIT.',
  })
  addPeer(
    @Ctx() context: Context,
    @Arg('url', () => PeerUrl, { description: 'Its GraphQL endpoint.' }) url: string,
  ): Promise<PeerState> {
    return context.services.peers.add(url);
  }

  @Authorized()
  @Mutation(() => Boolean, { description: 'Admin. Idempotent: false if it was not a peer.' })
  removePeer(
    @Ctx() context: Context,
    @Arg('url', () => PeerUrl, { description: 'Its GraphQL endpoint.' }) url: string,
  ): Promise<boolean> {
    return context.services.peers.remove(url);
  }
}

@Resolver(() => Peer)
export class PeerResolver {
  @FieldResolver()
  id(@Root() { url }: ChangedPeer): string {
    return url;
  }
}
