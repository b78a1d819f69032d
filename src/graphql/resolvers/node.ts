import { Arg, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver } from 'type-graphql';
import type { Peer as PeerState } from '../../peers/peer.js';
import type { Resolution as Resolved } from '../../peers/sync/resolution.js';
import { requireMember, type Scope } from '../access.js';
import type { Context } from '../context.js';
import { nodeView, type NodeView } from '../reads.js';
import { Limits, limitsOf } from '../types/limits.js';
import { NodeInfo, Peer } from '../types/node.js';
import { Resolution } from '../types/outcomes.js';
import { Hash, PeerUrl, Signature } from '../types/scalars.js';

@Resolver(() => NodeInfo)
export class NodeResolver {
  @Query(() => NodeInfo, { description: 'This node.' })
  nodeInfo(@Ctx() context: Context): NodeView {
    return nodeView(context.services);
  }

  @FieldResolver(() => Signature, {
    description:
      "Proof that `id` is this node's own: its signature of the challenge, `instance` and `publicUrl` (docs/protocol.md, Between nodes).",
  })
  proof(
    @Ctx() context: Context,
    @Arg('challenge', () => Hash, { description: 'Random bytes, chosen anew for each question.' })
    challenge: Uint8Array,
  ): Promise<Uint8Array> {
    return context.services.prove(challenge);
  }

  @FieldResolver(() => Limits, { description: 'What the sender of this request may ask of it.' })
  limits(@Ctx() { budget, view }: Context): Limits {
    return limitsOf(budget, view.limits);
  }

  @Query(() => [Peer], {
    description:
      'The nodes that this one knows. Where it deals with listed nodes alone, for those and with the admin token.',
  })
  peers(@Ctx() context: Context): readonly PeerState[] | Promise<readonly PeerState[]> {
    requireMember(context);
    return context.services.peers.list();
  }

  @Authorized<Scope>('peers')
  @Mutation(() => Resolution, {
    description: 'Admin, with the scope `peers`. Ask every peer for a heavier branch now.',
  })
  resolveConflicts(@Ctx() context: Context): Promise<Resolved> {
    return context.services.sync.resolve();
  }

  @Authorized<Scope>('peers')
  @Mutation(() => Peer, {
    description:
      'Admin, with the scope `peers`. Idempotent; ends a ban. Refuses this node itself and a node of another chain with the error PEER_REFUSED, whose `reason` is SELF, COPIED_KEY, WRONG_CHAIN, NOT_A_MEMBER, DUPLICATE (a peer at a second address) or PEER_LIMIT.',
  })
  addPeer(
    @Ctx() context: Context,
    @Arg('url', () => PeerUrl, { description: 'Its GraphQL endpoint.' }) url: string,
  ): Promise<PeerState> {
    return context.services.peers.add(url);
  }

  @Authorized<Scope>('peers')
  @Mutation(() => Boolean, { description: 'Admin, with the scope `peers`. Idempotent: false if it was not a peer.' })
  removePeer(
    @Ctx() context: Context,
    @Arg('url', () => PeerUrl, { description: 'Its GraphQL endpoint.' }) url: string,
  ): Promise<boolean> {
    return context.services.peers.remove(url);
  }
}
