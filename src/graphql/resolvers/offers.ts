import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { BlockHeader } from '../../consensus/block.js';
import { MAX_BODIES, MAX_HEADERS } from '../../consensus/protocol.js';
import type { Rejection } from '../../consensus/rejection.js';
import type { Wanted } from '../../peers/ports.js';
import type { Context } from '../context.js';
import { badUserInput } from '../errors.js';
import { BlockBodyInput, BlockHeaderInput, headerOf } from '../types/inputs.js';
import { OfferResult } from '../types/outcomes.js';

@Resolver()
export class OfferResolver {
  @Mutation(() => OfferResult, {
    description:
      "Peer: headers of the sender's best chain, for a node that cannot reach the sender. The header of its tip alone, whose proof of work must be good, begins an offer; after it send what each answer wants, until the offer is over. No body is wanted before the headers have shown more work.",
  })
  async receiveBroadcastHeaders(
    @Ctx() { services }: Context,
    @Arg('headers', () => [BlockHeaderInput], { description: 'Oldest first, at most 2,000.' })
    inputs: BlockHeaderInput[],
    @Arg('offer', () => String, {
      nullable: true,
      description: 'Name of the offer, from an earlier answer; null begins an offer.',
    })
    offer?: string | null,
  ): Promise<Wanted | Rejection> {
    if (inputs.length > MAX_HEADERS)
      throw badUserInput(`headers: expected at most ${MAX_HEADERS}, got ${inputs.length}`);
    const headers: BlockHeader[] = [];
    for (const input of inputs) {
      const header = headerOf(input);
      if ('code' in header) return header;
      headers.push(header);
    }
    if (offer != null) return services.offers.headers(offer, headers);
    if (headers.length !== 1)
      throw badUserInput(`headers: expected the tip's alone without offer, got ${headers.length}`);
    return services.offers.begin(headers[0]!);
  }

  @Mutation(() => OfferResult, { description: 'Peer: bodies that the answer to an offer wants; at most 128.' })
  receiveBroadcastBodies(
    @Ctx() { services }: Context,
    @Arg('offer', () => String, { description: 'Name of the offer, from an earlier answer.' }) offer: string,
    @Arg('bodies', () => [BlockBodyInput], { description: 'At most 128.' }) bodies: BlockBodyInput[],
  ): Promise<Wanted> {
    if (bodies.length > MAX_BODIES) throw badUserInput(`bodies: expected at most ${MAX_BODIES}, got ${bodies.length}`);
    return services.offers.bodies(offer, bodies);
  }
}
